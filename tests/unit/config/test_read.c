/* Assignments and files: what they set, and the problems that they get, with their places. */
#include "config/config.h"
#include "problems.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static void sets(struct fixture *fixture, const char *assignment)
{
    bool is_right = chat_config_set(&fixture->config, assignment, collect, &fixture->problems);
    assert_string_equal(fixture->problems.text, "");
    assert_true(is_right);
}

static void assert_set_is_refused(const char *assignment, const char *problems)
{
    struct chat_config config;
    struct problems got = {"", 0};
    chat_config_init(&config);
    bool is_right = chat_config_set(&config, assignment, collect, &got);
    chat_config_finish(&config);
    assert_string_equal(got.text, problems);
    assert_false(is_right);
}

static void an_assignment_sets_one_option(void **state)
{
    struct fixture *fixture = *state;
    sets(fixture, "rooms.max=5");
    sets(fixture, "workers=auto");
    sets(fixture, "admin.mode=0600");
    sets(fixture, "admin.socket=/tmp/a=b.sock");
    sets(fixture, "log.level=\"debug\"");
    assert_int_equal(fixture->config.rooms_max, 5);
    assert_int_equal(fixture->config.admin_mode, 0600);
    assert_string_equal(fixture->config.admin_socket, "/tmp/a=b.sock");
    assert_int_equal(fixture->config.log_level, CHAT_LOG_DEBUG);
    const struct chat_config_place *place = &fixture->config.set_at[CHAT_AT_rooms_max];
    assert_string_equal(place->source, "-s");
    assert_int_equal(place->column, 11);
}

static void an_assignment_reaches_the_listeners(void **state)
{
    struct fixture *fixture = *state;
    sets(fixture, "listen.port=9000");
    assert_int_equal(fixture->config.listeners[0].port, 9000);
    sets(fixture, "listen=[{port: 1}, {port: 2, address: \"::1\"}]");
    sets(fixture, "listen.1.port=3");
    sets(fixture, "listen.address=127.0.0.1");
    sets(fixture, "listen.0={port: 4}");
    assert_int_equal(fixture->config.n_listeners, 2);
    assert_string_equal(fixture->config.listeners[0].address, "127.0.0.1");
    assert_int_equal(fixture->config.listeners[0].port, 4);
    assert_string_equal(fixture->config.listeners[1].address, "::1");
    assert_int_equal(fixture->config.listeners[1].port, 3);
}

static void an_assignment_takes_flow_values(void **state)
{
    struct fixture *fixture = *state;
    sets(fixture, "rooms={max: 3, permanent: [{id: a}, {id: b, name: Bee}]}");
    sets(fixture, "rooms.permanent.1.name=B");
    assert_int_equal(fixture->config.rooms_max, 3);
    assert_int_equal(fixture->config.n_permanent, 2);
    assert_string_equal(fixture->config.permanent[1].name, "B");
}

static void a_wrong_assignment_is_a_problem_at_its_column(void **state)
{
    (void)state;
    assert_set_is_refused("rooms.max", "-s:1:1: \"rooms.max\" has no =, expected OPTION=VALUE\n");
    assert_set_is_refused("rooms.max=0", "-s:1:11: rooms.max: \"0\" is too small, "
                                         "expected 1 to 2147483648\n");
    assert_set_is_refused("rooms.max=", "-s:1:11: rooms.max: no value, expected 1 to 2147483648\n");
    assert_set_is_refused("rooms.mxa=1", "-s:1:7: unknown option \"mxa\" in rooms, "
                                         "did you mean \"rooms.max\"?\n");
    assert_set_is_refused("rooms.history_of_all=1s",
                          "-s:1:7: unknown option \"history_of_all\" in rooms, expected one of "
                          "max, max_members, auto_create, linger, resume_window, "
                          "listed, announce_members, permanent\n");
    assert_set_is_refused("workers.max=1", "-s:1:9: unknown option \"max\" in workers, "
                                           "did you mean \"rooms.max\"?\n");
    assert_set_is_refused("workers.x=1", "-s:1:9: unknown option \"x\" in workers, "
                                         "expected no name below it\n");
    assert_set_is_refused("listen.1.port=1", "-s:1:8: no such item, expected one of the 1 in "
                                             "listen, counted from 0\n");
    assert_set_is_refused("listen.0.prt=1", "-s:1:10: unknown option \"prt\" in listen, "
                                            "did you mean \"listen.port\"?\n");
    assert_set_is_refused("listen.port=[1]", "-s:1:13: listen.port: a list, "
                                             "expected 1 to 65535, or 0 = any free port\n");
    assert_set_is_refused("workers=[1", "-s:1:9: workers: a list, expected auto or 1 to 256\n"
                                        "-s:1:11: did not find expected ',' or ']' while parsing "
                                        "a flow sequence, expected valid YAML\n");
    assert_set_is_refused("workers=1\n---\n2", "-s:2:1: a second document, expected only one\n");
}

static void a_file_that_cannot_be_read_is_a_problem(void **state)
{
    struct fixture *fixture = *state;
    assert_false(chat_config_load(&fixture->config, SOURCE_DIR "/conf/no-such.yaml", collect,
                                  &fixture->problems));
    assert_string_equal(fixture->problems.text,
                        SOURCE_DIR "/conf/no-such.yaml:1:1: No such file or directory, "
                                   "expected a readable file\n");
    fixture->problems.text[0] = '\0';
    assert_false(
        chat_config_load(&fixture->config, SOURCE_DIR "/conf", collect, &fixture->problems));
    assert_string_equal(fixture->problems.text,
                        SOURCE_DIR "/conf:1:1: Is a directory, expected a readable file\n");
}

static void a_file_over_1_mib_is_a_problem(void **state)
{
    struct fixture *fixture = *state;
    char path[] = "/tmp/chat-config-XXXXXX", expected[100];
    int descriptor = mkstemp(path);
    assert_int_not_equal(descriptor, -1);
    assert_int_equal(write(descriptor, "# ", 2), 2);
    assert_int_equal(ftruncate(descriptor, (1 << 20) + 1), 0);
    close(descriptor);
    assert_false(chat_config_load(&fixture->config, path, collect, &fixture->problems));
    unlink(path);
    snprintf(expected, sizeof expected, "%s:1:1: larger than 1 MiB, expected a smaller file\n",
             path);
    assert_string_equal(fixture->problems.text, expected);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_assignment_sets_one_option),
        TEST(an_assignment_reaches_the_listeners),
        TEST(an_assignment_takes_flow_values),
        TEST(a_wrong_assignment_is_a_problem_at_its_column),
        TEST(a_file_that_cannot_be_read_is_a_problem),
        TEST(a_file_over_1_mib_is_a_problem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
