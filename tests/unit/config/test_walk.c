/* The walk along the rows: what a text sets, and the problems that it gets, with their places. */
#include "config/config.h"
#include "problems.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct chat_config config;
    struct problems problems;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    chat_config_init(&fixture->config);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    chat_config_finish(&fixture->config);
    free(fixture);
    return 0;
}

static void reads(struct fixture *fixture, const char *text)
{
    bool is_right =
        chat_config_parse(&fixture->config, "f", text, strlen(text), collect, &fixture->problems);
    assert_string_equal(fixture->problems.text, "");
    assert_true(is_right);
}

/* Reads into a configuration of its own; its problems must be these, in this order. */
static void assert_refused(const char *text, const char *problems)
{
    struct chat_config config;
    struct problems got = {"", 0};
    chat_config_init(&config);
    bool is_right = chat_config_parse(&config, "f", text, strlen(text), collect, &got);
    chat_config_finish(&config);
    assert_string_equal(got.text, problems);
    assert_false(is_right);
}

static void assert_origins(const struct fixture *fixture, const char *first, size_t count)
{
    assert_int_equal(fixture->config.websocket_allowed_origins.count, count);
    if (count > 0)
        assert_string_equal(fixture->config.websocket_allowed_origins.items[0], first);
}

static void a_list_of_plain_values_takes_the_place_of_the_one_before(void **state)
{
    struct fixture *fixture = *state;
    assert_origins(fixture, NULL, 0);
    reads(fixture, "websocket: {allowed_origins: [https://a.org, '*.b.org']}");
    assert_origins(fixture, "https://a.org", 2);
    reads(fixture, "websocket:\n  allowed_origins:\n    - https://c.org\n");
    assert_origins(fixture, "https://c.org", 1);
    reads(fixture, "websocket: {allowed_origins: 'https://d.org'}");
    assert_origins(fixture, "https://d.org", 1);
    reads(fixture, "websocket: {allowed_origins: }");
    assert_origins(fixture, "https://d.org", 1);
    reads(fixture, "websocket: {allowed_origins: []}");
    assert_origins(fixture, NULL, 0);
    assert_true(chat_config_set(&fixture->config, "websocket.allowed_origins=[https://e.org]",
                                collect, &fixture->problems));
    assert_origins(fixture, "https://e.org", 1);
}

#define ORIGINS                                                                                    \
    ", expected a list of 0 to 1024 origins such as https://example.org or *.example.org\n"

static void a_list_of_plain_values_takes_nothing_else(void **state)
{
    (void)state;
    assert_refused("websocket: {allowed_origins: [a, https://b.org, {c: d}, [e]]}",
                   "f:1:31: websocket.allowed_origins: \"a\" is not an origin" ORIGINS
                   "f:1:49: websocket.allowed_origins: an item that is no single value" ORIGINS
                   "f:1:57: websocket.allowed_origins: an item that is no single value" ORIGINS);
    assert_refused("websocket: {allowed_origins: {a: b}}",
                   "f:1:30: websocket.allowed_origins: a mapping" ORIGINS);
    assert_refused("websocket: {allowed_origins: on}",
                   "f:1:30: websocket.allowed_origins: \"on\" is not an origin" ORIGINS);
}

static void a_list_of_plain_values_has_no_more_than_its_row_says(void **state)
{
    struct fixture *fixture = *state;
    static char text[40000];
    size_t end = (size_t)sprintf(text, "websocket: {allowed_origins: [");
    for (unsigned i = 0; i < 1024; i++)
        end += (size_t)sprintf(text + end, "https://a%u.org, ", i);
    strcpy(text + end, "]}");
    reads(fixture, text);
    assert_origins(fixture, "https://a0.org", 1024);
    strcpy(text + end, "https://b.org]}");
    assert_refused(text, "f:1:30: websocket.allowed_origins: 1025 items" ORIGINS);
}

static void an_empty_file_sets_nothing(void **state)
{
    struct fixture *fixture = *state;
    reads(fixture, "");
    reads(fixture, "# nothing but a comment\n");
    reads(fixture, "---\n");
    reads(fixture, "{}");
    reads(fixture, "rooms:\nlisten:\nwebsocket: {}\n");
    assert_int_equal(fixture->config.n_listeners, 1);
    assert_int_equal(fixture->config.rooms_max, 100000);
}

static void a_file_sets_what_it_names_and_nothing_else(void **state)
{
    struct fixture *fixture = *state;
    reads(fixture, "workers: 4\n"
                   "websocket:\n"
                   "  path: /chat\n"
                   "  idle_timeout: 0\n"
                   "rooms: {max: 7, auto_create: on}\n"
                   "log: {level: 'debug', format: \"json\"}\n");
    assert_int_equal(fixture->config.workers, 4);
    assert_string_equal(fixture->config.websocket_path, "/chat");
    assert_int_equal(fixture->config.websocket_idle_timeout_ms, 0);
    assert_int_equal(fixture->config.rooms_max, 7);
    assert_true(fixture->config.rooms_auto_create);
    assert_int_equal(fixture->config.log_level, CHAT_LOG_DEBUG);
    assert_int_equal(fixture->config.log_format, CHAT_LOG_JSON);
    assert_int_equal(fixture->config.websocket_pong_timeout_ms, 60000);
}

static void a_second_text_is_read_over_the_first(void **state)
{
    struct fixture *fixture = *state;
    reads(fixture, "rooms: {max: 7, max_members: 8}\nadmin: {group: a}");
    reads(fixture, "rooms: {max: 9}\nadmin: {group: b}");
    assert_int_equal(fixture->config.rooms_max, 9);
    assert_int_equal(fixture->config.rooms_max_members, 8);
    assert_string_equal(fixture->config.admin_group, "b");
}

static void listen_is_one_mapping_or_a_list(void **state)
{
    struct fixture *fixture = *state;
    reads(fixture, "listen: {port: 1}");
    assert_int_equal(fixture->config.n_listeners, 1);
    assert_int_equal(fixture->config.listeners[0].port, 1);
    assert_string_equal(fixture->config.listeners[0].address, "0.0.0.0");
    reads(fixture,
          "listen:\n  - address: '::'\n    port: 0\n  - {port: 3}\n  - address: 10.0.0.1\n");
    assert_int_equal(fixture->config.n_listeners, 3);
    assert_string_equal(fixture->config.listeners[0].address, "::");
    assert_int_equal(fixture->config.listeners[0].port, 0);
    assert_int_equal(fixture->config.listeners[1].port, 3);
    assert_string_equal(fixture->config.listeners[2].address, "10.0.0.1");
    assert_int_equal(fixture->config.listeners[2].port, 8080);
    assert_int_equal(fixture->config.listeners[1].line, 4);
    assert_string_equal(fixture->config.listeners[1].source, "f");
}

static void a_permanent_room_without_a_name_is_named_by_its_id(void **state)
{
    struct fixture *fixture = *state;
    reads(fixture, "rooms: {permanent: [{id: a, name: Küche 1}, {id: b}]}");
    assert_int_equal(fixture->config.n_permanent, 2);
    assert_string_equal(fixture->config.permanent[0].id, "a");
    assert_string_equal(fixture->config.permanent[0].name, "Küche 1");
    assert_string_equal(fixture->config.permanent[1].name, "b");
}

static void the_environment_is_put_into_values(void **state)
{
    struct fixture *fixture = *state;
    setenv("CHAT_TEST_PORT", "4711", 1);
    setenv("CHAT_TEST_DIRECTORY", "/run/${CHAT_TEST_PORT}", 1);
    reads(fixture, "listen: {port: \"${CHAT_TEST_PORT}\"}\n"
                   "admin: {socket: '${CHAT_TEST_DIRECTORY}/$/$${x}-${CHAT_TEST_PORT}'}\n");
    assert_int_equal(fixture->config.listeners[0].port, 4711);
    assert_string_equal(fixture->config.admin_socket, "/run/${CHAT_TEST_PORT}/$/${x}-4711");
}

static void a_variable_that_is_not_set_is_a_problem(void **state)
{
    (void)state;
    unsetenv("CHAT_TEST_UNSET");
    assert_refused("admin:\n  socket: /run/${CHAT_TEST_UNSET}/sock\n",
                   "f:2:11: admin.socket: \"${CHAT_TEST_UNSET}\" is not set in the environment, "
                   "expected 1 to 107 bytes without control characters\n");
    assert_refused("admin:\n  socket: /run/${9}/sock\n",
                   "f:2:11: admin.socket: \"${9}\" is not the name of a variable, "
                   "expected 1 to 107 bytes without control characters\n");
    assert_refused("admin:\n  socket: /run/${A\n",
                   "f:2:11: admin.socket: \"/run/${A\" has a ${ without its }, "
                   "expected 1 to 107 bytes without control characters\n");
}

static void what_a_variable_holds_is_never_shown(void **state)
{
    (void)state;
    setenv("CHAT_TEST_SECRET", "hush", 1);
    assert_refused("rooms:\n  max: ${CHAT_TEST_SECRET}\n",
                   "f:2:8: rooms.max: \"${CHAT_TEST_SECRET}\" is not a whole number, "
                   "expected 1 to 2147483648\n");
}

static void a_value_is_refused_with_what_was_expected(void **state)
{
    (void)state;
    assert_refused("websocket:\n  pong_timeout: 60\n",
                   "f:2:17: websocket.pong_timeout: \"60\" has no unit, "
                   "expected 1ms to 7d (ms, s, min, h, d)\n");
    assert_refused("websocket: {idle_timeout: 8d}",
                   "f:1:27: websocket.idle_timeout: \"8d\" is too large, "
                   "expected 1ms to 7d (ms, s, min, h, d), or 0 = off\n");
    assert_refused("limits:\n    outbound_queue:   1MB\n",
                   "f:2:23: limits.outbound_queue: \"1MB\" has an unknown unit, "
                   "expected 64KiB to 1GiB (B, KiB, MiB, GiB)\n");
    assert_refused("workers: many", "f:1:10: workers: \"many\" is not a whole number, "
                                    "expected auto or 1 to 256\n");
    assert_refused("log: {level: loud}", "f:1:14: log.level: \"loud\" is not one of its words, "
                                         "expected error, warning, info, debug\n");
    assert_refused(
        "auth: {keys: [{algorithm: PS256}]}",
        "f:1:27: auth.keys.algorithm: \"PS256\" is not one of its words, expected HS256, "
        "HS384, HS512, RS256, RS384, RS512, ES256, ES384, ES512\n");
    assert_refused("listen: {address: localhost}",
                   "f:1:19: listen.address: \"localhost\" is not an address, "
                   "expected an IPv4 or IPv6 address, or unix:/path\n");
    assert_refused("rooms:\n  max:\n  linger: ~\n  auto_create: null\n",
                   "f:2:7: rooms.max: no value, expected 1 to 2147483648\n"
                   "f:3:11: rooms.linger: no value, expected 1ms to 7d (ms, s, min, h, d), "
                   "or 0 = end at once\n"
                   "f:4:16: rooms.auto_create: no value, "
                   "expected on, off, true, false, yes, no\n");
}

static void a_long_or_unprintable_value_is_quoted_in_one_short_line(void **state)
{
    (void)state;
    assert_refused("workers: \"\\x1b[2J\\n\"\n",
                   "f:1:10: workers: \"\\x1B[2J\\x0A\" is not a whole number, "
                   "expected auto or 1 to 256\n");
    assert_refused("workers: ääääääääääääääääääääxäää\n",
                   "f:1:10: workers: \"ääääääääääääääääääää…\" is not a whole number, "
                   "expected auto or 1 to 256\n");
    assert_refused("workers: xääääääääääääääääääääxäää\n",
                   "f:1:10: workers: \"xäääääääääääääääääää…\" is not a whole number, "
                   "expected auto or 1 to 256\n");
}

static void an_unknown_name_suggests_the_nearest_one(void **state)
{
    (void)state;
    assert_refused("roms: {max: 1}", "f:1:1: unknown option \"roms\", did you mean \"rooms\"?\n");
    assert_refused("rooms:\n  lnger: 1s\n",
                   "f:2:3: unknown option \"lnger\" in rooms, did you mean \"rooms.linger\"?\n");
    assert_refused(
        "listen:\n- adress: ::1\n",
        "f:2:3: unknown option \"adress\" in listen, did you mean \"listen.address\"?\n");
    assert_refused("max_members: 5\n",
                   "f:1:1: unknown option \"max_members\", did you mean \"rooms.max_members\"?\n");
    assert_refused(
        "colour: red\n",
        "f:1:1: unknown option \"colour\", expected one of listen, workers, http, "
        "websocket, rooms, history, limits, validation, auth, admin, log, state, shutdown\n");
    assert_refused("Rooms: {max: 1}", "f:1:1: unknown option \"Rooms\", did you mean \"rooms\"?\n");
}

static void what_stands_below_an_unknown_name_is_passed_over(void **state)
{
    (void)state;
    assert_refused("oath: {mode: required, keys: [{id: a}, [b]]}\nworkers: x\n",
                   "f:1:1: unknown option \"oath\", did you mean \"auth\"?\n"
                   "f:2:10: workers: \"x\" is not a whole number, expected auto or 1 to 256\n");
}

static void a_duplicate_key_is_a_problem(void **state)
{
    (void)state;
    assert_refused("workers: 1\nrooms: {max: 1}\nworkers: 2\n",
                   "f:3:1: workers is given again, expected it only once, as in line 1\n");
    assert_refused("rooms: {max: 1}\nrooms: {linger: 1s}\n",
                   "f:2:1: rooms is given again, expected it only once, as in line 1\n");
    assert_refused("rooms:\n  max: 1\n  max: 1\n",
                   "f:3:3: rooms.max is given again, expected it only once, as in line 2\n");
    assert_refused("listen: [{port: 1}, {port: 2, port: 3}]\n",
                   "f:1:31: listen.port is given again, expected it only once, as in line 1\n");
}

static void a_value_of_another_shape_is_a_problem(void **state)
{
    (void)state;
    assert_refused("rooms: 5", "f:1:8: rooms: a single value, expected a mapping of its options\n");
    assert_refused("rooms: [1]", "f:1:8: rooms: a list, expected a mapping of its options\n");
    assert_refused("[]", "f:1:1: a list, expected a mapping of its options\n");
    assert_refused("hello", "f:1:1: a single value, expected a mapping of its options\n");
    assert_refused("workers: [1, 2]", "f:1:10: workers: a list, expected auto or 1 to 256\n");
    assert_refused("workers: {n: 1}", "f:1:10: workers: a mapping, expected auto or 1 to 256\n");
    assert_refused("listen: [8080, [1]]",
                   "f:1:10: listen: a single value, expected a mapping of its options\n"
                   "f:1:16: listen: a list, expected a mapping of its options\n");
    assert_refused("listen: []", "f:1:9: listen: 0 items, "
                                 "expected a list of 1 to 64 mappings, or one mapping\n");
    assert_refused("? [a]\n: 1\n",
                   "f:1:3: a key that is no plain name, expected a mapping of its options\n");
    assert_refused("rooms: {permanent: [{name: A}]}",
                   "f:1:21: rooms.permanent: an item without id, expected one\n");
}

static void a_list_has_a_bound(void **state)
{
    struct fixture *fixture = *state;
    char text[2048] = "listen:\n";
    for (int i = 0; i < 64; i++)
        strcat(text, "- {port: 0}\n");
    reads(fixture, text);
    assert_int_equal(fixture->config.n_listeners, 64);
    strcat(text, "- {port: 0}\n");
    assert_refused(text, "f:2:1: listen: 65 items, "
                         "expected a list of 1 to 64 mappings, or one mapping\n");
}

static void all_problems_are_reported_in_their_order(void **state)
{
    (void)state;
    assert_refused("workers: 0\n"
                   "rooms:\n"
                   "  max: &a 1\n"
                   "  linger: !x 1s\n"
                   "  mx: *a\n"
                   "log: {level: *a}\n"
                   "shutdown: {timeout: 1y}\n"
                   "limits: {mailbox: 1MiB\n",
                   "f:1:10: workers: \"0\" is too small, expected auto or 1 to 256\n"
                   "f:3:8: an anchor, expected a value without one\n"
                   "f:4:11: a tag, expected a value without one\n"
                   "f:5:3: unknown option \"mx\" in rooms, did you mean \"rooms.max\"?\n"
                   "f:5:7: an alias, expected the value itself\n"
                   "f:6:14: an alias, expected the value itself\n"
                   "f:7:21: shutdown.timeout: \"1y\" has an unknown unit, "
                   "expected 1ms to 7d (ms, s, min, h, d)\n"
                   "f:9:1: did not find expected ',' or '}' while parsing a flow mapping, "
                   "expected valid YAML\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_list_of_plain_values_takes_the_place_of_the_one_before),
        TEST(a_list_of_plain_values_takes_nothing_else),
        TEST(a_list_of_plain_values_has_no_more_than_its_row_says),
        TEST(an_empty_file_sets_nothing),
        TEST(a_file_sets_what_it_names_and_nothing_else),
        TEST(a_second_text_is_read_over_the_first),
        TEST(listen_is_one_mapping_or_a_list),
        TEST(a_permanent_room_without_a_name_is_named_by_its_id),
        TEST(the_environment_is_put_into_values),
        TEST(a_variable_that_is_not_set_is_a_problem),
        TEST(what_a_variable_holds_is_never_shown),
        TEST(a_value_is_refused_with_what_was_expected),
        TEST(a_long_or_unprintable_value_is_quoted_in_one_short_line),
        TEST(an_unknown_name_suggests_the_nearest_one),
        TEST(what_stands_below_an_unknown_name_is_passed_over),
        TEST(a_duplicate_key_is_a_problem),
        TEST(a_value_of_another_shape_is_a_problem),
        TEST(a_list_has_a_bound),
        TEST(all_problems_are_reported_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
