/* chatctl's command line, up to the line that it sends. */
#define _GNU_SOURCE /* wcwidth */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>

#include "../../../cli/catalog.c"
#include "../../../cli/invocation.c"
#include "../../../cli/request.c"
#include "../../../cli/slip.c"
#include "../../../cli/text.c"

static struct chat_invocation invocation;
static char why[CHAT_INVOCATION_WHY_MAX];

/* The words of a command line between blanks. */
static int read_line(const char *line)
{
    static char copy[4096];
    char *words[64] = {"chatctl"};
    int count = 1;

    snprintf(copy, sizeof(copy), "%s", line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
        words[count++] = word;
    why[0] = '\0';
    return chat_invocation_read(count, words, &invocation, why);
}

static void assert_sends(const char *line, const char *request)
{
    size_t length = 0;

    assert_int_equal(read_line(line), 0);
    char *sent = chat_request_line(&invocation, &length);
    assert_int_equal(length, strlen(request));
    assert_memory_equal(sent, request, length);
    free(sent);
}

static void arguments_become_the_members_of_args(void **unused)
{
    (void)unused;
    assert_sends("status", "{\"command\":\"status\",\"args\":{}}\n");
    assert_sends("rooms", "{\"command\":\"rooms\",\"args\":{}}\n");
    assert_sends(
        "rooms a* --limit 3 --sort=age",
        "{\"command\":\"rooms\",\"args\":{\"pattern\":\"a*\",\"sort\":\"age\",\"limit\":3}}\n");
    assert_sends("kick bob --room r --reason \"☺\\",
                 "{\"command\":\"kick\",\"args\":{\"user\":\"bob\",\"room\":\"r\","
                 "\"reason\":\"\\\"☺\\\\\"}}\n");
    assert_sends("ban 10.0.0.0/8 --dry-run --for 2min",
                 "{\"command\":\"ban\",\"args\":{\"target\":\"10.0.0.0/8\",\"for\":120000,"
                 "\"dry-run\":true}}\n");
}

static void options_stand_before_or_after_the_command(void **unused)
{
    static const char *lines[] = {
        "-s /x -o json -Hq -T 5s --room r kick bob",
        "kick -s /x bob -ojson -H -q -T5s --room r",
        "kick bob --room=r --socket=/x --output json --no-header --quiet --timeout 5s",
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_int_equal(read_line(lines[i]), 0);
        assert_string_equal(invocation.socket, "/x");
        assert_int_equal(invocation.output, CHAT_OUTPUT_JSON);
        assert_true(invocation.no_header && invocation.quiet);
        assert_int_equal(invocation.timeout_ms, 5000);
        assert_string_equal(invocation.command->name, "kick");
        assert_string_equal(invocation.values[0], "bob");
        assert_string_equal(invocation.values[1], "r");
    }
}

static void two_dashes_end_the_options(void **unused)
{
    (void)unused;
    assert_int_equal(read_line("kick -- -bob-"), 0);
    assert_string_equal(invocation.values[0], "-bob-");
    assert_int_equal(read_line("kick -bob-"), EX_USAGE);
}

static void without_options_ten_seconds_and_the_terminal_decide(void **unused)
{
    (void)unused;
    assert_int_equal(read_line("status"), 0);
    assert_null(invocation.socket);
    assert_int_equal(invocation.output, CHAT_OUTPUT_AUTO);
    assert_int_equal(invocation.timeout_ms, 10000);
    assert_false(invocation.no_header || invocation.quiet || invocation.help || invocation.version);
}

static void help_and_version_need_no_command_or_argument(void **unused)
{
    (void)unused;
    assert_int_equal(read_line("-h"), 0);
    assert_true(invocation.help);
    assert_int_equal(read_line("-V"), 0);
    assert_true(invocation.version);
    assert_int_equal(read_line("kick --help"), 0);
    assert_int_equal(read_line("help kick"), 0);
    assert_string_equal(invocation.topic->words, "kick");
}

static void what_is_not_understood_is_usage(void **unused)
{
    static const char *lines[] = {
        "",          "explode",    "kick",        "kick a b",         "room",
        "status x",  "-x status",  "--x status",  "rooms --room r",   "rooms --limit",
        "-s",        "status -T",  "-q=1 status", "--quiet=1 status", "help explode",
        "users a b", "--=x status"};

    (void)unused;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_int_equal(read_line(lines[i]), EX_USAGE);
        assert_true(why[0] != '\0');
    }
}

static void a_slip_is_told_what_it_is_near_to(void **unused)
{
    (void)unused;
    assert_int_equal(read_line("kik bob"), EX_USAGE);
    assert_string_equal(why, "there is no command kik; near it: kick");
    assert_int_equal(read_line("help stats"), EX_USAGE);
    assert_string_equal(why, "there is no command stats; near it: status");
    assert_int_equal(read_line("kick bob --raeson=x"), EX_USAGE);
    assert_string_equal(why, "there is no option --raeson; near it: --reason");
    assert_int_equal(read_line("--scket /x ping"), EX_USAGE);
    assert_string_equal(why, "there is no option --scket; near it: --socket");
    assert_int_equal(read_line("explode"), EX_USAGE);
    assert_string_equal(why, "there is no command explode");
}

static void a_wrong_value_is_data(void **unused)
{
    static const char *lines[] = {
        "rooms --limit 0",   "rooms --limit -1",       "rooms --limit x",
        "rooms --limit 1.5", "rooms --limit 01",       "rooms --limit 4294967296",
        "rooms --sort name", "rooms --sort mem",       "rooms --sort members|age",
        "status -T 5",       "status -T 0s",           "status -T 8d",
        "status -T 5m",      "status -T -5s",          "status -T 99999999999999999999s",
        "status -o xml",     "kick bob --reason \xff", "kick \xed\xa0\x80",
        "ban bob --for 1y",  "ban bob --for 3651d",    "ban bob --for 5",
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_int_equal(read_line(lines[i]), EX_DATAERR);
        assert_true(why[0] != '\0');
    }
    assert_int_equal(read_line("rooms --limit 4294967295"), 0);
}

static void times_have_units(void **unused)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {{"1ms", 1},       {"500ms", 500},  {"5s", 5000},
                 {"2min", 120000}, {"1h", 3600000}, {"7d", 604800000}};
    int64_t ms = 0;

    (void)unused;
    assert_true(chat_invocation_read_time("7d", cases[5].ms, &ms));
    assert_false(chat_invocation_read_time("7d", cases[5].ms - 1, &ms));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(chat_invocation_read_time(cases[i].text, CHAT_ADMIN_TIME_MAX_MS, &ms));
        assert_int_equal(ms, cases[i].ms);
    }
}

static void every_command_fits_its_table(void **unused)
{
    size_t count = 0;

    (void)unused;
    for (size_t c = 0; c < chat_catalog_command_count; c++) {
        const char *name = chat_catalog_commands[c].name;
        bool optional = false, repeated = false;
        const struct chat_argument_row *rows = chat_catalog_arguments(name, &count);
        assert_true(count <= CHAT_CATALOG_ARGUMENTS_MAX);
        for (size_t i = 0; i < count; i++) {
            assert_false(optional && rows[i].use == CHAT_USE_REQUIRED);
            assert_false(repeated && rows[i].use != CHAT_USE_OPTION);
            optional |= rows[i].use == CHAT_USE_OPTIONAL;
            repeated |= rows[i].use == CHAT_USE_REPEATED;
        }
        chat_catalog_columns(name, &count);
        assert_true(count > 0 || chat_catalog_commands[c].place == CHAT_PLACE_CLIENT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_become_the_members_of_args),
        cmocka_unit_test(options_stand_before_or_after_the_command),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(without_options_ten_seconds_and_the_terminal_decide),
        cmocka_unit_test(help_and_version_need_no_command_or_argument),
        cmocka_unit_test(what_is_not_understood_is_usage),
        cmocka_unit_test(a_slip_is_told_what_it_is_near_to),
        cmocka_unit_test(a_wrong_value_is_data),
        cmocka_unit_test(times_have_units),
        cmocka_unit_test(every_command_fits_its_table),
    };
    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
