/* How many are to be gone by when. */
#include "net/drain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void they_go_evenly_and_all_in_the_end(void **state)
{
    (void)state;
    assert_int_equal(chat_drain_target(18000, 0, 60000), 0);
    assert_int_equal(chat_drain_target(18000, 1, 60000), 0);
    assert_int_equal(chat_drain_target(18000, 4, 60000), 1);
    assert_int_equal(chat_drain_target(18000, 30000, 60000), 9000);
    assert_int_equal(chat_drain_target(18000, 59999, 60000), 17999);
    assert_int_equal(chat_drain_target(18000, 60000, 60000), 18000);
    assert_int_equal(chat_drain_target(18000, 1000000, 60000), 18000);
}

static void without_a_time_all_go_at_once(void **state)
{
    (void)state;
    assert_int_equal(chat_drain_target(5, 0, 0), 5);
}

static void large_numbers_do_not_overflow(void **state)
{
    (void)state;
    assert_int_equal(chat_drain_target(UINT32_MAX, 315360000000 - 1, 315360000000), UINT32_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_go_evenly_and_all_in_the_end),
        cmocka_unit_test(without_a_time_all_go_at_once),
        cmocka_unit_test(large_numbers_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
