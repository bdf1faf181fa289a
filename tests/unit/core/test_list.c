/* The list, and cursors over it while items come and go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>

#include "core/list.h"
#include "core/random.h"

static void append_all(struct chat_list *list, struct chat_link *links, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        chat_list_append(list, &links[i]);
}

/* The list is these links of the array, in both directions. */
static void assert_list(const struct chat_list *list, const struct chat_link *links,
                        const unsigned *order, unsigned n)
{
    const struct chat_link *link = list->first, *prev = NULL;

    for (unsigned i = 0; i < n; i++, prev = link, link = link->next) {
        assert_ptr_equal(link, &links[order[i]]);
        assert_ptr_equal(link->prev, prev);
    }
    assert_null(link);
    assert_ptr_equal(list->last, prev);
}

static void items_stand_in_order_of_arrival(void **state)
{
    (void)state;
    struct chat_list list = {0};
    struct chat_link links[3];

    append_all(&list, links, 3);

    assert_list(&list, links, (unsigned[]){0, 1, 2}, 3);
}

static void item_can_go_from_the_front_the_middle_and_the_end(void **state)
{
    (void)state;
    struct chat_list list = {0};
    struct chat_link links[5];
    append_all(&list, links, 5);

    chat_list_remove(&list, &links[2]);
    assert_list(&list, links, (unsigned[]){0, 1, 3, 4}, 4);
    chat_list_remove(&list, &links[0]);
    assert_list(&list, links, (unsigned[]){1, 3, 4}, 3);
    chat_list_remove(&list, &links[4]);
    assert_list(&list, links, (unsigned[]){1, 3}, 2);
    chat_list_remove(&list, &links[1]);
    chat_list_remove(&list, &links[3]);
    assert_list(&list, links, NULL, 0);
}

static void list_is_usable_again_when_it_was_emptied(void **state)
{
    (void)state;
    struct chat_list list = {0};
    struct chat_link links[2];
    append_all(&list, links, 1);
    chat_list_remove(&list, &links[0]);

    append_all(&list, links, 2);

    assert_list(&list, links, (unsigned[]){0, 1}, 2);
}

static void cursor_visits_each_item_once(void **state)
{
    (void)state;
    struct chat_list list = {0};
    struct chat_link links[3];
    struct chat_cursor cursor;
    append_all(&list, links, 3);

    chat_cursor_open(&cursor, &list);

    for (unsigned i = 0; i < 3; i++)
        assert_ptr_equal(chat_cursor_next(&cursor), &links[i]);
    assert_null(chat_cursor_next(&cursor));
    assert_null(chat_cursor_next(&cursor));
    chat_cursor_close(&cursor, &list);
}

static void cursor_over_an_empty_list_is_at_its_end(void **state)
{
    (void)state;
    struct chat_list list = {0};
    struct chat_cursor cursor;

    chat_cursor_open(&cursor, &list);

    assert_null(chat_cursor_next(&cursor));
    chat_cursor_close(&cursor, &list);
}

static void cursor_steps_over_an_item_that_goes_before_its_turn(void **state)
{
    (void)state;
    struct chat_list list = {0};
    struct chat_link links[4];
    struct chat_cursor cursor;
    append_all(&list, links, 4);
    chat_cursor_open(&cursor, &list);
    assert_ptr_equal(chat_cursor_next(&cursor), &links[0]);

    chat_list_remove(&list, &links[1]);
    chat_list_remove(&list, &links[2]);

    assert_ptr_equal(chat_cursor_next(&cursor), &links[3]);
    chat_cursor_close(&cursor, &list);
}

static void cursor_goes_on_when_the_item_it_gave_goes(void **state)
{
    (void)state;
    struct chat_list list = {0};
    struct chat_link links[3];
    struct chat_cursor cursor;
    append_all(&list, links, 3);
    chat_cursor_open(&cursor, &list);
    chat_cursor_next(&cursor);

    chat_list_remove(&list, &links[0]);

    assert_ptr_equal(chat_cursor_next(&cursor), &links[1]);
    chat_cursor_close(&cursor, &list);
}

static void cursor_ends_when_all_that_was_left_goes(void **state)
{
    (void)state;
    struct chat_list list = {0};
    struct chat_link links[3];
    struct chat_cursor cursor;
    append_all(&list, links, 3);
    chat_cursor_open(&cursor, &list);
    chat_cursor_next(&cursor);

    chat_list_remove(&list, &links[2]);
    chat_list_remove(&list, &links[1]);

    assert_null(chat_cursor_next(&cursor));
    chat_cursor_close(&cursor, &list);
}

static void cursor_sees_what_is_appended_before_its_end(void **state)
{
    (void)state;
    struct chat_list list = {0};
    struct chat_link links[3];
    struct chat_cursor cursor;
    append_all(&list, links, 2);
    chat_cursor_open(&cursor, &list);
    chat_cursor_next(&cursor);

    chat_list_append(&list, &links[2]);

    assert_ptr_equal(chat_cursor_next(&cursor), &links[1]);
    assert_ptr_equal(chat_cursor_next(&cursor), &links[2]);
    assert_null(chat_cursor_next(&cursor));
    chat_cursor_close(&cursor, &list);
}

static void cursors_can_be_closed_in_any_order(void **state)
{
    (void)state;
    struct chat_list list = {0};
    struct chat_link links[2];
    struct chat_cursor cursors[3];
    append_all(&list, links, 2);
    for (unsigned i = 0; i < 3; i++)
        chat_cursor_open(&cursors[i], &list);

    chat_cursor_close(&cursors[1], &list);
    chat_list_remove(&list, &links[0]);
    assert_ptr_equal(chat_cursor_next(&cursors[0]), &links[1]);
    assert_ptr_equal(chat_cursor_next(&cursors[2]), &links[1]);
    chat_cursor_close(&cursors[0], &list);
    chat_cursor_close(&cursors[2], &list);

    assert_null(list.cursors);
}

enum { ITEMS = 60, CURSORS = 3 };

struct item {
    struct chat_link link;
    bool is_in;
    bool was_in_throughout[CURSORS]; /* since that cursor was opened */
    unsigned seen[CURSORS];
};

static void toggle(struct chat_list *list, struct item *item)
{
    if (item->is_in)
        chat_list_remove(list, &item->link);
    else
        chat_list_append(list, &item->link);
    item->is_in = !item->is_in;
    for (unsigned c = 0; c < CURSORS; c++)
        item->was_in_throughout[c] = false;
    if (item->is_in)
        for (unsigned c = 0; c < CURSORS; c++)
            item->seen[c] = 0;
}

static void open_listing(struct chat_list *list, struct chat_cursor *cursor, struct item *items,
                         unsigned c)
{
    chat_cursor_open(cursor, list);
    for (unsigned i = 0; i < ITEMS; i++) {
        items[i].was_in_throughout[c] = items[i].is_in;
        items[i].seen[c] = 0;
    }
}

/* One step; at the end, what lived throughout the listing was seen exactly once. */
static void go_on_listing(struct chat_list *list, struct chat_cursor *cursor, struct item *items,
                          unsigned c)
{
    struct item *item = (struct item *)chat_cursor_next(cursor);

    if (item != NULL) {
        assert_true(item->is_in);
        assert_int_equal(item->seen[c]++, 0);
        return;
    }
    for (unsigned i = 0; i < ITEMS; i++)
        assert_true(!items[i].was_in_throughout[c] || items[i].seen[c] == 1);
    chat_cursor_close(cursor, list);
    open_listing(list, cursor, items, c);
}

static void whatever_lives_throughout_a_listing_appears_exactly_once(void **state)
{
    (void)state;
    struct chat_list list = {0};
    struct chat_cursor cursors[CURSORS];
    static struct item items[ITEMS];
    struct random random = {20240611};

    for (unsigned i = 0; i < ITEMS; i += 2)
        toggle(&list, &items[i]);
    for (unsigned c = 0; c < CURSORS; c++)
        open_listing(&list, &cursors[c], items, c);
    for (unsigned step = 0; step < 100000; step++) {
        unsigned c = random_below(&random, CURSORS);
        if (random_below(&random, 4) == 0)
            toggle(&list, &items[random_below(&random, ITEMS)]);
        else
            go_on_listing(&list, &cursors[c], items, c);
    }
    for (unsigned c = 0; c < CURSORS; c++)
        chat_cursor_close(&cursors[c], &list);
    assert_null(list.cursors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_stand_in_order_of_arrival),
        cmocka_unit_test(item_can_go_from_the_front_the_middle_and_the_end),
        cmocka_unit_test(list_is_usable_again_when_it_was_emptied),
        cmocka_unit_test(cursor_visits_each_item_once),
        cmocka_unit_test(cursor_over_an_empty_list_is_at_its_end),
        cmocka_unit_test(cursor_steps_over_an_item_that_goes_before_its_turn),
        cmocka_unit_test(cursor_goes_on_when_the_item_it_gave_goes),
        cmocka_unit_test(cursor_ends_when_all_that_was_left_goes),
        cmocka_unit_test(cursor_sees_what_is_appended_before_its_end),
        cmocka_unit_test(cursors_can_be_closed_in_any_order),
        cmocka_unit_test(whatever_lives_throughout_a_listing_appears_exactly_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
