/* YAML as steps: what comes, in which order, and what ends it. */
#include "config/yaml.h"
#include "problems.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* All steps of a text, one letter each: S scalar, R refused, { mapping, [ sequence, . end. */
static void steps(const char *text, size_t length, char ret[64], struct problems *ret_problems)
{
    struct chat_problems problems = {collect, ret_problems, false};
    struct chat_yaml yaml;
    size_t n = 0;
    memset(ret_problems, 0, sizeof *ret_problems);
    chat_yaml_init(&yaml, "f", 0, text, length, &problems);
    while (chat_yaml_next(&yaml) != CHAT_YAML_OVER && n < 63)
        ret[n++] = "?SR{[."[yaml.kind];
    ret[n] = '\0';
    chat_yaml_finish(&yaml);
}

static void values_come_as_steps(void **state)
{
    (void)state;
    static const struct {
        const char *text, *steps;
    } cases[] = {
        {"", ""},
        {"# comment", ""},
        {"a", "S"},
        {"a: b", "{SS."},
        {"a: [b, {c: d}]\ne:\n- f\n", "{S[S{SS..S[S.."},
        {"%YAML 1.1\n---\na\n...\n", "S"},
        {"\xEF\xBB\xBF"
         "a: b",
         "{SS."},
        {"a:\r\n  b: c\r\n", "{S{SS.."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct problems problems;
        char got[64];
        steps(cases[i].text, strlen(cases[i].text), got, &problems);
        assert_string_equal(problems.text, "");
        assert_string_equal(got, cases[i].steps);
    }
}

static void what_a_file_may_not_have_is_reported_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *problems;
    } cases[] = {
        {"a: &x b", "f:1:4: an anchor, expected a value without one\n"},
        {"a: &x [b]", "f:1:4: an anchor, expected a value without one\n"},
        {"a: *x", "f:1:4: an alias, expected the value itself\n"},
        {"a: !!str b", "f:1:4: a tag, expected a value without one\n"},
        {"a: ! b", "f:1:4: a tag, expected a value without one\n"},
        {"a: !x {}", "f:1:4: a tag, expected a value without one\n"},
        {"a: 1\n---\nb: 2\n", "f:2:1: a second document, expected only one\n"},
        {"a:\n\t- b\n", "f:2:1: the line begins with a tab, expected spaces\n"},
        {"a: 'b", "f:1:6: found unexpected end of stream while scanning a quoted scalar, "
                  "expected valid YAML\n"},
        {"a: \x01", "f:1:4: control characters are not allowed, expected a text file in UTF-8\n"},
        {"é: 1\né: \xFF", "f:2:4: invalid leading UTF-8 octet, expected a text file in UTF-8\n"},
        {"\xFF\xFE"
         "a",
         "f:1:1: invalid leading UTF-8 octet, expected a text file in UTF-8\n"},
        {"a: \xC0\xAF", "f:1:4: invalid length of a UTF-8 sequence, "
                        "expected a text file in UTF-8\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct problems problems;
        char got[64];
        steps(cases[i].text, strlen(cases[i].text), got, &problems);
        assert_string_equal(problems.text, cases[i].problems);
    }
}

static void binary_bytes_are_a_problem(void **state)
{
    (void)state;
    struct problems problems;
    char got[64];
    steps("\x7f"
          "ELF\0\0",
          6, got, &problems);
    assert_string_equal(
        problems.text,
        "f:1:1: control characters are not allowed, expected a text file in UTF-8\n");
    steps("a: b\n\0", 6, got, &problems);
    assert_string_equal(
        problems.text,
        "f:2:1: control characters are not allowed, expected a text file in UTF-8\n");
}

static void depth_16_is_taken_and_17_is_not(void **state)
{
    (void)state;
    struct problems problems;
    char got[64];
    const char *text = "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]";
    steps(text, 32, got, &problems);
    assert_string_equal(problems.text, "");
    assert_string_equal(got, "[[[[[[[[[[[[[[[[................");
    steps("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", 34, got, &problems);
    assert_string_equal(problems.text, "f:1:17: deeper than 16 levels, expected fewer\n");
    assert_string_equal(got, "[[[[[[[[[[[[[[[[");
}

/* The scanner is quadratic in depth: a megabyte of brackets would take minutes. */
static void a_megabyte_of_brackets_ends_at_once(void **state)
{
    (void)state;
    struct problems problems;
    char got[64];
    char *text = malloc(CHAT_YAML_SIZE_MAX);
    assert_non_null(text);
    memset(text, '[', CHAT_YAML_SIZE_MAX);
    steps(text, CHAT_YAML_SIZE_MAX, got, &problems);
    assert_string_equal(problems.text, "f:1:17: deeper than 16 levels, expected fewer\n");
    free(text);
}

static void a_skipped_value_ends_where_it_ends(void **state)
{
    (void)state;
    const char *text = "[{a: [b, {}]}, [c, [d]], e]";
    struct problems collected = {"", 0};
    struct chat_problems problems = {collect, &collected, false};
    struct chat_yaml yaml;
    chat_yaml_init(&yaml, "f", 0, text, strlen(text), &problems);
    assert_int_equal(chat_yaml_next(&yaml), CHAT_YAML_SEQUENCE);
    for (int i = 0; i < 2; i++) {
        chat_yaml_next(&yaml);
        chat_yaml_skip(&yaml);
        assert_int_equal(yaml.kind, CHAT_YAML_END);
    }
    assert_int_equal(chat_yaml_next(&yaml), CHAT_YAML_SCALAR);
    chat_yaml_skip(&yaml);
    assert_int_equal(chat_yaml_next(&yaml), CHAT_YAML_END);
    chat_yaml_finish(&yaml);
    assert_false(problems.any);
}

static void only_what_nobody_wrote_is_empty(void **state)
{
    (void)state;
    const char *text = "[~, null, '', 'null', \"~\", Null, x]";
    const char *empty = "1100000";
    struct problems collected = {"", 0};
    struct chat_problems problems = {collect, &collected, false};
    struct chat_yaml yaml;
    chat_yaml_init(&yaml, "f", 0, text, strlen(text), &problems);
    chat_yaml_next(&yaml);
    for (; *empty != '\0'; empty++) {
        assert_int_equal(chat_yaml_next(&yaml), CHAT_YAML_SCALAR);
        assert_int_equal(chat_yaml_is_empty(&yaml), *empty == '1');
    }
    chat_yaml_finish(&yaml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_as_steps),
        cmocka_unit_test(what_a_file_may_not_have_is_reported_with_its_place),
        cmocka_unit_test(binary_bytes_are_a_problem),
        cmocka_unit_test(depth_16_is_taken_and_17_is_not),
        cmocka_unit_test(a_megabyte_of_brackets_ends_at_once),
        cmocka_unit_test(a_skipped_value_ends_where_it_ends),
        cmocka_unit_test(only_what_nobody_wrote_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
