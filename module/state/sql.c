/* Statements, and rows to records and back. */
#include "state/sql.h"

/* Ids are never used again. A sanction that changes keeps its own. */
const char *const chat_sql_statements[CHAT_SQL_STATEMENTS] = {
    [CHAT_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [CHAT_SQL_COMMIT] = "COMMIT",
    [CHAT_SQL_ROLLBACK] = "ROLLBACK",
    [CHAT_SQL_PUT_SANCTION] =
        "INSERT INTO sanction(kind, user, prefix, room, reason, by, created_ms, expires_ms)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(kind, user, prefix, room) DO UPDATE"
        " SET reason = ?5, by = ?6, created_ms = ?7, expires_ms = ?8 RETURNING id",
    [CHAT_SQL_DROP_SANCTION] =
        "DELETE FROM sanction WHERE kind = ?1 AND user = ?2 AND prefix = ?3 AND room = ?4",
    [CHAT_SQL_PUT_ROOM] = "INSERT OR REPLACE INTO room(id, name, max_members, created_ms)"
                          " VALUES(?1, ?2, ?3, ?4)",
    [CHAT_SQL_DROP_ROOM] = "DELETE FROM room WHERE id = ?1",
    [CHAT_SQL_PUT_AUDIT] = "INSERT INTO audit(time_ms, by, uid, pid, change, subject, result)"
                           " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
    [CHAT_SQL_TRIM_AUDIT] = "DELETE FROM audit WHERE id <= ?1",
};

const char chat_sql_schema[] =
    "CREATE TABLE sanction(id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL,"
    " user TEXT NOT NULL, prefix BLOB NOT NULL, room TEXT NOT NULL, reason TEXT NOT NULL,"
    " by TEXT NOT NULL, created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,"
    " UNIQUE(kind, user, prefix, room));"
    "CREATE TABLE room(id TEXT PRIMARY KEY, name TEXT NOT NULL, max_members INTEGER NOT NULL,"
    " created_ms INTEGER NOT NULL);"
    "CREATE TABLE audit(id INTEGER PRIMARY KEY AUTOINCREMENT, time_ms INTEGER NOT NULL,"
    " by TEXT NOT NULL, uid INTEGER NOT NULL, pid INTEGER NOT NULL, change TEXT NOT NULL,"
    " subject TEXT NOT NULL, result TEXT NOT NULL);";

static struct chat_slice text_of(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return (struct chat_slice){text != NULL ? text : "", (size_t)sqlite3_column_bytes(row, column)};
}

static bool read_sanction(sqlite3_stmt *row, struct chat_record *ret_record)
{
    struct chat_sanction sanction = {.id = (uint64_t)sqlite3_column_int64(row, 0),
                                     .kind = (enum chat_sanction_kind)sqlite3_column_int(row, 1),
                                     .user = text_of(row, 2),
                                     .room = text_of(row, 4),
                                     .reason = text_of(row, 5),
                                     .by = text_of(row, 6),
                                     .created_ms = sqlite3_column_int64(row, 7),
                                     .expires_ms = sqlite3_column_int64(row, 8)};
    const void *prefix = sqlite3_column_blob(row, 3);

    if (prefix != NULL && sqlite3_column_bytes(row, 3) == sizeof(sanction.addresses))
        memcpy(&sanction.addresses, prefix, sizeof(sanction.addresses));
    else if (sanction.user.length == 0)
        return false;
    *ret_record = (struct chat_record){.kind = CHAT_RECORD_SANCTION, .sanction = sanction};
    return sanction.kind < CHAT_SANCTION_KINDS && sanction.user.length <= CHAT_ID_MAX &&
           sanction.room.length <= CHAT_ID_MAX && sanction.reason.length <= CHAT_REASON_MAX &&
           sanction.by.length <= CHAT_SANCTION_BY_MAX && sanction.addresses.bits <= CHAT_IP_BITS;
}

static bool read_room(sqlite3_stmt *row, struct chat_record *ret_record)
{
    struct chat_kept_room room = {.id = text_of(row, 0),
                                  .name = text_of(row, 1),
                                  .max_members = (uint32_t)sqlite3_column_int64(row, 2),
                                  .created_ms = sqlite3_column_int64(row, 3)};

    *ret_record = (struct chat_record){.kind = CHAT_RECORD_ROOM, .room = room};
    return room.id.length > 0 && room.id.length <= CHAT_ID_MAX && room.name.length > 0 &&
           room.name.length <= (size_t)4 * CHAT_NAME_MAX;
}

static bool read_audit(sqlite3_stmt *row, struct chat_record *ret_record)
{
    *ret_record = (struct chat_record){.kind = CHAT_RECORD_AUDIT,
                                       .audit = {.id = (uint64_t)sqlite3_column_int64(row, 0),
                                                 .time_ms = sqlite3_column_int64(row, 1),
                                                 .by = text_of(row, 2),
                                                 .uid = (uint64_t)sqlite3_column_int64(row, 3),
                                                 .pid = (uint64_t)sqlite3_column_int64(row, 4),
                                                 .change = text_of(row, 5),
                                                 .subject = text_of(row, 6),
                                                 .result = text_of(row, 7)}};
    return true;
}

const struct chat_sql_table chat_sql_tables[CHAT_SQL_TABLES] = {
    {"SELECT id, kind, user, prefix, room, reason, by, created_ms, expires_ms FROM sanction",
     read_sanction},
    {"SELECT id, name, max_members, created_ms FROM room", read_room},
    {"SELECT id, time_ms, by, uid, pid, change, subject, result FROM audit ORDER BY id",
     read_audit},
};

static void bind(sqlite3_stmt *statement, int at, struct chat_slice text)
{
    sqlite3_bind_text(statement, at, text.length != 0 ? text.bytes : "", (int)text.length,
                      SQLITE_STATIC);
}

/* Whose sanction it is, which is the same in all statements. */
static void bind_subject(sqlite3_stmt *statement, const struct chat_sanction *sanction)
{
    bool is_user = sanction->user.length != 0;

    sqlite3_bind_int(statement, 1, (int)sanction->kind);
    bind(statement, 2, sanction->user);
    sqlite3_bind_blob(statement, 3, &sanction->addresses,
                      is_user ? 0 : (int)sizeof(sanction->addresses), SQLITE_STATIC);
    bind(statement, 4, sanction->room);
}

static sqlite3_stmt *put_sanction(sqlite3_stmt *const *statements,
                                  const struct chat_sanction *sanction)
{
    sqlite3_stmt *statement = statements[CHAT_SQL_PUT_SANCTION];

    bind_subject(statement, sanction);
    bind(statement, 5, sanction->reason);
    bind(statement, 6, sanction->by);
    sqlite3_bind_int64(statement, 7, sanction->created_ms);
    sqlite3_bind_int64(statement, 8, sanction->expires_ms);
    return statement;
}

static sqlite3_stmt *put_room(sqlite3_stmt *const *statements, const struct chat_kept_room *room)
{
    sqlite3_stmt *statement = statements[CHAT_SQL_PUT_ROOM];

    bind(statement, 1, room->id);
    bind(statement, 2, room->name);
    sqlite3_bind_int64(statement, 3, room->max_members);
    sqlite3_bind_int64(statement, 4, room->created_ms);
    return statement;
}

static sqlite3_stmt *put_audit(sqlite3_stmt *const *statements,
                               const struct chat_audit_entry *entry)
{
    sqlite3_stmt *statement = statements[CHAT_SQL_PUT_AUDIT];

    sqlite3_bind_int64(statement, 1, entry->time_ms);
    bind(statement, 2, entry->by);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)entry->uid);
    sqlite3_bind_int64(statement, 4, (sqlite3_int64)entry->pid);
    bind(statement, 5, entry->change);
    bind(statement, 6, entry->subject);
    bind(statement, 7, entry->result);
    return statement;
}

sqlite3_stmt *chat_sql_bind(sqlite3_stmt *const *statements, const struct chat_record *record)
{
    sqlite3_stmt *statement = statements[CHAT_SQL_DROP_SANCTION];

    switch (record->kind) {
    case CHAT_RECORD_SANCTION:
        return put_sanction(statements, &record->sanction);
    case CHAT_RECORD_ROOM:
        return put_room(statements, &record->room);
    case CHAT_RECORD_AUDIT:
        return put_audit(statements, &record->audit);
    case CHAT_RECORD_ROOM_GONE:
        statement = statements[CHAT_SQL_DROP_ROOM];
        bind(statement, 1, record->room.id);
        return statement;
    case CHAT_RECORD_SANCTION_LIFTED:
        bind_subject(statement, &record->sanction);
        return statement;
    }
    return statement;
}
