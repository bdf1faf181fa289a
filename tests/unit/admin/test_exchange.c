/* From a line to its answer: ids, errors, what is asked and what is forgotten. */
#include "exchange_fixture.h"

static void version_answers_at_once_with_the_protocol_too(void **unused)
{
    (void)unused;
    assert_string_equal(
        ask_at_once("{\"command\":\"version\",\"id\":\"\\u00e4\"}"),
        "{\"id\":\"ä\",\"ok\":true,\"data\":{\"version\":\"1.2.3\",\"protocol\":\"chat.v1\"}}\n");
}

static void errors_carry_the_id_and_a_code(void **unused)
{
    static const struct {
        const char *line, *answer;
    } cases[] = {
        {"x", "{\"ok\":false,\"error\":{\"code\":\"not_json\",\"message\":"
              "\"the line is not one JSON object in UTF-8\"}}\n"},
        {"{\"id\":-5,\"command\":\"explode\"}",
         "{\"id\":-5,\"ok\":false,\"error\":{\"code\":\"unknown_command\",\"message\":"
         "\"there is no such command\"}}\n"},
        {"{\"command\":\"help\"}",
         "{\"ok\":false,\"error\":{\"code\":\"unknown_command\",\"message\":"
         "\"there is no such command\"}}\n"},
        {"{\"command\":\"room\"}", "{\"ok\":false,\"error\":{\"code\":\"usage\",\"message\":"
                                   "\"room needs the argument room\"}}\n"},
        {"{\"command\":\"kick\",\"args\":{\"user\":\"u\",\"rom\":\"r\"}}",
         "{\"ok\":false,\"error\":{\"code\":\"usage\",\"message\":\"kick has no argument "
         "rom\"}}\n"},
        {"{\"command\":\"room\",\"args\":{\"room\":\"a b\"}}",
         "{\"ok\":false,\"error\":{\"code\":\"bad_value\",\"message\":"
         "\"room must be 1 to 64 characters of A-Z a-z 0-9 _ . : @ -\"}}\n"},
        {"{\"command\":\"rooms\",\"args\":{\"limit\":0}}",
         "{\"ok\":false,\"error\":{\"code\":\"bad_value\",\"message\":"
         "\"limit must be a whole number from 1 to 4294967295\"}}\n"},
        {"{\"command\":\"rooms\",\"args\":{\"sort\":\"name\"}}",
         "{\"ok\":false,\"error\":{\"code\":\"bad_value\",\"message\":"
         "\"sort must be one of members|messages|age\"}}\n"},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(ask_at_once(cases[i].line), cases[i].answer);
}

static void values_out_of_their_type_are_refused(void **unused)
{
    static const char *arguments[] = {
        "\"room\":\"\"",
        "\"room\":7",
        "\"room\":\"a\\u0000b\"",
        "\"reason\":\"\"",
        "\"reason\":\"a\\nb\"",
        "\"reason\":\"\\u0085\"",
        "\"reason\":{\"a\":\"b\"}",
        "\"reason\":[\"a\"]",
        "\"reason\":true",
    };
    char line[400];

    (void)unused;
    for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++) {
        snprintf(line, sizeof(line), "{\"command\":\"kick\",\"args\":{\"user\":\"u\",%s}}",
                 arguments[i]);
        assert_non_null(strstr(ask_at_once(line), "\"bad_value\""));
    }
    snprintf(line, sizeof(line),
             "{\"command\":\"kick\",\"args\":{\"user\":\"u\",\"reason\":\"%0257d\"}}", 0);
    assert_non_null(strstr(ask_at_once(line), "\"bad_value\""));
}

static void what_is_said_may_be_long_and_have_lines(void **unused)
{
    static const char *refused[] = {"\"\"",        "\"\\u0000\"", "\"\\r\"",
                                    "\"\\u007f\"", "\"\\u0085\"", "7"};
    char line[10400];

    (void)unused;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        snprintf(line, sizeof(line), "{\"command\":\"broadcast\",\"args\":{\"text\":%s}}",
                 refused[i]);
        assert_non_null(strstr(ask_at_once(line), "\"bad_value\""));
    }
    snprintf(line, sizeof(line), "{\"command\":\"broadcast\",\"args\":{\"text\":\"%010241d\"}}", 0);
    assert_string_equal(
        ask_at_once(line),
        "{\"ok\":false,\"error\":{\"code\":\"bad_value\",\"message\":\"text must be "
        "1 to 10240 bytes of UTF-8, its control characters tabs and line "
        "feeds\"}}\n");
    snprintf(line, sizeof(line),
             "{\"command\":\"broadcast\",\"args\":{\"text\":\"\\t\\n%010238d\"}}", 0);
    struct chat_exchange *exchange = start(line);
    assert_int_equal(strlen(control.text), 10240);
    finish(exchange);
}

static void who_writes_too_much_is_told_the_bound_of_what_it_is(void **unused)
{
    char line[10000];

    (void)unused;
    snprintf(line, sizeof(line), "{\"command\":\"token check\",\"args\":{\"token\":\"%08193d\"}}",
             0);
    assert_non_null(strstr(ask_at_once(line), "token must be 1 to 8192 bytes"));
    snprintf(line, sizeof(line), "{\"command\":\"tail\",\"args\":{\"room\":\"%04097d\"}}", 0);
    assert_non_null(strstr(ask_at_once(line), "room must be 1 to 4096 bytes"));
    snprintf(line, sizeof(line), "{\"command\":\"rooms\",\"args\":{\"pattern\":\"%0257d\"}}", 0);
    assert_non_null(strstr(ask_at_once(line), "pattern must be 1 to 256 bytes"));
}

static void an_exchange_that_ends_early_forgets_its_question(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange = start("{\"command\":\"rooms\"}");

    give(&control, room_row("a", 1, 2, 2000));
    chat_exchange_destroy(exchange);
    assert_int_equal(control.forgotten, 1);
    assert_int_equal(done_count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(version_answers_at_once_with_the_protocol_too),
        TEST(errors_carry_the_id_and_a_code),
        TEST(values_out_of_their_type_are_refused),
        TEST(what_is_said_may_be_long_and_have_lines),
        TEST(who_writes_too_much_is_told_the_bound_of_what_it_is),
        TEST(an_exchange_that_ends_early_forgets_its_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
