/* An order that can be entered anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>

#include "core/order.h"
#include "core/random.h"

enum { ITEMS = 300 };

static void empty_order_has_nothing_after_anything(void **state)
{
    (void)state;
    struct chat_order order = {0};
    assert_null(chat_order_after(&order, 0));
    assert_null(chat_order_after(&order, UINT64_MAX));
    chat_order_finish(&order);
}

static void items_follow_each_other_as_they_came(void **state)
{
    (void)state;
    struct chat_order order = {0};
    struct chat_place items[ITEMS], *at = NULL;
    for (unsigned i = 0; i < ITEMS; i++)
        chat_order_add(&order, &items[i]);
    for (unsigned i = 0; i < ITEMS; i++) {
        at = chat_order_after(&order, at != NULL ? at->serial : 0);
        assert_ptr_equal(at, &items[i]);
        assert_int_equal(at->serial, i + 1);
    }
    assert_null(chat_order_after(&order, at->serial));
    assert_null(chat_order_after(&order, UINT64_MAX));
    chat_order_finish(&order);
}

static void serial_of_a_removed_item_still_says_where_it_was(void **state)
{
    (void)state;
    struct chat_order order = {0};
    struct chat_place items[4];
    for (unsigned i = 0; i < 4; i++)
        chat_order_add(&order, &items[i]);
    chat_order_remove(&order, &items[1]);
    assert_ptr_equal(chat_order_after(&order, 1), &items[2]);
    assert_ptr_equal(chat_order_after(&order, 2), &items[2]);
    chat_order_remove(&order, &items[2]);
    chat_order_remove(&order, &items[3]);
    assert_null(chat_order_after(&order, 1));
    assert_ptr_equal(chat_order_after(&order, 0), &items[0]);
    chat_order_finish(&order);
}

static void serials_are_never_used_again(void **state)
{
    (void)state;
    struct chat_order order = {0};
    struct chat_place item;
    for (unsigned i = 1; i <= 100; i++) {
        chat_order_add(&order, &item);
        assert_int_equal(item.serial, i);
        chat_order_remove(&order, &item);
        assert_null(order.slots);
    }
    chat_order_finish(&order);
}

static void one_that_stays_costs_nothing_for_those_who_come_and_go(void **state)
{
    (void)state;
    struct chat_order order = {0};
    struct chat_place first, others[ITEMS];
    chat_order_add(&order, &first);
    for (unsigned i = 0; i < 100 * ITEMS; i++) {
        struct chat_place *other = &others[i % ITEMS];
        if (i >= ITEMS)
            chat_order_remove(&order, other);
        chat_order_add(&order, other);
        assert_in_range(order.capacity, 0, 3 * ITEMS);
    }
    for (unsigned i = 0; i < ITEMS; i++)
        chat_order_remove(&order, &others[i]);
    assert_in_range(order.capacity, 1, 64);
    assert_ptr_equal(chat_order_after(&order, 0), &first);
    chat_order_finish(&order);
}

/* Against a plain list of what is there. */
static void random_order_is_walked_right_from_anywhere(void **state)
{
    (void)state;
    struct chat_order order = {0};
    struct random random = {77};
    static struct chat_place items[ITEMS];
    static bool there[ITEMS];

    for (unsigned step = 0; step < 60000; step++) {
        /* Ebb and flood, so that it grows and shrinks. */
        unsigned i = random_below(&random, ITEMS), flood = step / 3000 % 2 == 0 ? 3 : 1;
        if (there[i] && random_below(&random, 4) >= flood) {
            chat_order_remove(&order, &items[i]);
            there[i] = false;
        } else if (!there[i] && random_below(&random, 4) < flood) {
            chat_order_add(&order, &items[i]);
            there[i] = true;
        }
        if (step % 8 != 0)
            continue;
        uint64_t from = random_below(&random, (uint32_t)order.last + 2);
        struct chat_place *expected = NULL;
        for (unsigned j = 0; j < ITEMS; j++)
            if (there[j] && items[j].serial > from &&
                (expected == NULL || items[j].serial < expected->serial))
                expected = &items[j];
        assert_ptr_equal(chat_order_after(&order, from), expected);
    }
    chat_order_finish(&order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_order_has_nothing_after_anything),
        cmocka_unit_test(items_follow_each_other_as_they_came),
        cmocka_unit_test(serial_of_a_removed_item_still_says_where_it_was),
        cmocka_unit_test(serials_are_never_used_again),
        cmocka_unit_test(one_that_stays_costs_nothing_for_those_who_come_and_go),
        cmocka_unit_test(random_order_is_walked_right_from_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
