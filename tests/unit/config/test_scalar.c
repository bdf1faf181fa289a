/* Each number as text, and back. */
#include "config/config.h"
#include "config/scalar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_spelled(enum chat_config_at at, uint64_t number, const char *expected)
{
    const struct chat_option *row = &chat_option_rows()[at];
    char text[CHAT_SCALAR_TEXT_MAX];
    uint64_t again = number + 1;
    chat_scalar_spell(row, number, text);
    assert_string_equal(text, expected);
    assert_null(chat_scalar_read(row, text, strlen(text), &again));
    assert_int_equal(again, number);
}

static void a_number_is_spelled_as_people_write_it(void **state)
{
    (void)state;
    assert_spelled(CHAT_AT_rooms_auto_create, 1, "on");
    assert_spelled(CHAT_AT_rooms_auto_create, 0, "off");
    assert_spelled(CHAT_AT_workers, 0, "auto");
    assert_spelled(CHAT_AT_workers, 3, "3");
    assert_spelled(CHAT_AT_admin_mode, 0660, "0660");
    assert_spelled(CHAT_AT_log_level, CHAT_LOG_WARNING, "warning");
    assert_spelled(CHAT_AT_limits_memory, 0, "0");
    assert_spelled(CHAT_AT_limits_mailbox, 64 << 20, "64MiB");
    assert_spelled(CHAT_AT_limits_mailbox, (1 << 20) + 1024, "1025KiB");
    assert_spelled(CHAT_AT_limits_mailbox, (1 << 20) + 1, "1048577B");
    assert_spelled(CHAT_AT_websocket_ping_interval_ms, 1500, "1500ms");
    assert_spelled(CHAT_AT_websocket_ping_interval_ms, 90000, "90s");
    assert_spelled(CHAT_AT_websocket_ping_interval_ms, 86400000, "1d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_spelled_as_people_write_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
