/* Log lines in their three forms. */
#include "host/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FIELDS(...) ((const struct chatd_field[]){__VA_ARGS__, {NULL, NULL, 0}})

static struct chat_line line;

static const char *made(enum chat_line_form form, const struct chatd_field *fields)
{
    struct timespec time = {.tv_sec = 1700000000, .tv_nsec = 7999999};
    static char text[CHAT_LINE_MAX + 1];

    chat_line_make(&line, form, time, CHATD_WARNING, "event", fields);
    memcpy(text, line.bytes, line.length);
    text[line.length] = '\0';
    return text;
}

static void a_line_has_time_level_event_and_fields(void **state)
{
    (void)state;
    const struct chatd_field *fields = FIELDS({"word", "a-b", 0}, {"number", NULL, -5});
    assert_string_equal(made(CHAT_LINE_TEXT, fields),
                        "2023-11-14T22:13:20.007Z warning event word=a-b number=-5\n");
    assert_string_equal(made(CHAT_LINE_JSON, fields),
                        "{\"time\":\"2023-11-14T22:13:20.007Z\",\"level\":\"warning\","
                        "\"event\":\"event\",\"word\":\"a-b\",\"number\":-5}\n");
}

static void assert_value(const char *value, const char *text, const char *json)
{
    const struct chatd_field *fields = FIELDS({"k", value, 0});
    const char *end = strstr(made(CHAT_LINE_TEXT, fields), " k=");
    char expected[256];

    assert_non_null(end);
    snprintf(expected, sizeof(expected), " k=%s\n", text);
    assert_string_equal(end, expected);
    end = strstr(made(CHAT_LINE_JSON, fields), "\"k\":");
    assert_non_null(end);
    snprintf(expected, sizeof(expected), "\"k\":%s}\n", json);
    assert_string_equal(end, expected);
}

static void what_a_client_wrote_can_not_break_a_line(void **state)
{
    (void)state;
    assert_value("", "\"\"", "\"\"");
    assert_value("a b", "\"a b\"", "\"a b\"");
    assert_value("a=b", "\"a=b\"", "\"a=b\"");
    assert_value("a\"\\", "\"a\\\"\\\\\"", "\"a\\\"\\\\\"");
    assert_value("a\n\x1b[2J\x7f", "\"a\\u000a\\u001b[2J\\u007f\"",
                 "\"a\\u000a\\u001b[2J\\u007f\"");
    assert_value("\xc3\xbc", "\"\xc3\xbc\"", "\"\xc3\xbc\"");
    assert_value("\xc2\x85", "\"\\u0085\"", "\"\\u0085\"");
    assert_value("\xe2\x80\xae", "\"\\u202e\"", "\"\\u202e\"");
    assert_value("\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"", "\"\xf0\x9f\x98\x80\"");
    assert_value("\xff\xc3", "\"\\u00ff\\u00c3\"", "\"\\u00ff\\u00c3\"");
    assert_value("\xc3(", "\"\\u00c3(\"", "\"\\u00c3(\"");
    assert_value("\xed\xa0\x80", "\"\\u00ed\\u00a0\\u0080\"", "\"\\u00ed\\u00a0\\u0080\"");
}

static void a_field_without_room_is_left_out_whole(void **state)
{
    (void)state;
    static char large[CHAT_LINE_MAX];
    memset(large, '\n', sizeof(large) - 1); /* six bytes each */
    const struct chatd_field *fields = FIELDS({"a", "1", 0}, {"b", large, 0}, {"c", "2", 0});
    assert_string_equal(strstr(made(CHAT_LINE_TEXT, fields), " event"), " event a=1 cut=1\n");
    assert_string_equal(strstr(made(CHAT_LINE_JSON, fields), "\"event\""),
                        "\"event\":\"event\",\"a\":\"1\",\"cut\":1}\n");
}

/* The longest value that fits, and one byte more. */
static void a_line_is_bounded(void **state)
{
    (void)state;
    static char value[CHAT_LINE_MAX];
    size_t most = 0;
    for (size_t length = CHAT_LINE_MAX - 200; length < CHAT_LINE_MAX; length++) {
        memset(value, 'x', length);
        value[length] = '\0';
        made(CHAT_LINE_JSON, FIELDS({"k", value, 0}));
        assert_true(line.length <= CHAT_LINE_MAX);
        assert_true(line.bytes[line.length - 1] == '\n');
        if (!line.cut)
            most = length;
        else if (most != 0)
            assert_int_equal(length > most, 1);
    }
    assert_true(most > CHAT_LINE_MAX - 200);
}

/* The next field of a journal's entry in `text`; returns what is behind it. */
static size_t next_field(size_t at, char text[512])
{
    uint16_t length = 0;
    memcpy(&length, line.bytes + at, sizeof(length));
    memcpy(text, line.bytes + at + sizeof(length), length);
    text[length] = '\0';
    return at + sizeof(length) + length;
}

static void the_journal_gets_fields(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "PRIORITY=4",        "SYSLOG_IDENTIFIER=chatd",
        "CHATD_EVENT=event", "MESSAGE=event user=amy text=\"a\\u000ab\" n=3",
        "CHATD_USER=amy",    "CHATD_TEXT=a\nb",
        "CHATD_N=3"};
    char text[512];
    size_t at = 0;

    made(CHAT_LINE_JOURNAL, FIELDS({"user", "amy", 0}, {"text", "a\nb", 0}, {"n", NULL, 3}));
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        assert_true(at < line.length);
        at = next_field(at, text);
        assert_string_equal(text, expected[i]);
    }
    assert_int_equal(at, line.length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_time_level_event_and_fields),
        cmocka_unit_test(what_a_client_wrote_can_not_break_a_line),
        cmocka_unit_test(a_field_without_room_is_left_out_whole),
        cmocka_unit_test(a_line_is_bounded),
        cmocka_unit_test(the_journal_gets_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
