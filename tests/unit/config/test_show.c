/* Values as text: what is shown is what would be read, and what differs is what changes. */
#include "config/config.h"
#include "config/option.h"
#include "config/show.h"
#include "problems.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct chat_config config, other;

static int init(void **state)
{
    (void)state;
    chat_config_init(&config);
    chat_config_init(&other);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    chat_config_finish(&config);
    chat_config_finish(&other);
    return 0;
}

static void read_text(struct chat_config *into, const char *text)
{
    struct problems problems = {"", 0};
    chat_config_parse(into, "/etc/f.yaml", text, strlen(text), collect, &problems);
    assert_string_equal(problems.text, "");
}

static void assert_shown(enum chat_config_at at, const char *value, const char *source)
{
    char *shown = chat_show_value(&config, at), *from = chat_show_source(&config, at);
    assert_string_equal(shown, value);
    assert_string_equal(from, source);
    free(shown);
    free(from);
}

static void each_default_is_shown_as_it_is_read(void **state)
{
    (void)state;
    const struct chat_option *rows = chat_option_rows();
    for (enum chat_config_at at = 0; at < CHAT_OPTIONS; at++) {
        const struct chat_option *row = &rows[at];
        if (row->owner != CHAT_OWNER_CONFIG || row->dflt == NULL || row->type > CHAT_TYPE_LIST)
            continue;
        char *shown = chat_show_value(&config, at), assignment[200];
        struct problems problems = {"", 0};
        snprintf(assignment, sizeof assignment, "%s=%s", row->path, shown);
        assert_true(chat_config_set(&other, assignment, collect, &problems));
        assert_true(chat_show_same(&config, &other, at));
        free(shown);
    }
    char *listeners = chat_show_value(&config, CHAT_AT_listeners);
    assert_non_null(strstr(listeners, "[{address: \"0.0.0.0\", port: 8080"));
    free(listeners);
    assert_shown(CHAT_AT_auth_issuer, "", "default");
    assert_shown(CHAT_AT_permanent, "[]", "default");
}

static void where_a_value_comes_from_is_told(void **state)
{
    struct problems problems = {"", 0};
    (void)state;
    read_text(&config, "rooms:\n  max: 5\nauth:\n  jwks_file: keys\n"
                       "  keys: [{id: 'a \"b\"', algorithm: HS256, secret_file: /s}]\n");
    assert_true(chat_config_set(&config, "rooms.linger=2000ms", collect, &problems));
    assert_shown(CHAT_AT_rooms_max, "5", "/etc/f.yaml:2");
    assert_shown(CHAT_AT_rooms_linger_ms, "2s", "-s");
    assert_shown(CHAT_AT_auth_jwks_file, "/etc/keys", "/etc/f.yaml:4");
    assert_shown(CHAT_AT_auth_keys, "[{id: \"a \\\"b\\\"\", algorithm: HS256, secret_file: /s}]",
                 "/etc/f.yaml:5");
}

static void a_text_of_the_environment_is_hidden(void **state)
{
    (void)state;
    setenv("CHATD_TEST_SHOWN", "7", 1);
    read_text(&config,
              "auth: {issuer: 'x${CHATD_TEST_SHOWN}'}\nrooms: {max: '${CHATD_TEST_SHOWN}'}\n"
              "websocket: {allowed_origins: ['https://a${CHATD_TEST_SHOWN}.org']}\n");
    assert_shown(CHAT_AT_auth_issuer, "(hidden)", "/etc/f.yaml:1 (environment)");
    assert_shown(CHAT_AT_websocket_allowed_origins, "(hidden)", "/etc/f.yaml:3 (environment)");
    assert_shown(CHAT_AT_rooms_max, "7", "/etc/f.yaml:2 (environment)");
}

static void what_would_be_read_alike_is_the_same(void **state)
{
    (void)state;
    read_text(&config, "rooms: {linger: 60s, permanent: [{id: a}]}\nlisten: {port: 1}");
    read_text(&other, "rooms: {linger: 1min, permanent: [{id: a, name: b}]}\nlisten: [{port: 1}]");
    assert_true(chat_show_same(&config, &other, CHAT_AT_rooms_linger_ms));
    assert_true(chat_show_same(&config, &other, CHAT_AT_listeners));
    assert_false(chat_show_same(&config, &other, CHAT_AT_permanent));
}

static void every_value_passes_to_another_configuration(void **state)
{
    (void)state;
    setenv("CHATD_TEST_SHOWN", "secret", 1);
    read_text(&other, "listen: [{port: 1}, {address: '::1'}]\nworkers: 3\nlog: {level: debug}\n"
                      "rooms: {permanent: [{id: a, name: '☺ \"$${x}\" \\'}], auto_create: on}\n"
                      "auth: {keys: [{algorithm: ES256, public_key_file: k}], jwks_file: 'a b',\n"
                      "  issuer: '${CHATD_TEST_SHOWN}'}\n"
                      "websocket: {allowed_origins: ['https://a.org', '*.b.org']}\n");
    read_text(&config, "auth: {audience: me}\nadmin: {mode: '0600'}");
    for (enum chat_config_at at = 0; at < CHAT_OPTIONS; at++)
        if (chat_option_rows()[at].owner == CHAT_OWNER_CONFIG) {
            chat_show_copy(&config, &other, at);
            assert_true(chat_show_same(&config, &other, at));
        }
    assert_shown(CHAT_AT_workers, "3", "/etc/f.yaml:2");
    assert_shown(CHAT_AT_auth_issuer, "(hidden)", "/etc/f.yaml:6 (environment)");
    assert_null(config.auth_audience);
    assert_string_equal(config.permanent[0].name, "☺ \"${x}\" \\");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_default_is_shown_as_it_is_read, init, finish),
        cmocka_unit_test_setup_teardown(where_a_value_comes_from_is_told, init, finish),
        cmocka_unit_test_setup_teardown(a_text_of_the_environment_is_hidden, init, finish),
        cmocka_unit_test_setup_teardown(what_would_be_read_alike_is_the_same, init, finish),
        cmocka_unit_test_setup_teardown(every_value_passes_to_another_configuration, init, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
