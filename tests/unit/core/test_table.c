/* The hash table: single cases, then random work against a model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/random.h"
#include "core/table.h"

struct item {
    uint32_t hash; /* first */
    uint32_t key;
};

static bool is_key(const void *item, const void *key)
{
    return ((const struct item *)item)->key == *(const uint32_t *)key;
}

static struct item *find(const struct chat_table *table, const struct item *item)
{
    return chat_table_find(table, item->hash, is_key, &item->key);
}

static void empty_table_finds_nothing(void **state)
{
    (void)state;
    struct chat_table table = {0};
    struct item item = {1, 1};

    assert_null(find(&table, &item));
    chat_table_finish(&table);
}

static void added_item_is_found_until_it_is_removed(void **state)
{
    (void)state;
    struct chat_table table = {0};
    struct item item = {77, 1};

    chat_table_add(&table, &item);
    assert_ptr_equal(find(&table, &item), &item);
    assert_int_equal(table.count, 1);
    chat_table_remove(&table, &item);

    assert_null(find(&table, &item));
    assert_int_equal(table.count, 0);
}

static void empty_table_holds_no_memory(void **state)
{
    (void)state;
    struct chat_table table = {0};
    struct item item = {77, 1};
    chat_table_add(&table, &item);

    chat_table_remove(&table, &item);

    assert_null(table.slots);
    assert_int_equal(table.capacity, 0);
}

static void items_of_one_hash_are_told_apart_by_their_key(void **state)
{
    (void)state;
    struct chat_table table = {0};
    struct item items[20], stranger = {5, 99};
    for (uint32_t i = 0; i < 20; i++) {
        items[i] = (struct item){5, i};
        chat_table_add(&table, &items[i]);
    }

    for (uint32_t i = 0; i < 20; i++)
        assert_ptr_equal(find(&table, &items[i]), &items[i]);
    assert_null(find(&table, &stranger));
    chat_table_finish(&table);
}

/* The run of one chain wraps around the end of the slots. */
static void removal_closes_gaps_across_the_end(void **state)
{
    (void)state;
    for (uint32_t gone = 0; gone < 5; gone++) {
        struct chat_table table = {0};
        /* Of 8 slots: homes 6, 6, 7, 7, 0. */
        struct item items[] = {{6, 0}, {14, 1}, {7, 2}, {15, 3}, {8, 4}};
        for (uint32_t i = 0; i < 5; i++)
            chat_table_add(&table, &items[i]);
        assert_int_equal(table.capacity, 8);

        chat_table_remove(&table, &items[gone]);

        for (uint32_t i = 0; i < 5; i++)
            assert_ptr_equal(find(&table, &items[i]), i == gone ? NULL : &items[i]);
        chat_table_finish(&table);
    }
}

static void table_grows_with_its_items_and_shrinks_after_them(void **state)
{
    (void)state;
    enum { ITEMS = 5000 };
    static struct item items[ITEMS];
    struct chat_table table = {0};
    struct random random = {7};

    for (uint32_t i = 0; i < ITEMS; i++) {
        items[i] = (struct item){random_below(&random, UINT32_MAX), i};
        chat_table_add(&table, &items[i]);
        assert_true(table.count < table.capacity);
        assert_int_equal(table.capacity & (table.capacity - 1), 0);
    }
    assert_in_range(table.capacity, ITEMS + 1, 3 * ITEMS);
    for (uint32_t i = 0; i < ITEMS; i++) {
        uint32_t capacity = table.capacity;
        chat_table_remove(&table, &items[i]);
        /* Shrunk, it is not about to grow again. */
        assert_true(table.capacity == capacity || table.count <= table.capacity / 4);
        assert_true(table.capacity <= 64 || table.capacity <= 16 * (table.count + 1));
    }
    assert_null(table.slots);
}

/* Lookups end at a free slot, so there is always one. */
static void table_is_never_full(void **state)
{
    (void)state;
    struct item items[64], stranger = {3, 99};
    struct chat_table table = {0};

    for (uint32_t i = 0; i < 64; i++) {
        items[i] = (struct item){3, i};
        chat_table_add(&table, &items[i]);
        assert_in_range(table.count * 4, 1, table.capacity * 3);
        assert_null(find(&table, &stranger));
    }
    chat_table_finish(&table);
}

static void finished_table_is_an_empty_one(void **state)
{
    (void)state;
    struct item item = {1, 1};
    struct chat_table table = {0};
    chat_table_add(&table, &item);

    chat_table_finish(&table);

    assert_null(find(&table, &item));
    chat_table_add(&table, &item);
    assert_ptr_equal(find(&table, &item), &item);
    chat_table_finish(&table);
}

enum { MODEL_ITEMS = 600 };

static void assert_same(const struct chat_table *table, const bool *is_in, struct item *items)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < MODEL_ITEMS; i++) {
        assert_ptr_equal(find(table, &items[i]), is_in[i] ? &items[i] : NULL);
        n += is_in[i];
    }
    assert_int_equal(table->count, n);
}

/* Tides: for a while more comes than goes, then more goes than comes. */
static void work_against_model(uint64_t seed, uint32_t hashes)
{
    static struct item items[MODEL_ITEMS];
    static bool is_in[MODEL_ITEMS];
    struct chat_table table = {0};
    struct random random = {seed};

    memset(is_in, 0, sizeof(is_in));
    for (uint32_t i = 0; i < MODEL_ITEMS; i++)
        items[i] = (struct item){random_below(&random, hashes) * (UINT32_MAX / hashes), i};
    for (uint32_t step = 0; step < 20000; step++) {
        uint32_t i = random_below(&random, MODEL_ITEMS);
        bool flood = step / 2500 % 2 == 0, comes = random_below(&random, 8) < (flood ? 7u : 1u);
        if (comes && !is_in[i])
            chat_table_add(&table, &items[i]);
        else if (!comes && is_in[i])
            chat_table_remove(&table, &items[i]);
        is_in[i] = comes;
        assert_ptr_equal(find(&table, &items[i]), comes ? &items[i] : NULL);
        if (step % 250 == 0)
            assert_same(&table, is_in, items);
    }
    assert_same(&table, is_in, items);
    chat_table_finish(&table);
}

static void table_does_what_a_plain_array_does(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++)
        work_against_model(seed, UINT32_MAX);
}

static void table_does_so_when_hashes_collide(void **state)
{
    (void)state;
    work_against_model(11, 1);
    work_against_model(12, 7);
    work_against_model(13, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_table_finds_nothing),
        cmocka_unit_test(added_item_is_found_until_it_is_removed),
        cmocka_unit_test(empty_table_holds_no_memory),
        cmocka_unit_test(items_of_one_hash_are_told_apart_by_their_key),
        cmocka_unit_test(removal_closes_gaps_across_the_end),
        cmocka_unit_test(table_grows_with_its_items_and_shrinks_after_them),
        cmocka_unit_test(table_is_never_full),
        cmocka_unit_test(finished_table_is_an_empty_one),
        cmocka_unit_test(table_does_what_a_plain_array_does),
        cmocka_unit_test(table_does_so_when_hashes_collide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
