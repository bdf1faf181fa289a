/* The JSON reader, through a visitor that writes down what it hears, and the JSON writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "proto/json.h"

static char heard[4096];
static size_t heard_length;

static void hear(const char *mark, struct chat_slice text)
{
    int n = snprintf(heard + heard_length, sizeof(heard) - heard_length, "%s", mark);
    heard_length += (size_t)n;
    for (size_t i = 0; i < text.length; i++) {
        const char *form = text.bytes[i] >= 0 && text.bytes[i] < 0x20 ? "<%02x>" : "%c";
        n = snprintf(heard + heard_length, sizeof(heard) - heard_length, form, text.bytes[i]);
        heard_length += (size_t)n;
        assert_true(heard_length < sizeof(heard));
    }
}

static void hear_name(void *context, unsigned depth, struct chat_slice name)
{
    char mark[16];

    (void)context;
    snprintf(mark, sizeof(mark), " %u.", depth);
    hear(mark, name);
}

static void hear_value(void *context, const struct chat_json_value *value)
{
    static const char *const marks[] = {
        [CHAT_JSON_NULL] = "=null", [CHAT_JSON_BOOLEAN] = "=bool:", [CHAT_JSON_NUMBER] = "=number:",
        [CHAT_JSON_STRING] = "=",   [CHAT_JSON_OBJECT] = "={}",     [CHAT_JSON_ARRAY] = "=[]",
    };

    (void)context;
    hear(value->escaped ? "=escaped:" : marks[value->kind], value->text);
}

/* What is heard of a text, or the reason why it is refused. The text is given exact memory. */
static const char *reading(const char *bytes, size_t length)
{
    static const struct chat_json_visitor visitor = {hear_name, hear_value};
    struct chat_json_reader *reader = chat_json_reader_create();
    char *text = malloc(length + 1);

    heard_length = 0;
    heard[0] = '\0';
    memcpy(text + 1, bytes, length);
    enum chat_error error =
        chat_json_read(reader, (struct chat_slice){text + 1, length}, &visitor, NULL);
    free(text);
    chat_json_reader_destroy(reader);
    return error == CHAT_OK ? heard : chat_error_row(error)->reason;
}

#define READING(literal) reading(literal, sizeof(literal) - 1)

static void values_of_every_kind_are_heard(void **unused)
{
    (void)unused;
    assert_string_equal(READING("{}"), "");
    assert_string_equal(READING("{\"a\":null,\"b\":true,\"c\":false,\"d\":-1.5e3,\"e\":\"\"}"),
                        " 1.a=null 1.b=bool:true 1.c=bool:false 1.d=number:-1.5e3 1.e=");
    assert_string_equal(
        READING("{\"a\":{\"b\":{\"c\":1},\"d\":2},\"e\":[3,[4],{\"f\":5}],\"g\":6}"),
        " 1.a={} 2.b={} 3.c=number:1 2.d=number:2"
        " 1.e=[]=number:3=[]=number:4={} 3.f=number:5 1.g=number:6");
}

static void only_json_white_space_is_white(void **unused)
{
    static const char controls[] = "\t\n\r";

    (void)unused;
    for (int c = 0; c <= 0x20; c++) {
        char text[] = "{ \"a\":1}";
        text[1] = (char)c;
        bool is_white = c == ' ' || (c != 0 && strchr(controls, c) != NULL);
        assert_string_equal(READING(text), is_white ? " 1.a=number:1" : "not_json");
    }
    assert_string_equal(READING("\xef\xbb\xbf{}"), "not_json");
    assert_string_equal(READING("{}\xc2\xa0"), "not_json");
}

static void a_string_has_no_raw_control_character(void **unused)
{
    (void)unused;
    for (int c = 0; c < 0x20; c++) {
        char value[] = "{\"a\":\"_\"}", name[] = "{\"_\":1}";
        value[6] = name[2] = (char)c;
        assert_string_equal(READING(value), "not_json");
        assert_string_equal(READING(name), "not_json");
    }
    assert_string_equal(READING("{\"a\":\"\x7f\u2028\"}"), " 1.a=\x7f\u2028");
}

static void what_is_not_json_is_refused(void **unused)
{
    static const char *const texts[] = {
        "",
        " ",
        "{",
        "}",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,}",
        "{,}",
        "{\"a\" 1}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1]",
        "{\"a\":[1}",
        "{\"a\":[1,]}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":.5}",
        "{\"a\":1.}",
        "{\"a\":1e}",
        "{\"a\":-}",
        "{\"a\":0x1}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":tru}",
        "{\"a\":True}",
        "{\"a\":\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\\u12\"}",
        "{1:2}",
        "{} {}",
        "{}x",
        "{}}",
        "{},",
        "// c\n{}",
        "{}/* c */",
        "nul",
        "1 2",
        "\"a",
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_string_equal(reading(texts[i], strlen(texts[i])), "not_json");
    assert_string_equal(READING("{}\0"), "not_json");
    assert_string_equal(READING("\0{}"), "not_json");
}

static void a_top_that_is_no_object_is_refused(void **unused)
{
    static const char *const texts[] = {"null",  "true",    "0",  "12",          "-1.5",
                                        "\"a\"", "\"\\n\"", "[]", "[{\"a\":1}]", " [\"\\u0041\"] "};

    (void)unused;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_string_equal(reading(texts[i], strlen(texts[i])), "not_an_object");
        assert_string_equal(heard, "");
    }
    assert_string_equal(READING("[1"), "not_json");
}

/* `depth` objects or arrays below and with the top object. */
static const char *nested(unsigned depth, bool arrays, bool closed)
{
    static char text[40 * 6];
    char *p = text;

    for (unsigned i = 0; i < depth; i++)
        p = stpcpy(p, arrays && i > 0 ? "[" : i + 1 < depth ? "{\"a\":" : "{");
    for (unsigned i = depth; closed && i > 0; i--)
        p = stpcpy(p, arrays && i > 1 ? "]" : "}");
    return text;
}

static void the_thirty_third_level_is_too_deep(void **unused)
{
    (void)unused;
    for (unsigned arrays = 0; arrays < 2; arrays++) {
        const char *text = nested(32, arrays, true);
        assert_string_not_equal(reading(text, strlen(text)), "too_deep");
        assert_int_not_equal(heard_length, 0);
        text = nested(33, arrays, true);
        assert_string_equal(reading(text, strlen(text)), "too_deep");
        text = nested(33, arrays, false); /* what follows is not read any more */
        assert_string_equal(reading(text, strlen(text)), "too_deep");
        text = nested(32, arrays, false);
        assert_string_equal(reading(text, strlen(text)), "not_json");
    }
}

static void a_deep_array_at_the_top_is_no_object(void **unused)
{
    char text[100];

    (void)unused;
    memset(text, '[', sizeof(text));
    assert_string_equal(reading(text, sizeof(text)), "not_an_object");
}

static void siblings_do_not_add_to_the_depth(void **unused)
{
    char text[400], *p = stpcpy(text, "{\"a\":[");

    (void)unused;
    for (int i = 0; i < 40; i++)
        p = stpcpy(p, "[],{},");
    strcpy(p, "0]}");
    assert_string_not_equal(reading(text, strlen(text)), "too_deep");
    assert_int_not_equal(heard_length, 0);
}

static void escapes_are_decoded_in_values_and_names(void **unused)
{
    (void)unused;
    assert_string_equal(
        READING("{\"\\u0061\":\"\\u0041\\/\\\\\\\"\\b\\f\\n\\r\\t\\u0000\\u00e9\"}"),
        " 1.a=escaped:A/\\\"<08><0c><0a><0d><09><00>\u00e9");
    assert_string_equal(READING("{\"a\":\"\\ud83d\\ude00 \\uD83D\\uDE00\"}"),
                        " 1.a=escaped:\U0001f600 \U0001f600");
    assert_string_equal(READING("{\"a\":\"\\ud800\\udc00\\udbff\\udfff\\ud7ff\\ue000\"}"),
                        " 1.a=escaped:\U00010000\U0010ffff\xed\x9f\xbf\ue000");
}

static void half_a_surrogate_pair_is_bad_unicode_anywhere(void **unused)
{
    static const char *const strings[] = {
        "\\ud800",          "\\udbff",          "\\udc00",
        "\\udfff",          "\\uDBFF",          "\\ud800x",
        "\\ud800\\u0041",   "\\ud800\\ud800",   "\\ud800\\n",
        "\\ud800\\ue000",   "\\udc00\\ud800",   "\\ud800\\udbff",
        "\\\\\\ud800",      "a\\ud83d \\ude00", "\\ud83d\\ude00\\ude00",
        "\\ud83d\\\\ude00", "\\udc00\\udc00",
    };
    char text[64];

    (void)unused;
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        int n = snprintf(text, sizeof(text), "{\"x\":[\"%s\"]}", strings[i]);
        assert_string_equal(reading(text, (size_t)n), "bad_unicode");
        n = snprintf(text, sizeof(text), "{\"%s\":1}", strings[i]);
        assert_string_equal(reading(text, (size_t)n), "bad_unicode");
    }
    assert_string_equal(READING("{\"a\":\"\\\\ud800\"}"), " 1.a=escaped:\\ud800");
    assert_string_equal(READING("{\"a\":\"\\ud800\""), "not_json");
    assert_string_equal(READING("[\"\\ud800\"]"), "not_an_object");
}

static void decoded_strings_live_side_by_side(void **unused)
{
    (void)unused;
    assert_string_equal(READING("{\"a\":\"\\n1\",\"b\":\"2\",\"c\":\"\\n3\",\"d\":[\"\\n4\"]}"),
                        " 1.a=escaped:<0a>1 1.b=2 1.c=escaped:<0a>3 1.d=[]=escaped:<0a>4");
}

static void integers_are_exact(void **unused)
{
    static const struct {
        const char *text;
        enum chat_json_integer is;
        int64_t value;
    } cases[] = {
        {"0", CHAT_JSON_INTEGER, 0},
        {"-1", CHAT_JSON_INTEGER, -1},
        {"9007199254740993", CHAT_JSON_INTEGER, INT64_C(9007199254740993)},
        {"9223372036854775807", CHAT_JSON_INTEGER, INT64_MAX},
        {"-9223372036854775808", CHAT_JSON_INTEGER, INT64_MIN},
        {"9223372036854775808", CHAT_JSON_BEYOND_INT64, 0},
        {"-9223372036854775809", CHAT_JSON_BEYOND_INT64, 0},
        {"99999999999999999999999999", CHAT_JSON_BEYOND_INT64, 0},
        {"18446744073709551616", CHAT_JSON_BEYOND_INT64, 0},
        {"-0", CHAT_JSON_NOT_AN_INTEGER, 0},
        {"1.0", CHAT_JSON_NOT_AN_INTEGER, 0},
        {"1E2", CHAT_JSON_NOT_AN_INTEGER, 0},
        {"1e0", CHAT_JSON_NOT_AN_INTEGER, 0},
        {"0.0", CHAT_JSON_NOT_AN_INTEGER, 0},
        {"99999999999999999999999999.5", CHAT_JSON_NOT_AN_INTEGER, 0},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t value = 0;
        struct chat_slice text = {cases[i].text, strlen(cases[i].text)};
        assert_int_equal(chat_json_to_integer(text, &value), cases[i].is);
        assert_true(value == cases[i].value);
    }
}

static void a_text_is_written_behind_the_reserve(void **unused)
{
    struct chat_json_writer *writer = chat_json_writer_create();
    static const int64_t numbers[] = {0, 7, -7, INT64_MAX, INT64_MIN};
    static const char expected[] =
        "....{\"a\":\"\\n\\u0000\\\"\\\\/\x7f\",\"n\":0,\"n\":7,\"n\":-7,"
        "\"n\":9223372036854775807,\"n\":-9223372036854775808,"
        "\"o\":{\"t\":[1, 2]}}";
    size_t length;

    (void)unused;
    for (int again = 0; again < 2; again++) {
        chat_json_begin(writer, 4);
        chat_json_open_object(writer);
        chat_json_put_string(writer, CHAT_SLICE("a"));
        chat_json_put_string(writer, CHAT_SLICE("\n\0\"\\/\x7f"));
        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
            chat_json_put_string(writer, CHAT_SLICE("n"));
            chat_json_put_integer(writer, numbers[i]);
        }
        chat_json_put_string(writer, CHAT_SLICE("o"));
        chat_json_open_object(writer);
        chat_json_put_string(writer, CHAT_SLICE("t"));
        chat_json_put_text(writer, CHAT_SLICE("[1, 2]"));
        chat_json_close_object(writer);
        chat_json_close_object(writer);
        char *text = chat_json_end(writer, &length);
        memcpy(text, "....", 4);
        assert_int_equal(length, sizeof(expected) - 1);
        assert_memory_equal(text, expected, length);
    }
    chat_json_writer_destroy(writer);
}

static void there_may_be_nothing_to_destroy(void **unused)
{
    (void)unused;
    chat_json_reader_destroy(NULL);
    chat_json_writer_destroy(NULL);
}

static void a_text_left_half_written_is_forgotten(void **unused)
{
    struct chat_json_writer *writer = chat_json_writer_create();
    size_t length;

    (void)unused;
    chat_json_begin(writer, 0);
    chat_json_open_object(writer);
    chat_json_put_string(writer, CHAT_SLICE("a"));
    chat_json_begin(writer, 0);
    chat_json_put_string(writer, CHAT_SLICE("b"));
    assert_memory_equal(chat_json_end(writer, &length), "\"b\"", 3);
    assert_int_equal(length, 3);
    chat_json_writer_destroy(writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_every_kind_are_heard),
        cmocka_unit_test(only_json_white_space_is_white),
        cmocka_unit_test(a_string_has_no_raw_control_character),
        cmocka_unit_test(what_is_not_json_is_refused),
        cmocka_unit_test(a_top_that_is_no_object_is_refused),
        cmocka_unit_test(the_thirty_third_level_is_too_deep),
        cmocka_unit_test(a_deep_array_at_the_top_is_no_object),
        cmocka_unit_test(siblings_do_not_add_to_the_depth),
        cmocka_unit_test(escapes_are_decoded_in_values_and_names),
        cmocka_unit_test(half_a_surrogate_pair_is_bad_unicode_anywhere),
        cmocka_unit_test(decoded_strings_live_side_by_side),
        cmocka_unit_test(integers_are_exact),
        cmocka_unit_test(a_text_is_written_behind_the_reserve),
        cmocka_unit_test(a_text_left_half_written_is_forgotten),
        cmocka_unit_test(there_may_be_nothing_to_destroy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
