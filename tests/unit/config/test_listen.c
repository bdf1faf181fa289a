/* A list within an item of a list: the certificates of a listener. */
#include "config/config.h"
#include "problems.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void a_listener_has_its_own_certificates(void **state)
{
    (void)state;
    struct problems problems = {"", 0};
    struct chat_config config;
    static const char text[] = "listen:\n"
                               "- {port: 1, tls: {certificate: /a, key: /b}}\n"
                               "- {port: 2}\n"
                               "- port: 3\n"
                               "  tls: [{certificate: /c, key: /d}, {certificate: /e, key: /f}]\n";
    chat_config_init(&config);
    assert_true(chat_config_parse(&config, "f", text, strlen(text), collect, &problems));
    assert_true(chat_config_set(&config, "listen.2.tls.1.key=/g", collect, &problems));
    assert_true(
        chat_config_set(&config, "listen.1.tls={certificate: /h, key: /i}", collect, &problems));
    assert_true(chat_config_check(&config, collect, &problems));
    assert_string_equal(problems.text, "");
    assert_int_equal(config.listeners[0].n_tls, 1);
    assert_string_equal(config.listeners[0].tls[0].key, "/b");
    assert_string_equal(config.listeners[1].tls[0].certificate, "/h");
    assert_int_equal(config.listeners[2].n_tls, 2);
    assert_string_equal(config.listeners[2].tls[0].key, "/d");
    assert_string_equal(config.listeners[2].tls[1].key, "/g");
    chat_config_finish(&config);
}

static void assert_problems(const char *text, const char *expected)
{
    struct problems problems = {"", 0};
    struct chat_config config;
    chat_config_init(&config);
    (void)!chat_config_parse(&config, "f", text, strlen(text), collect, &problems);
    assert_false(chat_config_check(&config, collect, &problems));
    assert_string_equal(problems.text, expected);
    chat_config_finish(&config);
}

static void a_certificate_needs_its_key(void **state)
{
    (void)state;
    assert_problems("listen:\n  tls:\n  - {certificate: a}\n  - {key: b}\n  - {}\n",
                    "f:3:5: listen.tls: an item without key, expected one\n"
                    "f:4:5: listen.tls: an item without certificate, expected one\n"
                    "f:5:5: listen.tls: an item without certificate, expected one\n");
}

static void what_was_refused_is_not_told_twice(void **state)
{
    (void)state;
    assert_problems("listen: {tls: {certificate: a, kye: b}}",
                    "f:1:32: unknown option \"kye\" in listen.tls, did you mean "
                    "\"listen.tls.key\"?\n"
                    "f:1:15: listen.tls: an item without key, expected one\n");
    assert_problems(
        "listen: {tls: {certificate: [a], key: b}}",
        "f:1:29: listen.tls.certificate: a list, expected the path of a file, 1 to 4095 "
        "bytes without control characters\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listener_has_its_own_certificates),
        cmocka_unit_test(a_certificate_needs_its_key),
        cmocka_unit_test(what_was_refused_is_not_told_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
