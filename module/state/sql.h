/* The language of chatd.db: its tables, its statements, and records as their rows. No file; the
 * store's thread. */
#ifndef CHAT_STATE_SQL_H
#define CHAT_STATE_SQL_H

#include "state/record.h"

#include <sqlite3.h>

enum chat_sql_statement {
    CHAT_SQL_BEGIN,
    CHAT_SQL_COMMIT,
    CHAT_SQL_ROLLBACK,
    CHAT_SQL_PUT_SANCTION,
    CHAT_SQL_DROP_SANCTION,
    CHAT_SQL_PUT_ROOM,
    CHAT_SQL_DROP_ROOM,
    CHAT_SQL_PUT_AUDIT,
    CHAT_SQL_TRIM_AUDIT,
    CHAT_SQL_STATEMENTS
};

extern const char chat_sql_schema[];
extern const char *const chat_sql_statements[CHAT_SQL_STATEMENTS];

/* How each table is read. False: a row that no chatd wrote is left out, not half taken. */
enum { CHAT_SQL_TABLES = 3 };
extern const struct chat_sql_table {
    const char *select;
    bool (*read)(sqlite3_stmt *row, struct chat_record *ret_record);
} chat_sql_tables[CHAT_SQL_TABLES];

/* The statement that writes the record, ready to be stepped; it borrows the record. */
sqlite3_stmt *chat_sql_bind(sqlite3_stmt *const *statements, const struct chat_record *record);

#endif
