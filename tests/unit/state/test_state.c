/* Changes in their order, what holds in memory after each, and what happens where nothing is kept.
 */
#include "kept.h"

#include "state/state.h"

static const struct chat_secrets secrets = {.hash_key = "a key"};
static struct chat_state *state;
static uv_loop_t loop;
static char told[4096], error[CHAT_STORE_WHY_MAX];
static bool is_closed;

static void open_state(const char *where)
{
    uv_loop_init(&loop);
    told[0] = '\0';
    is_closed = false;
    state = chat_state_open(where, &secrets, error);
    assert_non_null(state);
    chat_state_use(state, &loop);
}

static void on_closed(void *unused)
{
    (void)unused;
    is_closed = true;
}

static void close_state(void)
{
    chat_state_close(state, on_closed, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(is_closed);
    assert_int_equal(uv_loop_close(&loop), 0);
    chat_state_destroy(state);
}

static void on_done(void *context, const struct chat_record *record, const char *why)
{
    size_t used = strlen(told);

    snprintf(told + used, sizeof(told) - used, "%s:%d:%s ", (const char *)context,
             record->kind == CHAT_RECORD_SANCTION ? (int)record->sanction.id : 0,
             why == NULL ? "ok" : why);
}

static uint64_t write_as(struct chat_record record, const char *name)
{
    return chat_state_write(state, &record, on_done, (void *)name);
}

static struct chat_record lifted(const char *user)
{
    struct chat_record record = ban(user, "");
    record.kind = CHAT_RECORD_SANCTION_LIFTED;
    return record;
}

static void changes_are_done_in_their_order_and_hold_when_they_are_told(void **unused)
{
    (void)unused;
    struct chat_record bob = ban("bob", "");

    open_state(directory);
    write_as(bob, "a");
    write_as(ban("ann", ""), "b");
    write_as(lifted("bob"), "c");
    write_as(room("lobby"), "d");
    assert_string_equal(told, ""); /* never within the call */
    assert_int_equal(chat_state_sanctions(state)->table.count, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_string_equal(told, "a:1:ok b:2:ok c:0:ok d:0:ok ");
    assert_int_equal(chat_state_sanctions(state)->table.count, 1);
    assert_null(chat_sanctions_same(chat_state_sanctions(state), &bob.sanction));
    assert_int_equal(chat_state_room(state, 0)->max_members, 7);
    assert_null(chat_state_room(state, 1));
    close_state();
}

static void what_was_kept_is_there_again(void **unused)
{
    (void)unused;
    struct chat_record gone = room("gone");

    open_state(directory);
    write_as(ban("bob", "lobby"), "");
    write_as(ban_of_net(), "");
    write_as(room("lobby"), "");
    write_as(gone, "");
    gone.kind = CHAT_RECORD_ROOM_GONE;
    write_as(gone, "");
    write_as(entry("ban"), "");
    close_state(); /* waits for all of it */
    open_state(directory);
    assert_int_equal(chat_state_sanctions(state)->table.count, 2);
    assert_true(chat_slice_equal(chat_state_room(state, 0)->id, slice("lobby")));
    assert_null(chat_state_room(state, 1));
    assert_true(chat_slice_equal(chat_state_audit(state, 0)->change, slice("ban")));
    assert_null(chat_state_audit(state, 1));
    close_state();
}

static void the_newest_entry_comes_first_and_the_oldest_go(void **unused)
{
    (void)unused;
    open_state(NULL);
    for (unsigned i = 0; i < CHAT_AUDIT_MAX; i++) {
        struct chat_record record = entry(i == 0 ? "first" : "later");
        chat_state_write(state, &record, NULL, NULL);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(
        chat_slice_equal(chat_state_audit(state, CHAT_AUDIT_MAX - 1)->change, slice("first")));
    write_as(entry("last"), "");
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(chat_slice_equal(chat_state_audit(state, 0)->change, slice("last")));
    assert_true(
        chat_slice_equal(chat_state_audit(state, CHAT_AUDIT_MAX - 1)->change, slice("later")));
    assert_null(chat_state_audit(state, CHAT_AUDIT_MAX));
    close_state();
}

static void where_nothing_is_kept_only_the_audit_is_remembered(void **unused)
{
    (void)unused;
    open_state("/nonexistent");
    assert_string_equal(chat_state_absence(state),
                        "/nonexistent/chatd.db: No such file or directory");
    write_as(ban("bob", ""), "a");
    write_as(entry("ban"), "b");
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_string_equal(told, "a:0:/nonexistent/chatd.db: No such file or directory "
                              "b:0:/nonexistent/chatd.db: No such file or directory ");
    assert_int_equal(chat_state_sanctions(state)->table.count, 0);
    assert_non_null(chat_state_audit(state, 0));
    close_state();
}

static void who_is_gone_is_not_told_and_what_he_asked_is_done(void **unused)
{
    (void)unused;
    open_state(directory);
    write_as(ban("a", ""), "a");
    uint64_t ticket = write_as(ban("b", ""), "b");
    write_as(ban("c", ""), "c");
    chat_state_forget(state, ticket);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_string_equal(told, "a:1:ok c:3:ok ");
    assert_int_equal(chat_state_sanctions(state)->table.count, 3);
    close_state();
}

static void ask_for_more(void *context, const struct chat_record *record, const char *why)
{
    on_done(context, record, why);
    write_as(ban("more", ""), "more");
}

static void a_change_may_ask_for_the_next(void **unused)
{
    (void)unused;
    struct chat_record record = ban("bob", "");

    open_state(directory);
    chat_state_write(state, &record, ask_for_more, (void *)"bob");
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_string_equal(told, "bob:1:ok more:2:ok ");
    close_state();
}

static void one_more_than_there_may_be_is_refused_and_not_written(void **unused)
{
    (void)unused;
    char user[16];

    open_state(directory);
    for (unsigned i = 0; i < CHAT_SANCTIONS_MAX; i++) {
        struct chat_record record;
        snprintf(user, sizeof(user), "u%u", i);
        record = ban(user, "");
        chat_state_write(state, &record, NULL, NULL);
    }
    write_as(ban("one-more", ""), "x");
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_string_equal(told, "x:0:there are as many bans and mutes as there may be ");
    write_as(lifted("u5"), "y");
    uv_run(&loop, UV_RUN_DEFAULT);
    told[0] = '\0';
    write_as(ban("one-more", ""), "z");
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_non_null(strstr(told, ":ok"));
    close_state();
    open_state(directory);
    assert_int_equal(chat_state_sanctions(state)->table.count, CHAT_SANCTIONS_MAX);
    close_state();
}

static void sweep(int64_t now_ms)
{
    told[0] = '\0';
    chat_state_sweep(state, now_ms, on_done, "s");
    uv_run(&loop, UV_RUN_DEFAULT);
}

static void what_is_over_is_swept_from_memory_and_disk(void **unused)
{
    struct chat_record longer = ban("carol", "");

    (void)unused;
    open_state(directory);
    longer.sanction.expires_ms = 3000;
    write_as(ban("bob", ""), "a"); /* until 2000 */
    write_as(longer, "b");
    write_as(ban_of_net(), "c"); /* for ever */
    uv_run(&loop, UV_RUN_DEFAULT);
    sweep(1999);
    assert_string_equal(told, "");
    sweep(2000);
    assert_string_equal(told, "s:0:ok ");
    close_state();
    open_state(directory);
    assert_int_equal(chat_state_sanctions(state)->table.count, 2);
    sweep(2000);
    assert_string_equal(told, "");
    close_state();
}

static void one_that_is_just_given_anew_is_not_swept(void **unused)
{
    struct chat_record longer = ban("bob", "");

    (void)unused;
    open_state(directory);
    write_as(ban("bob", ""), "a");
    uv_run(&loop, UV_RUN_DEFAULT);
    longer.sanction.expires_ms = 3000;
    write_as(longer, "b");
    sweep(2000);
    assert_string_equal(told, "b:1:ok ");
    assert_non_null(chat_sanctions_same(chat_state_sanctions(state), &longer.sanction));
    close_state();
}

static void what_cannot_be_read_is_said(void **unused)
{
    (void)unused;
    FILE *stream = fopen(file, "w");

    fputs("this is no database at all, whatever its name may be", stream);
    fclose(stream);
    assert_null(chat_state_open(directory, &secrets, error));
    assert_non_null(strstr(error, file));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)
    const struct CMUnitTest tests[] = {
        TEST(changes_are_done_in_their_order_and_hold_when_they_are_told),
        TEST(what_was_kept_is_there_again),
        TEST(the_newest_entry_comes_first_and_the_oldest_go),
        TEST(where_nothing_is_kept_only_the_audit_is_remembered),
        TEST(who_is_gone_is_not_told_and_what_he_asked_is_done),
        TEST(a_change_may_ask_for_the_next),
        TEST(one_more_than_there_may_be_is_refused_and_not_written),
        TEST(what_is_over_is_swept_from_memory_and_disk),
        TEST(one_that_is_just_given_anew_is_not_swept),
        TEST(what_cannot_be_read_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
