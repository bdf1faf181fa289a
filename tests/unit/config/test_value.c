/* Values by the rows: every row takes its default and what lies within its bounds, nothing else. */
#include "config/config.h"
#include "config/endpoint.h"
#include "config/value.h"
#include "core/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool is_number(const struct chat_option *row)
{
    return row->type == CHAT_TYPE_COUNT || row->type == CHAT_TYPE_PORT ||
           row->type == CHAT_TYPE_WORKERS || row->type == CHAT_TYPE_SIZE ||
           row->type == CHAT_TYPE_DURATION || row->type == CHAT_TYPE_MODE;
}

/* A number in the smallest unit of the row. */
static const char *spell(const struct chat_option *row, uint64_t number, char ret[32])
{
    const char *format = "%llu";
    if (row->type == CHAT_TYPE_SIZE)
        format = "%lluB";
    else if (row->type == CHAT_TYPE_DURATION)
        format = "%llums";
    else if (row->type == CHAT_TYPE_MODE)
        format = "%04llo";
    snprintf(ret, 32, format, (unsigned long long)number);
    return ret;
}

static const char *read_text(const struct chat_option *row, const char *text, uint64_t *ret)
{
    struct chat_value value = {0, NULL};
    const char *wrong = chat_value_read(row, text, strlen(text), &value);
    free(value.text);
    *ret = value.number;
    return wrong;
}

static const struct chat_option *row_named(const char *path)
{
    const struct chat_option *row = chat_option_find("", 0, path, strcspn(path, "."));
    while (row != NULL && row < chat_option_rows() + CHAT_OPTIONS && strcmp(row->path, path) != 0)
        row++;
    assert_non_null(row);
    assert_true(row < chat_option_rows() + CHAT_OPTIONS);
    return row;
}

static void every_row_is_described(void **state)
{
    (void)state;
    const struct chat_option *rows = chat_option_rows();
    for (const struct chat_option *row = rows; row < rows + CHAT_OPTIONS; row++) {
        char text[200];
        chat_value_describe(row, text, sizeof text);
        assert_true(strlen(text) > 5 && strlen(text) < sizeof text - 1);
        assert_true(strlen(row->doc) > 10 && row->doc[strlen(row->doc) - 1] == '.');
        assert_true(row->when == CHAT_WHEN_RELOAD || row->when == CHAT_WHEN_RESTART);
    }
}

static void every_number_is_taken_at_its_bounds_and_refused_beyond(void **state)
{
    (void)state;
    const struct chat_option *rows = chat_option_rows();
    for (const struct chat_option *row = rows; row < rows + CHAT_OPTIONS; row++) {
        char text[32];
        uint64_t least, most, number;
        if (!is_number(row))
            continue;
        assert_null(read_text(row, row->min, &least));
        assert_null(read_text(row, row->max, &most));
        assert_null(read_text(row, spell(row, least, text), &number));
        assert_int_equal(number, least);
        assert_null(read_text(row, spell(row, most, text), &number));
        assert_int_equal(number, most);
        assert_string_equal(read_text(row, spell(row, most + 1, text), &number), "is too large");
        if (least > 1)
            assert_string_equal(read_text(row, spell(row, least - 1, text), &number),
                                "is too small");
    }
}

static void zero_is_taken_only_where_a_row_says_what_it_means(void **state)
{
    (void)state;
    const struct chat_option *rows = chat_option_rows();
    size_t n_taken = 0;
    for (const struct chat_option *row = rows; row < rows + CHAT_OPTIONS; row++) {
        char text[32];
        uint64_t number;
        if (!is_number(row))
            continue;
        const char *wrong = read_text(row, "0", &number);
        assert_true((wrong == NULL) == (row->zero != NULL));
        assert_true((read_text(row, spell(row, 0, text), &number) == NULL) == (row->zero != NULL));
        n_taken += wrong == NULL;
    }
    /* port, idle_timeout, linger, resume_window, announce_members, history.size, leeway; of limits:
     * connections_per_address, handshakes_per_second, messages_per_second, joins_per_second,
     * memory, violations */
    assert_int_equal(n_taken, 13);
}

static void every_text_is_taken_at_its_bounds_and_refused_beyond(void **state)
{
    (void)state;
    const struct chat_option *rows = chat_option_rows();
    for (const struct chat_option *row = rows; row < rows + CHAT_OPTIONS; row++) {
        char text[5000];
        uint64_t unused;
        if (row->type < CHAT_TYPE_TEXT || row->type >= CHAT_TYPE_LIST || row->max == NULL)
            continue;
        size_t most = strtoul(row->max, NULL, 10);
        memset(text, 'a', sizeof text);
        text[0] = row->type == CHAT_TYPE_PATH ? '/' : 'a';
        text[most + 1] = '\0';
        assert_string_equal(read_text(row, text, &unused), "is too long");
        text[most] = '\0';
        assert_null(read_text(row, text, &unused));
        text[1] = '\0';
        assert_null(read_text(row, text, &unused));
        assert_string_equal(read_text(row, "", &unused), "is too short");
        assert_non_null(read_text(row, "/a\nb", &unused));
    }
}

static void there_may_be_as_many_workers_as_core_knows(void **state)
{
    (void)state;
    uint64_t most;
    assert_null(read_text(row_named("workers"), row_named("workers")->max, &most));
    assert_int_equal(most, CHAT_WORKERS_MAX);
}

static const struct {
    const char *path, *text;
    uint64_t number;
} taken[] = {
    {"limits.mailbox", "1048576B", 1 << 20},
    {"limits.mailbox", "1024KiB", 1 << 20},
    {"limits.mailbox", "1MiB", 1 << 20},
    {"limits.mailbox", "1GiB", 1 << 30},
    {"shutdown.timeout", "1ms", 1},
    {"shutdown.timeout", "2s", 2000},
    {"shutdown.timeout", "3min", 180000},
    {"shutdown.timeout", "4h", 14400000},
    {"shutdown.timeout", "7d", 604800000},
    {"rooms.linger", "0d", 0},
    {"rooms.auto_create", "on", 1},
    {"rooms.auto_create", "off", 0},
    {"rooms.auto_create", "true", 1},
    {"rooms.auto_create", "false", 0},
    {"rooms.auto_create", "yes", 1},
    {"rooms.auto_create", "no", 0},
    {"workers", "auto", 0},
    {"workers", "256", 256},
    {"admin.mode", "0600", 0600},
    {"admin.mode", "660", 0660},
    {"log.level", "error", CHAT_LOG_ERROR},
    {"log.level", "debug", CHAT_LOG_DEBUG},
    {"log.format", "json", CHAT_LOG_JSON},
};

static void numbers_and_words_mean_what_they_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        uint64_t number;
        assert_null(read_text(row_named(taken[i].path), taken[i].text, &number));
        assert_int_equal(number, taken[i].number);
    }
}

static const struct {
    const char *path, *text, *wrong;
} refused[] = {
    {"shutdown.timeout", "10", "has no unit"},
    {"shutdown.timeout", "1.5s", "is not a whole number"},
    {"shutdown.timeout", "1,5s", "is not a whole number"},
    {"shutdown.timeout", "-1s", "is not a whole number"},
    {"shutdown.timeout", "+1s", "is not a whole number"},
    {"shutdown.timeout", "s", "is not a whole number"},
    {"shutdown.timeout", "", "is not a whole number"},
    {"shutdown.timeout", "010s", "has a leading 0"},
    {"shutdown.timeout", "10 s", "has an unknown unit"},
    {"shutdown.timeout", "10S", "has an unknown unit"},
    {"shutdown.timeout", "10m", "has an unknown unit"},
    {"shutdown.timeout", "10sec", "has an unknown unit"},
    {"shutdown.timeout", "1min30s", "has an unknown unit"},
    {"shutdown.timeout", "18446744073709551616ms", "is too large"},
    {"shutdown.timeout", "18446744073709551615d", "is too large"},
    {"limits.mailbox", "64", "has no unit"},
    {"limits.mailbox", "64MB", "has an unknown unit"},
    {"limits.mailbox", "64mib", "has an unknown unit"},
    {"limits.mailbox", "64K", "has an unknown unit"},
    {"rooms.max", "1e3", "is not a whole number"},
    {"rooms.max", "0x10", "is not a whole number"},
    {"rooms.max", "1_000", "is not a whole number"},
    {"rooms.max", "99999999999999999999999", "is too large"},
    {"rooms.auto_create", "ON", "is not one of its words"},
    {"rooms.auto_create", "1", "is not one of its words"},
    {"rooms.auto_create", "", "is not one of its words"},
    {"log.level", "information", "is not one of its words"},
    {"workers", "all", "is not a whole number"},
    {"admin.mode", "0680", "is not made of octal digits"},
    {"admin.mode", "rw", "is not made of octal digits"},
    {"admin.mode", "01777", "is too large"},
    {"admin.mode", "0060", "is too small"},
    {"websocket.path", "ws", "does not begin with a slash"},
    {"websocket.path", "/a b", "has a character that a path here cannot have"},
    {"websocket.path", "/a?b", "has a character that a path here cannot have"},
    {"websocket.path", "/a%20", "has a character that a path here cannot have"},
    {"websocket.path", "/a//b", "has an empty part"},
    {"websocket.path", "/.", "has a part of dots only"},
    {"websocket.path", "/a/../b", "has a part of dots only"},
    {"websocket.path", "/a/..", "has a part of dots only"},
    {"websocket.path", "/health", "is another page of chatd (PROTOCOL section 9)"},
    {"websocket.path", "/metrics", "is another page of chatd (PROTOCOL section 9)"},
    {"admin.socket", "/run/\x7f", "has a control character"},
    {"listen.address", "localhost", "is not an address"},
    {"listen.address", "1.2.3", "is not an address"},
    {"listen.address", "1.2.3.256", "is not an address"},
    {"listen.address", "[::1]", "is not an address"},
    {"listen.address", "fe80::1%lo", "is not an address"},
    {"listen.address", "unix:", "has no path from / on behind unix:"},
    {"listen.address", "unix:chatd.sock", "has no path from / on behind unix:"},
    {"listen.address", "unix:/run/\x7f", "has a control character"},
    {"listen.address", "", "is not an address"},
    {"rooms.permanent.id", "", "is too short"},
    {"rooms.permanent.id", "the lobby", "has characters that are not allowed"},
    {"rooms.permanent.name", " Lobby", "has characters that are not allowed"},
};

static void what_is_wrong_with_a_value_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        uint64_t number;
        const char *wrong = read_text(row_named(refused[i].path), refused[i].text, &number);
        if (wrong == NULL || strcmp(wrong, refused[i].wrong) != 0)
            fail_msg("%s: \"%s\" %s", refused[i].path, refused[i].text,
                     wrong == NULL ? "was taken" : wrong);
    }
}

static void a_byte_zero_ends_no_value(void **state)
{
    (void)state;
    static const char *const paths[] = {"listen.address", "admin.socket", "websocket.path",
                                        "rooms.permanent.id", "rooms.max"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct chat_value value;
        assert_non_null(chat_value_read(row_named(paths[i]), "1\0002", 3, &value));
        assert_non_null(chat_value_read(row_named(paths[i]), "::1\0", 4, &value));
    }
}

static void paths_with_dots_in_their_parts_are_taken(void **state)
{
    (void)state;
    static const char *const paths[] = {"/",      "/ws/",     "/.well-known/chat",
                                        "/a/..b", "/a../b.c", "/healthy"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        uint64_t unused;
        assert_null(read_text(row_named("websocket.path"), paths[i], &unused));
    }
}

static void an_address_has_one_spelling(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"127.0.0.1", "127.0.0.1"},
                                           {"0:0:0:0:0:0:0:1", "::1"},
                                           {"2001:DB8::A", "2001:db8::a"},
                                           {"::", "::"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct chat_value value;
        const char *text = pairs[i][0];
        assert_null(chat_value_read(row_named("listen.address"), text, strlen(text), &value));
        assert_string_equal(value.text, pairs[i][1]);
        free(value.text);
    }
}

static void the_path_of_a_unix_socket_may_be_as_long_as_the_kernel_takes(void **state)
{
    (void)state;
    char text[5 + CHAT_UNIX_PATH_MAX + 1];
    struct chat_value value;
    memset(text, 'x', sizeof text);
    memcpy(text, "unix:/", 6);
    assert_null(chat_value_read(row_named("listen.address"), text, sizeof text - 1, &value));
    assert_memory_equal(value.text, text, sizeof text - 1);
    assert_int_equal(strlen(value.text), sizeof text - 1);
    free(value.text);
    assert_string_equal(chat_value_read(row_named("listen.address"), text, sizeof text, &value),
                        "is too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_described),
        cmocka_unit_test(every_number_is_taken_at_its_bounds_and_refused_beyond),
        cmocka_unit_test(zero_is_taken_only_where_a_row_says_what_it_means),
        cmocka_unit_test(every_text_is_taken_at_its_bounds_and_refused_beyond),
        cmocka_unit_test(there_may_be_as_many_workers_as_core_knows),
        cmocka_unit_test(numbers_and_words_mean_what_they_say),
        cmocka_unit_test(what_is_wrong_with_a_value_is_said),
        cmocka_unit_test(the_path_of_a_unix_socket_may_be_as_long_as_the_kernel_takes),
        cmocka_unit_test(a_byte_zero_ends_no_value),
        cmocka_unit_test(paths_with_dots_in_their_parts_are_taken),
        cmocka_unit_test(an_address_has_one_spelling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
