/* A command that waits for something before the workers are asked: a command of the test's own. */
#include "exchange_fixture.h"

static struct chat_errand *begun;
static unsigned ended;
static bool goes_on_at_once;

static void begin(struct chat_errand *errand)
{
    begun = errand;
    errand->work = &ended;
    errand->query.text = CHAT_SLICE("begun");
    if (goes_on_at_once)
        chat_errand_go_on(errand, CHAT_ADMIN_E_BAD_VALUE, "at once");
}

static void end(struct chat_errand *errand)
{
    assert_ptr_equal(errand, begun);
    ++*(unsigned *)errand->work;
}

static enum chat_admin_error answer_by(struct chat_report *report)
{
    yajl_gen_string(report->json, (const unsigned char *)report->errand->by,
                    strlen(report->errand->by));
    return CHAT_ADMIN_OK;
}

const struct chat_command_row *chat_command_find(struct chat_slice words)
{
    static const struct chat_command command = {
        .begin = begin, .end = end, .asks = true, .query = CHAT_QUERY_KICK, .answer = answer_by};
    static const struct chat_command silent = {.begin = begin, .answer = answer_by};
    static const struct chat_command_row rows[] = {{"kick", "kick", CHAT_EFFECT_CHANGES, &command},
                                                   {"ping", "ping", CHAT_EFFECT_READS, &silent}};
    return &rows[words.bytes[0] == 'p'];
}

#define KICK "{\"command\":\"kick\",\"args\":{\"user\":\"bob\"}}"

static int begin_anew(void **state)
{
    ended = 0;
    goes_on_at_once = false;
    begun = NULL;
    return setup(state);
}

static void the_workers_are_asked_once_it_goes_on(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange = start(KICK);

    assert_int_equal(control.tickets, 0);
    assert_int_equal(begun->now_ms, NOW);
    chat_errand_go_on(begun, CHAT_ADMIN_OK, "");
    assert_int_equal(control.tickets, 1);
    assert_string_equal(control.user, "bob");
    assert_string_equal(control.text, "begun");
    assert_int_equal(done_count, 0);
    assert_string_equal(finish(exchange), "{\"ok\":true,\"data\":\"root\"}\n");
    assert_int_equal(ended, 1);
}

static void one_that_asks_nobody_is_answered_when_it_goes_on(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange = start("{\"command\":\"ping\"}");

    chat_errand_go_on(begun, CHAT_ADMIN_OK, "");
    assert_int_equal(done_count, 1);
    assert_int_equal(control.tickets, 0);
    assert_string_equal(answer_of(exchange), "{\"ok\":true,\"data\":\"root\"}\n");
}

static void an_error_is_the_answer_and_asks_nobody(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange = start(KICK);

    chat_errand_go_on(begun, CHAT_ADMIN_E_NOT_FOUND, "gone");
    assert_int_equal(done_count, 1);
    assert_int_equal(control.tickets, 0);
    assert_int_equal(chat_exchange_error(exchange), CHAT_ADMIN_E_NOT_FOUND);
    assert_string_equal(answer_of(exchange),
                        "{\"ok\":false,\"error\":{\"code\":\"not_found\",\"message\":\"gone\"}}\n");
    assert_int_equal(ended, 1);
}

static void one_that_goes_on_at_once_is_answered_at_once(void **unused)
{
    (void)unused;
    goes_on_at_once = true;
    assert_non_null(strstr(ask_at_once(KICK), "\"at once\""));
    assert_int_equal(done_count, 0);
    assert_int_equal(ended, 1);
}

static void an_exchange_that_ends_early_ends_its_errand(void **unused)
{
    (void)unused;
    chat_exchange_destroy(start(KICK));
    assert_int_equal(ended, 1);
    assert_int_equal(done_count, 0);
}

static void what_was_never_started_has_no_end(void **unused)
{
    (void)unused;
    chat_exchange_destroy(create(KICK));
    assert_int_equal(ended, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_anew, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_workers_are_asked_once_it_goes_on),
        TEST(one_that_asks_nobody_is_answered_when_it_goes_on),
        TEST(an_error_is_the_answer_and_asks_nobody),
        TEST(one_that_goes_on_at_once_is_answered_at_once),
        TEST(an_exchange_that_ends_early_ends_its_errand),
        TEST(what_was_never_started_has_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
