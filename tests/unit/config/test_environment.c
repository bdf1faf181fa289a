/* ${NAME} in values. */
#include "config/environment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_expanded(const char *text, const char *expected)
{
    char *got = NULL;
    const char *part = text;
    size_t length = 0, part_length = strlen(text);
    assert_null(chat_environment_expand(text, strlen(text), &got, &length, &part, &part_length));
    assert_string_equal(got, expected);
    assert_int_equal(length, strlen(expected));
    free(got);
}

static void assert_wrong(const char *text, const char *expected, const char *expected_part)
{
    char *got = NULL;
    const char *part = text;
    size_t length = 0, part_length = strlen(text);
    const char *wrong =
        chat_environment_expand(text, strlen(text), &got, &length, &part, &part_length);
    assert_null(got);
    assert_non_null(wrong);
    assert_string_equal(wrong, expected);
    assert_int_equal(part_length, strlen(expected_part));
    assert_memory_equal(part, expected_part, part_length);
}

static void text_without_variables_stays_as_it_is(void **state)
{
    (void)state;
    assert_expanded("", "");
    assert_expanded("plain", "plain");
    assert_expanded("$ $$ $x {x} $$$", "$ $$ $x {x} $$$");
}

static void variables_are_replaced_wherever_they_stand(void **state)
{
    (void)state;
    setenv("CHAT_A", "one", 1);
    setenv("CHAT_B2", "", 1);
    assert_expanded("${CHAT_A}", "one");
    assert_expanded("<${CHAT_A}${CHAT_A}-${CHAT_B2}>", "<oneone->");
    assert_expanded("$${CHAT_A} $$${CHAT_A}", "${CHAT_A} $${CHAT_A}");
}

static void what_a_variable_holds_is_not_expanded(void **state)
{
    (void)state;
    setenv("CHAT_A", "${CHAT_A}", 1);
    assert_expanded("${CHAT_A}", "${CHAT_A}");
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    unsetenv("CHAT_A");
    assert_wrong("x${CHAT_A}y", "is not set in the environment", "${CHAT_A}");
    assert_wrong("x${}y", "is not the name of a variable", "${}");
    assert_wrong("x${1A}y", "is not the name of a variable", "${1A}");
    assert_wrong("x${A-B}y", "is not the name of a variable", "${A-B}");
    assert_wrong("x${A", "has a ${ without its }", "x${A");
}

static void a_value_has_a_bound(void **state)
{
    (void)state;
    char most[65536 + 1], text[65536 + 10];
    memset(most, 'm', sizeof most - 1);
    most[sizeof most - 1] = '\0';
    setenv("CHAT_A", most, 1);
    assert_expanded("${CHAT_A}", most);
    assert_wrong("${CHAT_A}${CHAT_A}", "is too long", "${CHAT_A}");
    assert_expanded(most, most);
    strcpy(text, most);
    strcat(text, "m");
    assert_wrong(text, "is too long", text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_without_variables_stays_as_it_is),
        cmocka_unit_test(variables_are_replaced_wherever_they_stand),
        cmocka_unit_test(what_a_variable_holds_is_not_expanded),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(a_value_has_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
