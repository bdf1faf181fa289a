/* Strings and numbers by hand against yajl's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/json.h"
#include "proto/spell.h"

/* Every byte at every place of a word of eight, and beside what needs no escape. */
static void a_spelled_string_is_what_yajl_writes(void **unused)
{
    struct chat_json_writer *writer = chat_json_writer_create();
    (void)unused;

    for (unsigned c = 0; c < 0x80; c++) {
        for (size_t length = 1; length <= 20; length++) {
            for (size_t at = 0; at < length; at++) {
                char text[20], spelled[2 + 6 * sizeof(text)];
                size_t expected_length;
                memset(text, 'x', sizeof(text));
                text[at] = (char)c;
                struct chat_slice slice = {text, length};
                chat_json_begin(writer, 0);
                chat_json_put_string(writer, slice);
                const char *expected = chat_json_end(writer, &expected_length);
                size_t got = (size_t)(chat_spell_string(spelled, slice) - spelled);
                assert_int_equal(got, expected_length);
                assert_memory_equal(spelled, expected, got);
            }
        }
    }
    chat_json_writer_destroy(writer);
}

static void assert_spelled(struct chat_slice text, const char *expected)
{
    char spelled[64];
    size_t length = (size_t)(chat_spell_string(spelled, text) - spelled);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(spelled, expected, length);
}

static void an_empty_or_absent_text_is_two_quotes(void **unused)
{
    (void)unused;
    assert_spelled((struct chat_slice){"", 0}, "\"\"");
    assert_spelled((struct chat_slice){NULL, 0}, "\"\"");
}

static void what_is_not_ascii_goes_as_it_is(void **unused)
{
    (void)unused;
    assert_spelled(CHAT_SLICE("z\u00fcrich \u2028 \U0001F600"),
                   "\"z\u00fcrich \u2028 \U0001F600\"");
}

static void integers_are_spelled_to_their_ends(void **unused)
{
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {{0, "0"},
                 {7, "7"},
                 {-1, "-1"},
                 {INT64_MAX, "9223372036854775807"},
                 {INT64_MIN, "-9223372036854775808"}};
    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char spelled[20];
        size_t length = (size_t)(chat_spell_integer(spelled, cases[i].value) - spelled);
        assert_int_equal(length, strlen(cases[i].text));
        assert_memory_equal(spelled, cases[i].text, length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_spelled_string_is_what_yajl_writes),
        cmocka_unit_test(an_empty_or_absent_text_is_two_quotes),
        cmocka_unit_test(what_is_not_ascii_goes_as_it_is),
        cmocka_unit_test(integers_are_spelled_to_their_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
