/* How a connection is named across threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/conn_id.h"
#include "core/limits.h"

static const uint32_t slot_max = (1u << CHAT_CONN_SLOT_BITS) - 1;
static const uint32_t generation_max = (1u << CHAT_CONN_GENERATION_BITS) - 1;

static void id_gives_back_its_worker_and_slot(void **state)
{
    (void)state;
    const unsigned workers[] = {0, 1, 7, CHAT_WORKERS_MAX - 1};
    const uint32_t slots[] = {0, 1, 12345, slot_max}, generations[] = {1, 2, generation_max};

    for (unsigned w = 0; w < 4; w++)
        for (unsigned s = 0; s < 4; s++)
            for (unsigned g = 0; g < 3; g++) {
                uint64_t id = chat_conn_id(workers[w], slots[s], generations[g]);
                assert_int_equal(chat_conn_id_worker(id), workers[w]);
                assert_int_equal(chat_conn_id_slot(id), slots[s]);
                assert_int_not_equal(id, 0);
            }
}

static void neighbours_have_different_ids(void **state)
{
    (void)state;
    uint64_t id = chat_conn_id(1, slot_max, generation_max);

    assert_int_not_equal(id, chat_conn_id(2, 0, 1));
    assert_int_not_equal(id, chat_conn_id(1, slot_max, generation_max - 1));
    assert_int_not_equal(id, chat_conn_id(1, slot_max - 1, generation_max));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(id_gives_back_its_worker_and_slot),
        cmocka_unit_test(neighbours_have_different_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
