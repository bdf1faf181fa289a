/* The configuration as a whole: its defaults, the shipped file, and the rules over several options.
 */
#include "config/config.h"
#include "config/option.h"
#include "problems.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SHIPPED SOURCE_DIR "/conf/chatd.yaml"

static void assert_same_text(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        assert_ptr_equal(a, b);
    else
        assert_string_equal(a, b);
}

static void assert_same_texts(const struct chat_config_texts *a, const struct chat_config_texts *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        assert_string_equal(a->items[i], b->items[i]);
}

static void assert_same_member(const struct chat_option *row, const void *a, const void *b)
{
    static const size_t sizes[] = {
        [CHAT_TYPE_BOOL] = sizeof(bool),
        [CHAT_TYPE_COUNT] = sizeof(uint32_t),
        [CHAT_TYPE_PORT] = sizeof(uint16_t),
        [CHAT_TYPE_WORKERS] = sizeof(unsigned),
        [CHAT_TYPE_MODE] = sizeof(unsigned),
        [CHAT_TYPE_SIZE] = sizeof(size_t),
        [CHAT_TYPE_DURATION] = sizeof(uint64_t),
        [CHAT_TYPE_LOG_LEVEL] = sizeof(enum chat_log_level),
        [CHAT_TYPE_LOG_FORMAT] = sizeof(enum chat_log_format),
        [CHAT_TYPE_AUTH_MODE] = sizeof(enum chat_auth_mode),
        [CHAT_TYPE_ALGORITHM] = sizeof(enum chat_algorithm),
    };
    const char *one = (const char *)a + row->offset, *other = (const char *)b + row->offset;
    if (row->type < CHAT_TYPE_TEXT)
        assert_memory_equal(one, other, sizes[row->type]);
    else if (row->type > CHAT_TYPE_LIST)
        assert_same_texts((const void *)one, (const void *)other);
    else
        assert_same_text(*(char *const *)one, *(char *const *)other);
}

/* All but the items of permanent, of which both have none. */
static void assert_same(const struct chat_config *a, const struct chat_config *b)
{
    const struct chat_option *rows = chat_option_rows();
    assert_int_equal(a->n_listeners, 1);
    assert_int_equal(b->n_listeners, 1);
    assert_int_equal(a->n_permanent, 0);
    assert_int_equal(b->n_permanent, 0);
    for (const struct chat_option *row = rows; row < rows + CHAT_OPTIONS; row++) {
        if (row->type != CHAT_TYPE_LIST && row->owner == CHAT_OWNER_CONFIG)
            assert_same_member(row, a, b);
        else if (row->owner == CHAT_OWNER_LISTENER)
            assert_same_member(row, a->listeners, b->listeners);
    }
}

static void the_defaults_are_those_of_the_rows(void **state)
{
    (void)state;
    struct chat_config config;
    chat_config_init(&config);
    assert_int_equal(config.n_listeners, 1);
    assert_string_equal(config.listeners[0].address, "0.0.0.0");
    assert_int_equal(config.listeners[0].port, 8080);
    assert_int_equal(config.workers, 0);
    assert_int_equal(config.http_handshake_timeout_ms, 10000);
    assert_string_equal(config.websocket_path, "/ws");
    assert_int_equal(config.http_trusted_proxies.count, 0);
    assert_int_equal(config.http_metrics_allow.count, 2);
    assert_string_equal(config.http_metrics_allow.items[0], "127.0.0.0/8");
    assert_string_equal(config.http_metrics_allow.items[1], "::1/128");
    assert_int_equal(config.websocket_max_message_size, 65536);
    assert_int_equal(config.websocket_ping_interval_ms, 54000);
    assert_int_equal(config.websocket_idle_timeout_ms, 300000);
    assert_false(config.rooms_auto_create);
    assert_int_equal(config.rooms_linger_ms, 0);
    assert_int_equal(config.limits_mailbox, 64 << 20);
    assert_int_equal(config.admin_mode, 0660);
    assert_null(config.admin_group);
    assert_int_equal(config.log_level, CHAT_LOG_INFO);
    assert_int_equal(config.log_format, CHAT_LOG_TEXT);
    chat_config_finish(&config);
}

static void the_defaults_break_no_rule(void **state)
{
    (void)state;
    struct problems problems = {"", 0};
    struct chat_config config;
    chat_config_init(&config);
    assert_true(chat_config_check(&config, collect, &problems));
    assert_int_equal(problems.n, 0);
    chat_config_finish(&config);
}

static void the_shipped_file_is_the_defaults(void **state)
{
    (void)state;
    struct problems problems = {"", 0};
    struct chat_config shipped, defaults;
    chat_config_init(&shipped);
    chat_config_init(&defaults);
    assert_true(chat_config_load(&shipped, SHIPPED, collect, &problems));
    assert_string_equal(problems.text, "");
    assert_same(&shipped, &defaults);
    chat_config_finish(&shipped);
    chat_config_finish(&defaults);
}

static char *read_shipped(void)
{
    FILE *file = fopen(SHIPPED, "r");
    assert_non_null(file);
    char *text = calloc(1, 65536);
    assert_non_null(text);
    assert_in_range(fread(text, 1, 65535, file), 1, 65534);
    fclose(file);
    return text;
}

static void the_shipped_file_has_every_option(void **state)
{
    (void)state;
    struct problems problems = {"", 0};
    struct chat_config config;
    chat_config_init(&config);
    assert_true(chat_config_load(&config, SHIPPED, collect, &problems));
    char *text = read_shipped();
    const struct chat_option *rows = chat_option_rows();
    for (size_t i = 0; i < CHAT_OPTIONS; i++) {
        const struct chat_option *row = &rows[i];
        const char *dot = strrchr(row->path, '.');
        char commented[64];
        snprintf(commented, sizeof commented, "%s:", dot == NULL ? row->path : dot + 1);
        if (config.set_at[i].source == NULL) { /* then it has no default, and is shown commented */
            assert_null(row->dflt);
            assert_non_null(strstr(text, commented));
        }
    }
    free(text);
    chat_config_finish(&config);
}

static void what_the_shipped_file_shows_commented_is_right(void **state)
{
    (void)state;
    static const char text[] = "rooms:\n"
                               "  permanent:\n"
                               "    - id: lobby\n"
                               "      name: The Lobby\n"
                               "admin: {group: chatd}\n";
    struct problems problems = {"", 0};
    struct chat_config config;
    chat_config_init(&config);
    assert_true(chat_config_parse(&config, "f", text, strlen(text), collect, &problems));
    assert_int_equal(config.n_permanent, 1);
    assert_string_equal(config.permanent[0].id, "lobby");
    assert_string_equal(config.permanent[0].name, "The Lobby");
    assert_string_equal(config.admin_group, "chatd");
    chat_config_finish(&config);
}

/* Reads a text that is right in each of its options, then checks it: the problems of that. */
static void check(const char *text, struct problems *ret)
{
    struct chat_config config;
    memset(ret, 0, sizeof *ret);
    chat_config_init(&config);
    assert_true(chat_config_parse(&config, "f", text, strlen(text), collect, ret));
    assert_true(chat_config_check(&config, collect, ret) == (ret->n == 0));
    chat_config_finish(&config);
}

static void a_page_is_no_larger_than_the_largest(void **state)
{
    (void)state;
    struct problems problems;
    check("validation: {page: 101}", &problems);
    assert_string_equal(
        problems.text,
        "f:1:20: validation.page is 101, expected at most validation.page_max (100)\n");
    check("validation: {page_max: 49}", &problems);
    assert_string_equal(
        problems.text,
        "f:1:24: validation.page is 50, expected at most validation.page_max (49)\n");
}

static void a_permanent_room_can_be_entered(void **state)
{
    (void)state;
    struct problems problems;
    check("rooms: {permanent: [{id: abc}, {id: abcd}]}\nvalidation: {id_length: 3}", &problems);
    assert_string_equal(problems.text,
                        "f:1:32: rooms.permanent: the id \"abcd\" is too long, expected at most "
                        "validation.id_length (3)\n");
}

static void pong_timeout_must_be_more_than_ping_interval(void **state)
{
    (void)state;
    struct problems problems;
    check("websocket: {ping_interval: 59999ms}", &problems);
    assert_int_equal(problems.n, 0);
    check("websocket: {ping_interval: 60s}", &problems);
    assert_string_equal(problems.text,
                        "f:1:28: websocket.pong_timeout (60000 ms) would end every connection "
                        "before its ping is answered, expected more than "
                        "websocket.ping_interval (60000 ms)\n");
    check("websocket:\n  ping_interval: 1min\n  pong_timeout: 1s", &problems);
    assert_non_null(strstr(problems.text, "f:3:17: websocket.pong_timeout (1000 ms)"));
}

static void a_permanent_id_is_used_once(void **state)
{
    (void)state;
    struct problems problems;
    check("rooms:\n  permanent:\n    - id: a\n    - id: b\n    - id: A\n", &problems);
    assert_int_equal(problems.n, 0);
    check("rooms:\n  permanent:\n    - id: b\n    - id: a\n    - id: b\n    - id: b\n", &problems);
    assert_string_equal(problems.text,
                        "f:5:7: rooms.permanent has the id \"b\" twice, expected another id\n"
                        "f:6:7: rooms.permanent has the id \"b\" twice, expected another id\n");
}

static void permanent_rooms_fit_into_rooms_max(void **state)
{
    (void)state;
    struct problems problems;
    check("rooms: {max: 2, permanent: [{id: a}, {id: b}]}", &problems);
    assert_int_equal(problems.n, 0);
    check("rooms: {max: 1, permanent: [{id: a}, {id: b}]}", &problems);
    assert_string_equal(problems.text,
                        "f:1:28: 2 rooms in rooms.permanent, expected at most rooms.max (1)\n");
}

static void two_listeners_cannot_have_one_address_and_port(void **state)
{
    (void)state;
    struct problems problems;
    check("listen: [{port: 0}, {port: 0}, {port: 1}, {port: 1, address: 127.0.0.1}]", &problems);
    assert_int_equal(problems.n, 0);
    check("listen: [{address: 'unix:/a'}, {address: 'unix:/b'}]", &problems);
    assert_int_equal(problems.n, 0);
    check("listen: [{address: 'unix:/a', port: 1}, {address: 'unix:/a', port: 2}]", &problems);
    assert_int_equal(problems.n, 1);
    check("listen:\n- {address: '::1'}\n- {address: '0::1'}\n", &problems);
    assert_string_equal(problems.text,
                        "f:3:3: listen.1 has the address and port of listen.0, expected others\n");
}

static void a_mode_with_tokens_needs_a_key(void **state)
{
    (void)state;
    struct problems problems;
    check("auth: {mode: optional, jwks_file: f}", &problems);
    assert_int_equal(problems.n, 0);
    check("auth: {mode: required, keys: [{algorithm: HS256, secret_file: f}]}", &problems);
    assert_int_equal(problems.n, 0);
    check("auth: {mode: required}", &problems);
    assert_string_equal(problems.text, "f:1:14: auth.mode asks for tokens that no key verifies, "
                                       "expected auth.keys or auth.jwks_file\n");
}

static void a_key_has_an_algorithm_and_the_file_that_fits_it(void **state)
{
    (void)state;
    struct problems problems;
    check("auth:\n  keys:\n"
          "    - {id: a, secret_file: f}\n"
          "    - {id: b, algorithm: HS512, public_key_file: f}\n"
          "    - {id: c, algorithm: HS384, secret_file: f, public_key_file: f}\n"
          "    - {id: d, algorithm: RS256, secret_file: f}\n"
          "    - {id: a, algorithm: ES512, public_key_file: f}\n"
          "    - {algorithm: RS384, public_key_file: f}\n"
          "    - {algorithm: RS384, public_key_file: f}\n",
          &problems);
    assert_string_equal(
        problems.text,
        "f:3:7: auth.keys: an item without algorithm, expected one\n"
        "f:4:7: auth.keys: a key of an algorithm with a shared secret, expected secret_file and no "
        "public_key_file\n"
        "f:5:7: auth.keys: a key of an algorithm with a shared secret, expected secret_file and no "
        "public_key_file\n"
        "f:6:7: auth.keys: a key of an algorithm with a public key, expected public_key_file and "
        "no secret_file\n"
        "f:7:7: auth.keys: an id that an earlier key has, expected another\n");
}

static void a_rule_broken_by_the_program_is_reported_without_a_place(void **state)
{
    (void)state;
    struct problems problems = {"", 0};
    struct chat_config config;
    chat_config_init(&config);
    config.websocket_pong_timeout_ms = 1;
    assert_false(chat_config_check(&config, collect, &problems));
    assert_non_null(strstr(problems.text, "program:0:0: websocket.pong_timeout (1 ms)"));
    chat_config_finish(&config);
}

/* Reads whatever it is, and checks it all the same. */
static void read_and_check(const char *text, struct problems *ret)
{
    struct chat_config config;
    memset(ret, 0, sizeof *ret);
    chat_config_init(&config);
    assert_false(chat_config_parse(&config, "f", text, strlen(text), collect, ret));
    assert_false(chat_config_check(&config, collect, ret));
    chat_config_finish(&config);
}

static void a_rule_is_judged_beside_a_problem_of_another_option(void **state)
{
    (void)state;
    struct problems problems;
    read_and_check("workers: none\nvalidation: {page: 101}", &problems);
    assert_int_equal(problems.n, 2);
    assert_non_null(strstr(problems.text, "f:1:10: workers: \"none\""));
    assert_non_null(strstr(problems.text, "f:2:20: validation.page is 101"));
}

static void what_was_refused_breaks_no_rule(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "websocket: {ping_interval: 2min, pong_timeout: soon}",
        "validation: {page: 500, page_max: many}",
        "rooms: {max: few, permanent: [{id: a}, {id: b}]}",
        "rooms: {permanent: [{id: 'no id'}, {id: b}]}",
        "validation: {id_length: 0}\nrooms: {permanent: [{id: abcd}]}",
        "listen: [{port: 0x50}, {port: 8080}]",
        "auth: {keys: [{algorithm: HS1, secret_file: f}]}",
        "auth: {mode: required, jwks_file: []}",
        "auth: {mode: required, keys: 5}",
    };
    struct problems problems;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        read_and_check(texts[i], &problems);
        assert_int_equal(problems.n, 1);
    }
}

static void nothing_more_is_said_of_a_text_that_makes_no_sense(void **state)
{
    (void)state;
    struct problems problems;
    read_and_check("validation: {page: 101}\nrooms: {", &problems);
    assert_int_equal(problems.n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_is_judged_beside_a_problem_of_another_option),
        cmocka_unit_test(what_was_refused_breaks_no_rule),
        cmocka_unit_test(nothing_more_is_said_of_a_text_that_makes_no_sense),
        cmocka_unit_test(the_defaults_are_those_of_the_rows),
        cmocka_unit_test(the_defaults_break_no_rule),
        cmocka_unit_test(a_page_is_no_larger_than_the_largest),
        cmocka_unit_test(a_permanent_room_can_be_entered),
        cmocka_unit_test(the_shipped_file_is_the_defaults),
        cmocka_unit_test(the_shipped_file_has_every_option),
        cmocka_unit_test(what_the_shipped_file_shows_commented_is_right),
        cmocka_unit_test(pong_timeout_must_be_more_than_ping_interval),
        cmocka_unit_test(a_permanent_id_is_used_once),
        cmocka_unit_test(permanent_rooms_fit_into_rooms_max),
        cmocka_unit_test(two_listeners_cannot_have_one_address_and_port),
        cmocka_unit_test(a_mode_with_tokens_needs_a_key),
        cmocka_unit_test(a_key_has_an_algorithm_and_the_file_that_fits_it),
        cmocka_unit_test(a_rule_broken_by_the_program_is_reported_without_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
