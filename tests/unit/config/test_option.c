/* The table of options: it hangs together, and names are found in it. */
#include "config/config.h"
#include "config/option.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct chat_option *find(const char *section, const char *name)
{
    return chat_option_find(section, strlen(section), name, strlen(name));
}

static void assert_suggested(const char *section, const char *name, const char *expected)
{
    char got[512];
    chat_option_suggest(section, strlen(section), name, strlen(name), got, sizeof got);
    assert_string_equal(got, expected);
}

static void rows_stand_in_the_order_of_their_numbers(void **state)
{
    (void)state;
    const struct chat_option *rows = chat_option_rows();
    assert_string_equal(rows[CHAT_AT_listeners].path, "listen");
    assert_string_equal(rows[CHAT_AT_LISTENER_port].path, "listen.port");
    assert_string_equal(rows[CHAT_AT_permanent].path, "rooms.permanent");
    assert_string_equal(rows[CHAT_AT_ROOM_id].path, "rooms.permanent.id");
    assert_string_equal(rows[CHAT_AT_shutdown_timeout_ms].path, "shutdown.timeout");
    assert_int_equal(CHAT_AT_shutdown_timeout_ms, CHAT_OPTIONS - 1);
}

static void no_path_stands_twice(void **state)
{
    (void)state;
    const struct chat_option *rows = chat_option_rows();
    for (size_t i = 0; i < CHAT_OPTIONS; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(rows[i].path, rows[j].path);
}

static void every_row_is_found_by_its_path(void **state)
{
    (void)state;
    const struct chat_option *rows = chat_option_rows();
    for (const struct chat_option *row = rows; row < rows + CHAT_OPTIONS; row++) {
        const char *dot = strrchr(row->path, '.');
        size_t section = dot == NULL ? 0 : (size_t)(dot - row->path);
        const char *name = dot == NULL ? row->path : dot + 1;
        assert_ptr_equal(chat_option_find(row->path, section, name, strlen(name)), row);
    }
}

static void a_section_is_found_as_its_first_row(void **state)
{
    (void)state;
    assert_string_equal(find("", "rooms")->path, "rooms.max");
    assert_string_equal(find("", "websocket")->path, "websocket.path");
}

static void what_is_no_whole_name_is_not_found(void **state)
{
    (void)state;
    assert_null(find("", ""));
    assert_null(find("", "room"));
    assert_null(find("", "roomss"));
    assert_null(find("", "rooms.max"));
    assert_null(find("", "max"));
    assert_null(find("room", "max"));
    assert_null(find("rooms", "ma"));
    assert_null(find("workers", "workers"));
    assert_null(chat_option_find("", 0, "rooms\0", 6));
}

static void the_nearest_name_is_suggested(void **state)
{
    (void)state;
    assert_suggested("", "lmits", "did you mean \"limits\"?");
    assert_suggested("websocket", "ping_intervall", "did you mean \"websocket.ping_interval\"?");
    assert_suggested("websocket", "pong-timeout", "did you mean \"websocket.pong_timeout\"?");
    assert_suggested("rooms.permanent", "ident", "expected one of id, name");
}

static void a_name_of_another_section_is_suggested_where_it_belongs(void **state)
{
    (void)state;
    assert_suggested("rooms", "outbound_queue", "did you mean \"limits.outbound_queue\"?");
    assert_suggested("", "rooms.auto_create", "did you mean \"rooms.auto_create\"?");
}

static void a_name_like_no_other_gets_the_list(void **state)
{
    (void)state;
    assert_suggested("admin", "password", "expected one of socket, mode, group");
    assert_suggested("workers", "x", "expected no name below it");
}

static void a_name_of_any_length_is_compared(void **state)
{
    (void)state;
    char name[65537];
    memset(name, 'm', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_suggested("log", name, "expected one of level, format, file");
    assert_suggested("log", "", "expected one of level, format, file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_stand_in_the_order_of_their_numbers),
        cmocka_unit_test(no_path_stands_twice),
        cmocka_unit_test(every_row_is_found_by_its_path),
        cmocka_unit_test(a_section_is_found_as_its_first_row),
        cmocka_unit_test(what_is_no_whole_name_is_not_found),
        cmocka_unit_test(the_nearest_name_is_suggested),
        cmocka_unit_test(a_name_of_another_section_is_suggested_where_it_belongs),
        cmocka_unit_test(a_name_like_no_other_gets_the_list),
        cmocka_unit_test(a_name_of_any_length_is_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
