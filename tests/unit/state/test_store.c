/* What is written is there after whatever end; what cannot be read stops, and says so. */
#include "kept.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>

static char why[CHAT_STORE_WHY_MAX];

static struct chat_store *open_store(void)
{
    struct chat_store *store = NULL;

    assert_int_equal(chat_store_open(directory, &store, why), CHAT_STORE_OPENED);
    return store;
}

static void fails_to_open(const char *because)
{
    struct chat_store *store = NULL;

    assert_int_equal(chat_store_open(directory, &store, why), CHAT_STORE_FAILED);
    assert_non_null(strstr(why, file));
    assert_non_null(strstr(why, because));
}

static bool write_one(struct chat_store *store, struct chat_record *record)
{
    return chat_store_write(store, &record, 1, why);
}

static void must_write(struct chat_store *store, struct chat_record record)
{
    assert_true(write_one(store, &record));
}

struct found {
    unsigned sanctions, rooms, entries;
    uint64_t last_id, first_entry, last_entry;
    struct chat_sanction sanction;
    char text[256];
};

static void count(void *context, const struct chat_record *record)
{
    struct found *found = context;

    if (record->kind == CHAT_RECORD_SANCTION) {
        const struct chat_sanction *s = &record->sanction;
        found->sanctions++;
        found->last_id = s->id;
        found->sanction = *s;
        snprintf(found->text, sizeof(found->text), "%.*s|%.*s|%.*s|%.*s", (int)s->user.length,
                 s->user.bytes, (int)s->room.length, s->room.bytes, (int)s->reason.length,
                 s->reason.bytes, (int)s->by.length, s->by.bytes);
    } else if (record->kind == CHAT_RECORD_ROOM) {
        found->rooms++;
        snprintf(found->text, sizeof(found->text), "%.*s|%.*s|%u", (int)record->room.id.length,
                 record->room.id.bytes, (int)record->room.name.length, record->room.name.bytes,
                 record->room.max_members);
    } else {
        if (found->entries++ == 0)
            found->first_entry = record->audit.id;
        assert_true(record->audit.id > found->last_entry);
        found->last_entry = record->audit.id;
        assert_int_equal(record->audit.pid, 42);
    }
}

static struct found load(struct chat_store *store)
{
    struct found found = {0};

    assert_true(chat_store_load(store, count, &found, why));
    return found;
}

static struct found reload(void)
{
    struct chat_store *store = open_store();
    struct found found = load(store);

    chat_store_close(store);
    return found;
}

static void a_new_store_is_empty_and_its_owners_alone(void **unused)
{
    (void)unused;
    struct stat status;
    struct found found = reload();

    assert_int_equal(found.sanctions + found.rooms + found.entries, 0);
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void what_was_written_is_read_as_it_was(void **unused)
{
    (void)unused;
    struct chat_store *store = open_store();

    must_write(store, ban("bob", "lobby"));
    chat_store_close(store);
    struct found found = reload();
    assert_int_equal(found.sanctions, 1);
    assert_string_equal(found.text, "bob|lobby|spam|root");
    assert_int_equal(found.sanction.created_ms, 1000);
    assert_int_equal(found.sanction.expires_ms, 2000);
}

static void an_address_and_a_room_are_read_as_they_were(void **unused)
{
    (void)unused;
    struct chat_store *store = open_store();
    struct chat_record net = ban_of_net();

    must_write(store, net);
    must_write(store, room("lobby"));
    chat_store_close(store);
    struct found found = reload();
    assert_memory_equal(&found.sanction.addresses, &net.sanction.addresses,
                        sizeof(net.sanction.addresses));
    assert_string_equal(found.text, "lobby|A room|7");
}

static void the_same_again_keeps_its_id_and_no_id_comes_twice(void **unused)
{
    (void)unused;
    struct chat_store *store = open_store();
    struct chat_record first = ban("bob", ""), again = ban("bob", ""), other = ban("ann", "");
    struct chat_record lifted = ban("ann", ""), last = ban("eve", "");

    lifted.kind = CHAT_RECORD_SANCTION_LIFTED;
    assert_true(write_one(store, &first) && write_one(store, &again) && write_one(store, &other));
    assert_int_equal(first.sanction.id, 1);
    assert_int_equal(again.sanction.id, 1);
    assert_true(write_one(store, &lifted) && write_one(store, &last));
    assert_true(last.sanction.id > other.sanction.id);
    assert_int_equal(load(store).sanctions, 2);
    chat_store_close(store);
}

static void a_room_that_is_gone_is_not_read(void **unused)
{
    (void)unused;
    struct chat_store *store = open_store();
    struct chat_record gone = room("lobby");

    must_write(store, gone);
    gone.kind = CHAT_RECORD_ROOM_GONE;
    must_write(store, gone);
    assert_int_equal(load(store).rooms, 0);
    chat_store_close(store);
}

static void the_oldest_entries_go_at_the_bound(void **unused)
{
    (void)unused;
    enum { BATCH = 200 };
    struct chat_store *store = open_store();
    static struct chat_record records[BATCH];
    struct chat_record *pointers[BATCH];

    for (unsigned at = 0; at < CHAT_AUDIT_MAX; at += BATCH) {
        for (unsigned i = 0; i < BATCH; i++) {
            records[i] = entry("kick");
            pointers[i] = &records[i];
        }
        assert_true(chat_store_write(store, pointers, BATCH, why));
    }
    struct found found = load(store);
    assert_int_equal(found.entries, CHAT_AUDIT_MAX);
    assert_int_equal(found.first_entry, 1);
    must_write(store, entry("kick"));
    found = load(store);
    assert_int_equal(found.entries, CHAT_AUDIT_MAX);
    assert_int_equal(found.first_entry, 2);
    assert_int_equal(found.last_entry, CHAT_AUDIT_MAX + 1);
    chat_store_close(store);
}

static void a_process_that_is_killed_keeps_what_it_was_told_is_written(void **unused)
{
    (void)unused;
    int ends[2], status;
    char acknowledged = 0, got;

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        struct chat_store *store = open_store();
        char user[16];
        for (unsigned i = 0;; i++) {
            snprintf(user, sizeof(user), "u%u", i);
            must_write(store, ban(user, ""));
            if (write(ends[1], "", 1) != 1)
                _exit(1);
        }
    }
    close(ends[1]);
    while (acknowledged < 20 && read(ends[0], &got, 1) == 1)
        acknowledged++;
    assert_int_equal(kill(child, SIGKILL), 0);
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
    while (read(ends[0], &got, 1) == 1)
        acknowledged++;
    close(ends[0]);
    assert_true(reload().sanctions >= (unsigned)acknowledged);
}

static void a_second_server_is_told_of_the_first(void **unused)
{
    (void)unused;
    int status;
    struct chat_store *store = open_store();
    pid_t child = fork(); /* locks are a process's */

    if (child == 0) {
        struct chat_store *second = NULL;
        _exit(chat_store_open(directory, &second, why) == CHAT_STORE_FAILED &&
                      strstr(why, "another chatd uses it") != NULL
                  ? 0
                  : 1);
    }
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    chat_store_close(store);
}

static void where_nothing_can_be_made_there_is_none(void **unused)
{
    (void)unused;
    struct chat_store *store = NULL;

    assert_int_equal(chat_store_open("/nonexistent/chatd", &store, why), CHAT_STORE_ABSENT);
    assert_string_equal(why, "/nonexistent/chatd/chatd.db: No such file or directory");
}

static void put_file(const char *bytes, size_t length)
{
    FILE *stream = fopen(file, "wb");

    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, length, stream), length);
    fclose(stream);
}

static void a_file_that_is_no_database_is_refused_and_left_as_it_is(void **unused)
{
    (void)unused;
    char text[5000];
    struct stat status;

    memset(text, 'x', sizeof(text));
    put_file(text, sizeof(text));
    fails_to_open("not a database");
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_size, sizeof(text));
}

static void a_damaged_database_is_refused(void **unused)
{
    (void)unused;
    struct chat_store *store = open_store();
    char user[16];

    for (unsigned i = 0; i < 500; i++) {
        snprintf(user, sizeof(user), "user%u", i);
        must_write(store, ban(user, ""));
    }
    chat_store_close(store);
    FILE *stream = fopen(file, "r+b");
    for (long page = 2; page < 12; page++) {
        fseek(stream, page * 4096, SEEK_SET);
        for (unsigned i = 0; i < 64; i++)
            fputc(0x5a, stream);
    }
    fclose(stream);
    fails_to_open("");
}

static void execute(const char *sql)
{
    sqlite3 *database = NULL;

    assert_int_equal(sqlite3_open(file, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

static void a_newer_database_is_refused_with_both_versions(void **unused)
{
    (void)unused;
    chat_store_close(open_store());
    execute("PRAGMA user_version = 2");
    fails_to_open("a newer chatd made it (version 2, this one knows 1)");
}

static void another_programs_database_is_refused(void **unused)
{
    (void)unused;
    execute("CREATE TABLE t(x)");
    fails_to_open("another program");
}

static void a_row_that_no_chatd_wrote_is_left_out(void **unused)
{
    (void)unused;
    chat_store_close(open_store());
    execute("INSERT INTO sanction VALUES(1, 0, '', x'0102', '', '', '', 0, 0);"
            "INSERT INTO sanction VALUES(2, 7, 'bob', x'', '', '', '', 0, 0);"
            "INSERT INTO room VALUES('', 'n', 0, 0)");
    struct found found = reload();
    assert_int_equal(found.sanctions + found.rooms, 0);
}

/* A file that may not grow stands for a disk that is full. */
static void a_full_disk_changes_nothing_and_what_fits_again_is_written(void **unused)
{
    (void)unused;
    struct chat_store *store = open_store();
    struct rlimit before, small = {8192, RLIM_INFINITY};
    struct chat_record many[64], *pointers[64];
    char users[64][8];

    signal(SIGXFSZ, SIG_IGN);
    must_write(store, ban("bob", ""));
    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    for (unsigned i = 0; i < 64; i++) {
        snprintf(users[i], sizeof(users[i]), "u%u", i);
        many[i] = ban(users[i], "a-room-with-a-name-so-that-the-row-needs-some-bytes");
        pointers[i] = &many[i];
    }
    setrlimit(RLIMIT_FSIZE, &small);
    assert_false(chat_store_write(store, pointers, 64, why));
    assert_non_null(strstr(why, file));
    assert_false(chat_store_write(store, pointers, 64, why));
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(load(store).sanctions, 1);
    must_write(store, ban("ann", ""));
    chat_store_close(store);
    assert_int_equal(reload().sanctions, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)
    const struct CMUnitTest tests[] = {
        TEST(a_new_store_is_empty_and_its_owners_alone),
        TEST(what_was_written_is_read_as_it_was),
        TEST(an_address_and_a_room_are_read_as_they_were),
        TEST(the_same_again_keeps_its_id_and_no_id_comes_twice),
        TEST(a_room_that_is_gone_is_not_read),
        TEST(the_oldest_entries_go_at_the_bound),
        TEST(a_process_that_is_killed_keeps_what_it_was_told_is_written),
        TEST(a_second_server_is_told_of_the_first),
        TEST(where_nothing_can_be_made_there_is_none),
        TEST(a_file_that_is_no_database_is_refused_and_left_as_it_is),
        TEST(a_damaged_database_is_refused),
        TEST(a_newer_database_is_refused_with_both_versions),
        TEST(another_programs_database_is_refused),
        TEST(a_row_that_no_chatd_wrote_is_left_out),
        TEST(a_full_disk_changes_nothing_and_what_fits_again_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
