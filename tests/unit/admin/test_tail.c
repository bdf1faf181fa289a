/* tail: each row is a line while the client has room, and what it missed is told. */
#include "exchange_fixture.h"

static struct chat_exchange *tail;
static char lines[4096];
static bool has_room;

static bool take(void *context, struct chat_slice line)
{
    (void)context;
    if (has_room)
        strncat(lines, line.bytes, line.length);
    return has_room;
}

/* The value of `key` in the only line that came since the last look. */
static void assert_line(const char *expected)
{
    assert_non_null(strstr(lines, expected));
    assert_ptr_equal(strchr(lines, '\n'), lines + strlen(lines) - 1);
    lines[0] = '\0';
}

static int set_up(void **unused)
{
    static const char line[] = "{\"command\":\"tail\",\"id\":7,\"args\":{\"room\":\"a b*\","
                               "\"user\":\"amy\",\"only\":\"members\"}}";
    setup(unused);
    lines[0] = '\0';
    has_room = true;
    control.tails = 0;
    tail = chat_exchange_create(&site, (struct chat_slice){line, strlen(line)});
    chat_exchange_listen(tail, take);
    return 0;
}

static int tear_down(void **unused)
{
    chat_exchange_destroy(tail);
    return teardown(unused);
}

static void happen(const char *event, uint64_t missed)
{
    give(&control,
         (struct chat_row){.kind = CHAT_ROW_NEWS, .event = slice(event), .missed = missed});
}

static void begin(void)
{
    assert_false(chat_exchange_start(tail, "root", on_done, NULL));
    control.done(control.context);
    assert_line("{\"id\":7,\"ok\":true,\"data\":{");
}

static void the_filter_goes_to_the_workers(void **unused)
{
    (void)unused;
    begin();
    assert_int_equal(control.kind, CHAT_QUERY_TAIL);
    assert_string_equal(control.room, "a b*");
    assert_string_equal(control.user, "amy");
    assert_string_equal(control.text, "members");
}

static void each_row_is_a_line(void **unused)
{
    (void)unused;
    begin();
    happen("user_joined", 0);
    assert_line("\"event\":\"user_joined\"");
    assert_int_equal(done_count, 0);
}

static void what_a_worker_could_not_tell_is_told_before_the_next(void **unused)
{
    (void)unused;
    begin();
    happen("user_joined", 12);
    assert_non_null(strstr(lines, "\"event\":\"missed\""));
    assert_non_null(strstr(lines, "\"missed\":12"));
    assert_true(strstr(lines, "missed") < strstr(lines, "user_joined"));
    lines[0] = '\0';
    happen("", 3);
    assert_line("\"missed\":3");
}

static void a_client_without_room_learns_how_much_it_missed(void **unused)
{
    (void)unused;
    begin();
    has_room = false;
    happen("user_joined", 0);
    happen("user_left", 5);
    assert_string_equal(lines, "");
    has_room = true;
    chat_exchange_drained(tail);
    assert_line("\"missed\":7");
    chat_exchange_drained(tail);
    assert_string_equal(lines, "");
    happen("user_joined", 0);
    assert_line("\"event\":\"user_joined\"");
}

static void it_ends_with_its_client(void **unused)
{
    (void)unused;
    begin();
    unsigned before = control.forgotten;
    chat_exchange_destroy(tail);
    tail = NULL;
    assert_int_equal(control.forgotten, before + 1);
}

static void eight_may_tail_and_not_one_more(void **unused)
{
    (void)unused;
    control.tails = 8;
    assert_true(chat_exchange_start(tail, "root", on_done, NULL));
    assert_int_equal(chat_exchange_error(tail), CHAT_ADMIN_E_BUSY);
    tear_down(NULL);
    set_up(NULL);
    control.tails = 7;
    begin();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_filter_goes_to_the_workers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_row_is_a_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_worker_could_not_tell_is_told_before_the_next,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_client_without_room_learns_how_much_it_missed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(it_ends_with_its_client, set_up, tear_down),
        cmocka_unit_test_setup_teardown(eight_may_tail_and_not_one_more, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
