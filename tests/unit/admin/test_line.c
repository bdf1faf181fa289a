/* A line of the admin socket, taken apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "admin/line.h"

static struct chat_json_reader *reader;
static struct chat_line line;
static const char *why;

static int setup(void **unused)
{
    (void)unused;
    reader = chat_json_reader_create();
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    chat_json_reader_destroy(reader);
    return 0;
}

static enum chat_admin_error read_bytes(const char *bytes, size_t length)
{
    return chat_line_read(reader, (struct chat_slice){bytes, length}, &line, &why);
}

static enum chat_admin_error read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

static void assert_slice(struct chat_slice slice, const char *text)
{
    assert_int_equal(slice.length, strlen(text));
    assert_memory_equal(slice.bytes, text, slice.length);
}

static void command_args_and_id_are_taken_in_any_order(void **unused)
{
    (void)unused;
    assert_int_equal(
        read_text("{\"id\":7,\"args\":{\"user\":\"bob\",\"limit\":3},\"command\":\"x\"}"),
        CHAT_ADMIN_OK);
    assert_slice(line.command, "x");
    assert_int_equal(line.id.kind, CHAT_JSON_NUMBER);
    assert_slice(line.id.text, "7");
    assert_int_equal(line.count, 2);
    assert_memory_equal(line.members[0].name, "user", 4);
    assert_slice(line.members[0].value.text, "bob");
    assert_int_equal(line.members[1].value.kind, CHAT_JSON_NUMBER);
    assert_slice(line.members[1].value.text, "3");
}

static void args_and_id_may_be_left_out_or_null(void **unused)
{
    static const char *texts[] = {"{\"command\":\"x\"}",
                                  "{\"command\":\"x\",\"args\":null,\"id\":null}",
                                  " {\"command\":\"x\",\"args\":{\"room\":null}}\r"};

    (void)unused;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(read_text(texts[i]), CHAT_ADMIN_OK);
        assert_int_equal(line.count, 0);
        assert_int_equal(line.id.kind, CHAT_JSON_ABSENT);
    }
}

static void what_is_not_one_json_object_in_utf8_is_refused(void **unused)
{
    static const char *texts[] = {"",
                                  " ",
                                  "x",
                                  "[]",
                                  "7",
                                  "{\"command\":\"x\"} {}",
                                  "{\"command\":\"x\"",
                                  "{\"command\":\"\xC0\xAF\"}",
                                  "{\"command\":\"\\ud800\"}",
                                  "\v{\"command\":\"x\"}"};

    (void)unused;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(read_text(texts[i]), CHAT_ADMIN_E_NOT_JSON);
    assert_int_equal(read_bytes("{\"command\":\"x\"}\0", 16), CHAT_ADMIN_E_NOT_JSON);
}

static void members_of_a_wrong_type_are_refused_with_the_id(void **unused)
{
    static const char *texts[] = {"{\"id\":\"a\"}", "{\"id\":\"a\",\"command\":7}",
                                  "{\"id\":\"a\",\"command\":\"x\",\"args\":[{\"user\":\"u\"}]}",
                                  "{\"id\":\"a\",\"command\":\"x\",\"args\":\"\"}",
                                  "{\"id\":\"a\",\"command\":{\"command\":\"x\"}}"};

    (void)unused;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(read_text(texts[i]), CHAT_ADMIN_E_USAGE);
        assert_slice(line.id.text, "a");
    }
}

static void an_id_that_is_no_short_string_or_integer_is_refused(void **unused)
{
    static const char *ids[] = {"1.5", "1e3", "-0", "true", "{}", "[]", "9223372036854775808"};
    char text[200];

    (void)unused;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        snprintf(text, sizeof(text), "{\"command\":\"x\",\"id\":%s}", ids[i]);
        assert_int_equal(read_text(text), CHAT_ADMIN_E_USAGE);
        assert_int_equal(line.id.kind, CHAT_JSON_ABSENT);
    }
    snprintf(text, sizeof(text), "{\"command\":\"x\",\"id\":\"%065d\"}", 0);
    assert_int_equal(read_text(text), CHAT_ADMIN_E_USAGE);
}

static void unknown_members_are_ignored_whatever_they_hold(void **unused)
{
    (void)unused;
    assert_int_equal(read_text("{\"v\":{\"command\":\"y\",\"args\":{\"user\":\"u\"}},\"w\":[1,[2]],"
                               "\"command\":\"x\",\"args\":{\"user\":{\"user\":[\"deep\"]}}}"),
                     CHAT_ADMIN_OK);
    assert_slice(line.command, "x");
    assert_int_equal(line.count, 1);
    assert_int_equal(line.members[0].value.kind, CHAT_JSON_OBJECT);
}

static void of_a_repeated_member_the_last_counts(void **unused)
{
    (void)unused;
    assert_int_equal(read_text("{\"command\":\"x\",\"args\":{\"room\":\"a\",\"user\":\"u\"},"
                               "\"args\":{\"user\":\"v\",\"\\u0075ser\":\"w\"},\"command\":\"y\"}"),
                     CHAT_ADMIN_OK);
    assert_slice(line.command, "y");
    assert_int_equal(line.count, 1);
    assert_slice(line.members[0].value.text, "w");
}

static void more_members_than_any_command_has_are_refused(void **unused)
{
    char text[1024] = "{\"command\":\"x\",\"args\":{\"m\":1";

    (void)unused;
    for (int i = 0; i < CHAT_LINE_MEMBERS_MAX; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), ",\"m%d\":1", i);
    strcat(text, "}}");
    assert_int_equal(read_text(text), CHAT_ADMIN_E_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(command_args_and_id_are_taken_in_any_order),
        cmocka_unit_test(args_and_id_may_be_left_out_or_null),
        cmocka_unit_test(what_is_not_one_json_object_in_utf8_is_refused),
        cmocka_unit_test(members_of_a_wrong_type_are_refused_with_the_id),
        cmocka_unit_test(an_id_that_is_no_short_string_or_integer_is_refused),
        cmocka_unit_test(unknown_members_are_ignored_whatever_they_hold),
        cmocka_unit_test(of_a_repeated_member_the_last_counts),
        cmocka_unit_test(more_members_than_any_command_has_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
