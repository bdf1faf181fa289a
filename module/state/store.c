/* Opening, checking, reading and writing chatd.db. */
#include "state/store.h"

#include "state/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* "chat" in the file's header, so that another program's database is not taken for ours. */
enum { APPLICATION_ID = 0x63686174 };

struct chat_store {
    sqlite3 *database;
    sqlite3_stmt *statements[CHAT_SQL_STATEMENTS];
    char path[PATH_MAX];
};

static bool complain(const struct chat_store *store, const char *what, char why[CHAT_STORE_WHY_MAX])
{
    snprintf(why, CHAT_STORE_WHY_MAX, "%.128s: %s", store->path, what);
    return false;
}

static bool complain_of_database(const struct chat_store *store, char why[CHAT_STORE_WHY_MAX])
{
    return complain(store, sqlite3_errmsg(store->database), why);
}

static bool run(struct chat_store *store, const char *sql, char why[CHAT_STORE_WHY_MAX])
{
    return sqlite3_exec(store->database, sql, NULL, NULL, NULL) == SQLITE_OK ||
           complain_of_database(store, why);
}

/* The first column of the first row. */
static bool ask_text(struct chat_store *store, const char *sql, char ret_text[64],
                     char why[CHAT_STORE_WHY_MAX])
{
    sqlite3_stmt *statement = NULL;
    bool ok = sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) == SQLITE_OK &&
              sqlite3_step(statement) == SQLITE_ROW;

    if (ok)
        snprintf(ret_text, 64, "%s", (const char *)sqlite3_column_text(statement, 0));
    else
        complain_of_database(store, why);
    sqlite3_finalize(statement);
    return ok;
}

static bool ask_number(struct chat_store *store, const char *sql, long *ret_number,
                       char why[CHAT_STORE_WHY_MAX])
{
    char text[64];

    if (!ask_text(store, sql, text, why))
        return false;
    *ret_number = strtol(text, NULL, 10);
    return true;
}

static bool make_schema(struct chat_store *store, char why[CHAT_STORE_WHY_MAX])
{
    char marks[96];

    snprintf(marks, sizeof(marks), "PRAGMA application_id = %d; PRAGMA user_version = %d",
             APPLICATION_ID, CHAT_STORE_VERSION);
    return run(store, "BEGIN EXCLUSIVE", why) && run(store, chat_sql_schema, why) &&
           run(store, marks, why) && run(store, "COMMIT", why);
}

/* Ours, of a version that we know, and whole. */
static bool check(struct chat_store *store, char why[CHAT_STORE_WHY_MAX])
{
    long tables = 0, application = 0, version = 0;
    char verdict[64], sentence[96];

    if (!ask_number(store, "SELECT count(*) FROM sqlite_schema", &tables, why) ||
        !ask_number(store, "PRAGMA application_id", &application, why) ||
        !ask_number(store, "PRAGMA user_version", &version, why))
        return false;
    if (tables == 0 && application == 0)
        return make_schema(store, why);
    if (application != APPLICATION_ID)
        return complain(store, "it is a database of another program", why);
    if (version > CHAT_STORE_VERSION) {
        snprintf(sentence, sizeof(sentence),
                 "a newer chatd made it (version %ld, this one knows %d)", version,
                 CHAT_STORE_VERSION);
        return complain(store, sentence, why);
    }
    if (!ask_text(store, "PRAGMA quick_check(1)", verdict, why))
        return false;
    return strcmp(verdict, "ok") == 0 || complain(store, "it is damaged", why);
}

static bool prepare(struct chat_store *store, char why[CHAT_STORE_WHY_MAX])
{
    for (unsigned i = 0; i < CHAT_SQL_STATEMENTS; i++)
        if (sqlite3_prepare_v3(store->database, chat_sql_statements[i], -1,
                               SQLITE_PREPARE_PERSISTENT, &store->statements[i], NULL) != SQLITE_OK)
            return complain_of_database(store, why);
    return true;
}

/* Held for life: a second chatd would not see what this one changes. */
static bool lock(struct chat_store *store, char why[CHAT_STORE_WHY_MAX])
{
    int status = sqlite3_exec(store->database,
                              "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
                              "PRAGMA synchronous = FULL; BEGIN EXCLUSIVE; COMMIT",
                              NULL, NULL, NULL);

    if ((status & 0xff) == SQLITE_BUSY)
        return complain(store, "another chatd uses it", why);
    return status == SQLITE_OK || complain_of_database(store, why);
}

/* The file, readable by its owner alone, is there; *ret_new: it was not before. */
static bool make_file(const struct chat_store *store, bool *ret_new, char why[CHAT_STORE_WHY_MAX])
{
    int file = open(store->path, O_RDWR | O_CLOEXEC);

    *ret_new = file < 0 && errno == ENOENT;
    if (*ret_new)
        file = open(store->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return complain(store, strerror(errno), why);
    close(file);
    return true;
}

enum chat_store_opening chat_store_open(const char *directory, struct chat_store **ret_store,
                                        char ret_why[CHAT_STORE_WHY_MAX])
{
    struct chat_store *store = calloc(1, sizeof(*store));
    bool is_new = false;

    if (store == NULL)
        abort();
    snprintf(store->path, sizeof(store->path), "%s/chatd.db", directory);
    if (!make_file(store, &is_new, ret_why)) {
        bool is_there = !is_new && access(store->path, F_OK) == 0;
        free(store);
        return is_there ? CHAT_STORE_FAILED : CHAT_STORE_ABSENT;
    }
    if (sqlite3_open_v2(store->path, &store->database, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
        !lock(store, ret_why) || !check(store, ret_why) || !prepare(store, ret_why)) {
        chat_store_close(store);
        return CHAT_STORE_FAILED;
    }
    *ret_store = store;
    return CHAT_STORE_OPENED;
}

void chat_store_close(struct chat_store *store)
{
    if (store == NULL)
        return;
    for (unsigned i = 0; i < CHAT_SQL_STATEMENTS; i++)
        sqlite3_finalize(store->statements[i]);
    sqlite3_close(store->database);
    free(store);
}

bool chat_store_load(struct chat_store *store,
                     void (*each)(void *context, const struct chat_record *record), void *context,
                     char ret_why[CHAT_STORE_WHY_MAX])
{
    for (unsigned i = 0; i < CHAT_SQL_TABLES; i++) {
        struct chat_record record;
        sqlite3_stmt *rows = NULL;
        int status =
            sqlite3_prepare_v2(store->database, chat_sql_tables[i].select, -1, &rows, NULL);
        while (status == SQLITE_OK && (status = sqlite3_step(rows)) == SQLITE_ROW) {
            if (chat_sql_tables[i].read(rows, &record))
                each(context, &record);
            status = SQLITE_OK;
        }
        if (status != SQLITE_DONE)
            complain_of_database(store, ret_why);
        sqlite3_finalize(rows);
        if (status != SQLITE_DONE)
            return false;
    }
    return true;
}

/* To the end; the number of a row that it returns. */
static bool step(sqlite3_stmt *statement, uint64_t *ret_id)
{
    int status = sqlite3_step(statement);

    while (status == SQLITE_ROW) {
        *ret_id = (uint64_t)sqlite3_column_int64(statement, 0);
        status = sqlite3_step(statement);
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return status == SQLITE_DONE;
}

static bool write_one(struct chat_store *store, struct chat_record *record)
{
    uint64_t id = 0;
    sqlite3_stmt *trim = store->statements[CHAT_SQL_TRIM_AUDIT];

    if (!step(chat_sql_bind(store->statements, record), &id))
        return false;
    if (record->kind == CHAT_RECORD_SANCTION)
        record->sanction.id = id;
    if (record->kind != CHAT_RECORD_AUDIT)
        return true;
    record->audit.id = id;
    if (id <= CHAT_AUDIT_MAX)
        return true;
    sqlite3_bind_int64(trim, 1, (sqlite3_int64)(id - CHAT_AUDIT_MAX));
    return step(trim, &id);
}

bool chat_store_write(struct chat_store *store, struct chat_record *const *records, size_t count,
                      char ret_why[CHAT_STORE_WHY_MAX])
{
    uint64_t none = 0;
    bool ok = step(store->statements[CHAT_SQL_BEGIN], &none);

    for (size_t i = 0; ok && i < count; i++)
        ok = write_one(store, records[i]);
    if (ok && step(store->statements[CHAT_SQL_COMMIT], &none))
        return true;
    complain_of_database(store, ret_why);
    if (sqlite3_get_autocommit(store->database) == 0)
        step(store->statements[CHAT_SQL_ROLLBACK], &none);
    return false;
}
