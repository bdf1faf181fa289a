/* The character rules of PROTOCOL §6 at their edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/valid.h"

static enum chat_validity id(const char *text)
{
    return chat_valid_id(text, strlen(text), 64);
}

static enum chat_validity name(const char *text)
{
    return chat_valid_name(text, strlen(text), 64);
}

/* `count` times the character, with nothing behind. */
static const char *repeat(const char *character, size_t count)
{
    static char text[4 * 65 + 1];
    size_t length = strlen(character);

    assert_true(count * length < sizeof(text));
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * length, character, length);
    text[count * length] = '\0';
    return text;
}

static void an_id_has_64_bytes_at_most(void **unused)
{
    (void)unused;
    assert_int_equal(id(""), CHAT_VALID_TOO_SHORT);
    assert_int_equal(id("a"), CHAT_VALID);
    assert_int_equal(id(repeat("a", 64)), CHAT_VALID);
    assert_int_equal(id(repeat("a", 65)), CHAT_VALID_TOO_LONG);
    assert_int_equal(id(repeat("/", 65)), CHAT_VALID_TOO_LONG);
}

static void an_id_takes_its_characters_and_no_other(void **unused)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:@-";

    (void)unused;
    for (int c = 0; c < 256; c++) {
        char byte = (char)c;
        bool is_allowed = c != 0 && strchr(allowed, c) != NULL;
        assert_int_equal(chat_valid_id(&byte, 1, 64),
                         is_allowed ? CHAT_VALID : CHAT_VALID_BAD_CHARACTERS);
    }
    assert_int_equal(id("room one"), CHAT_VALID_BAD_CHARACTERS);
    assert_int_equal(id("caf\u00e9"), CHAT_VALID_BAD_CHARACTERS);
    assert_int_equal(chat_valid_id("a\0b", 3, 64), CHAT_VALID_BAD_CHARACTERS);
}

static void a_name_is_counted_in_code_points(void **unused)
{
    static const char *const characters[] = {"a", "\u00e9", "\u6f22", "\U0001f600"};

    (void)unused;
    assert_int_equal(name(""), CHAT_VALID_TOO_SHORT);
    for (size_t i = 0; i < sizeof(characters) / sizeof(characters[0]); i++) {
        assert_int_equal(name(characters[i]), CHAT_VALID);
        assert_int_equal(name(repeat(characters[i], 64)), CHAT_VALID);
        assert_int_equal(name(repeat(characters[i], 65)), CHAT_VALID_TOO_LONG);
    }
}

static void a_name_that_is_too_long_is_that_whatever_it_holds(void **unused)
{
    (void)unused;
    assert_int_equal(name(repeat(" ", 64)), CHAT_VALID_BAD_CHARACTERS);
    assert_int_equal(name(repeat(" ", 65)), CHAT_VALID_TOO_LONG);
}

static void a_name_has_no_control_characters(void **unused)
{
    static const char *const bad[] = {"a\tb",
                                      "a\nb",
                                      "a\x1f"
                                      "b",
                                      "a\x7f"
                                      "b",
                                      "a\xc2\x80"
                                      "b",
                                      "a\xc2\x9f"
                                      "b"};

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(name(bad[i]), CHAT_VALID_BAD_CHARACTERS);
    assert_int_equal(chat_valid_name("a\0b", 3, 64), CHAT_VALID_BAD_CHARACTERS);
    assert_int_equal(name("a~\u00a1b"), CHAT_VALID);
}

static void a_name_does_not_turn_the_direction_of_text(void **unused)
{
    static const char *const bad[] = {"a\u202ab", "a\u202bb", "a\u202cb", "a\u202db", "a\u202eb",
                                      "a\u2066b", "a\u2067b", "a\u2068b", "a\u2069b"};

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(name(bad[i]), CHAT_VALID_BAD_CHARACTERS);
    /* the neighbours, marks that only order what is around them, joiners, right-to-left letters */
    assert_int_equal(name("a\u2029b\u202fc\u2065d\u206ae"), CHAT_VALID);
    assert_int_equal(name("a\u200eb\u200fc"), CHAT_VALID);
    assert_int_equal(name("\U0001f468\u200d\U0001f469"), CHAT_VALID);
    assert_int_equal(name("\u05d0\u05d1"), CHAT_VALID);
}

static void a_name_has_white_space_inside_only(void **unused)
{
    static const char *const spaces[] = {" ",      "\u00a0", "\u1680", "\u2000", "\u200a",
                                         "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};

    (void)unused;
    for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
        char text[16];
        assert_int_equal(name(spaces[i]), CHAT_VALID_BAD_CHARACTERS);
        strcat(strcpy(text, "a"), spaces[i]);
        assert_int_equal(name(text), CHAT_VALID_BAD_CHARACTERS);
        strcat(text, "b");
        assert_int_equal(name(text), CHAT_VALID);
        assert_int_equal(name(text + 1), CHAT_VALID_BAD_CHARACTERS);
    }
    /* no White_Space, whatever they look like */
    assert_int_equal(name("\u200b"), CHAT_VALID);
    assert_int_equal(name("\ufeff"), CHAT_VALID);
}

static void words_are_counted_in_bytes_and_have_no_control_characters(void **unused)
{
    (void)unused;
    assert_int_equal(chat_valid_words("", 0, 4), CHAT_VALID_TOO_SHORT);
    assert_int_equal(chat_valid_words(" \u263a", 4, 4), CHAT_VALID);
    assert_int_equal(chat_valid_words("  \u263a", 5, 4), CHAT_VALID_TOO_LONG);
    assert_int_equal(chat_valid_words("a\nb", 3, 4), CHAT_VALID_BAD_CHARACTERS);
    assert_int_equal(chat_valid_words("a\0b", 3, 4), CHAT_VALID_BAD_CHARACTERS);
    assert_int_equal(chat_valid_words("\x7f", 1, 4), CHAT_VALID_BAD_CHARACTERS);
    assert_int_equal(chat_valid_words("\xc2\x9f", 2, 4), CHAT_VALID_BAD_CHARACTERS);
    assert_int_equal(chat_valid_words("\xc2\xa0", 2, 4), CHAT_VALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_has_64_bytes_at_most),
        cmocka_unit_test(an_id_takes_its_characters_and_no_other),
        cmocka_unit_test(a_name_is_counted_in_code_points),
        cmocka_unit_test(a_name_that_is_too_long_is_that_whatever_it_holds),
        cmocka_unit_test(a_name_has_no_control_characters),
        cmocka_unit_test(a_name_does_not_turn_the_direction_of_text),
        cmocka_unit_test(a_name_has_white_space_inside_only),
        cmocka_unit_test(words_are_counted_in_bytes_and_have_no_control_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
