/* Bans and mutes up to what the workers are asked: with a state on a disk, and with none. */
#include "exchange_fixture.h"

#include "admin/spell.h"

static uv_loop_t loop;
static char directory[64];

static void open_state(const char *where)
{
    char error[CHAT_STORE_WHY_MAX] = "";

    chatd.state = chat_state_open(where, &chatd.secrets, error);
    assert_string_equal(error, "");
    chat_state_use(chatd.state, &loop);
}

static int begin_with_state(void **state)
{
    strcpy(directory, "/tmp/chatd-test-XXXXXX");
    if (mkdtemp(directory) == NULL || setup(state) != 0)
        return -1;
    uv_loop_init(&loop);
    chat_state_destroy(chatd.state);
    open_state(directory);
    return 0;
}

static void on_closed(void *unused)
{
    (void)unused;
}

static int end_with_state(void **state)
{
    char path[96];

    chat_state_close(chatd.state, on_closed, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    snprintf(path, sizeof(path), "%s/chatd.db", directory);
    unlink(path);
    rmdir(directory);
    return teardown(state);
}

/* The answer to a line whose change is written, and whom the workers then find. */
static const char *change(const char *line)
{
    struct chat_exchange *exchange = start(line);

    done_count = 0;
    uv_run(&loop, UV_RUN_DEFAULT);
    if (control.open != 0)
        give_all(&control);
    assert_int_equal(done_count, 1);
    return answer_of(exchange);
}

#define BAN(arguments) "{\"command\":\"ban\",\"args\":{" arguments "}}"

static void a_ban_is_written_before_the_workers_are_asked(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange =
        start(BAN("\"target\":\"bob\",\"room\":\"r\",\"for\":1000,\"reason\":\"why\""));

    assert_int_equal(control.tickets, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(control.kind, CHAT_QUERY_BAN);
    assert_string_equal(control.user, "bob");
    assert_string_equal(control.room, "r");
    assert_int_equal(chat_state_sanctions(chatd.state)->table.count, 1);
    struct chat_sanction sent = chat_sanction_unpack((struct chat_slice){control.text, 0});
    assert_true(chat_slice_equal(sent.reason, slice("why")));
    assert_int_equal(sent.expires_ms, NOW + 1000);
    give(&control, (struct chat_row){.kind = CHAT_ROW_CONNECTION, .user = slice("bob")});
    give(&control, (struct chat_row){.kind = CHAT_ROW_KICKED, .connections = 1, .seats = 1});
    assert_string_equal(
        finish(exchange),
        "{\"ok\":true,\"data\":{\"id\":1,\"target\":\"bob\",\"scope\":\"room "
        "r\",\"expires\":\"2023-11-14T22:13:21.000Z\",\"connections\":1,\"seats\":1,"
        "\"users\":[{\"user\":\"bob\",\"name\":null,\"address\":null,\"rooms\":0}"
        "]}}\n");
}

static void a_dry_run_writes_nothing(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange = start(BAN("\"target\":\"bob\",\"dry-run\":true"));

    assert_int_equal(control.kind, CHAT_QUERY_BAN_MEETS);
    assert_non_null(strstr(finish(exchange), "\"id\":0,"));
    assert_int_equal(chat_state_sanctions(chatd.state)->table.count, 0);
}

static void what_cannot_be_kept_asks_no_worker(void **unused)
{
    (void)unused;
    struct chat_state *whole = chatd.state;

    open_state(NULL);
    const char *said = change(BAN("\"target\":\"bob\""));
    assert_non_null(strstr(said, "\"code\":\"not_kept\""));
    assert_non_null(strstr(said, "nothing is kept in this server"));
    assert_int_equal(control.tickets, 0);
    chat_state_destroy(chatd.state);
    chatd.state = whole;
}

static void who_goes_away_before_it_is_written_is_not_called(void **unused)
{
    (void)unused;
    chat_exchange_destroy(start(BAN("\"target\":\"bob\"")));
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(done_count, 0);
    assert_int_equal(control.tickets, 0);
    assert_int_equal(chat_state_sanctions(chatd.state)->table.count, 1);
}

static void a_ban_is_lifted_by_its_number_and_by_its_target(void **unused)
{
    (void)unused;
    change(BAN("\"target\":\"bob\""));
    change(BAN("\"target\":\"192.0.2.0/24\",\"room\":\"r\""));
    assert_non_null(strstr(change("{\"command\":\"unban\",\"args\":{\"target\":\"1\"}}"),
                           "\"target\":\"bob\""));
    assert_int_equal(control.kind, CHAT_QUERY_LIFT);
    struct chat_exchange *exchange = create("{\"command\":\"unban\",\"args\":{\"target\":\"7\"}}");
    assert_true(chat_exchange_start(exchange, "root", on_done, NULL));
    assert_non_null(strstr(answer_of(exchange), "there is no ban of 7 (server)"));
    assert_non_null(strstr(change("{\"command\":\"unban\",\"args\":{\"target\":\"192.0.2.0/24\","
                                  "\"room\":\"r\"}}"),
                           "\"id\":2"));
    assert_int_equal(chat_state_sanctions(chatd.state)->table.count, 0);
}

static void targets_are_spelled_as_people_write_them(void **unused)
{
    static const char *const targets[] = {"bob",  "192.0.2.7",     "192.0.2.0/24", "0.0.0.0/0",
                                          "::/0", "2001:db8::/32", "2001:db8::1",  NULL};

    (void)unused;
    for (size_t i = 0; targets[i] != NULL; i++) {
        char line[200], expected[120];
        snprintf(line, sizeof(line), BAN("\"target\":\"%s\",\"dry-run\":true"), targets[i]);
        snprintf(expected, sizeof(expected), "\"target\":\"%s\"", targets[i]);
        struct chat_exchange *exchange = start(line);
        give_all(&control);
        const char *said = answer_of(exchange);
        if (strstr(said, expected) == NULL)
            fail_msg("%s is not in %s", expected, said);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_with_state, end_with_state)
    const struct CMUnitTest tests[] = {
        TEST(a_ban_is_written_before_the_workers_are_asked),
        TEST(a_dry_run_writes_nothing),
        TEST(what_cannot_be_kept_asks_no_worker),
        TEST(who_goes_away_before_it_is_written_is_not_called),
        TEST(a_ban_is_lifted_by_its_number_and_by_its_target),
        TEST(targets_are_spelled_as_people_write_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
