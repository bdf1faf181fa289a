/* Blocks: they grow, are shared, and come back from their pool. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "net/block.h"

static void bytes_stay_while_a_block_grows(void **unused)
{
    struct chat_block *block = chat_block_open(NULL, 10);
    char piece[977];

    (void)unused;
    for (unsigned i = 0; i < 100; i++) {
        memset(piece, (int)i, sizeof(piece));
        chat_block_append(block, (struct chat_slice){piece, i * 9});
    }
    size_t at = 0;
    for (unsigned i = 0; i < 100; at += i++ * 9)
        for (size_t k = 0; k < i * 9; k++)
            assert_int_equal(block->bytes[at + k], (char)i);
    assert_int_equal(block->length, at);
    chat_block_unref(block);
}

static void a_piece_larger_than_all_before_it_fits(void **unused)
{
    struct chat_block *block = chat_block_open(NULL, 1);
    char *large = calloc(1, 1 << 20);

    (void)unused;
    chat_block_append(block, CHAT_SLICE("x"));
    chat_block_append(block, (struct chat_slice){large, 1 << 20});
    assert_int_equal(block->length, (1 << 20) + 1);
    assert_int_equal(block->bytes[0], 'x');
    free(large);
    chat_block_unref(block);
}

static void an_empty_piece_changes_nothing(void **unused)
{
    struct chat_block *block = chat_block_open(NULL, 0);

    (void)unused;
    chat_block_append(block, CHAT_SLICE(""));
    assert_int_equal(block->length, 0);
    chat_block_unref(block);
}

static void a_pooled_block_comes_back_empty_with_the_last_reference(void **unused)
{
    struct chat_block_pool pool = {0};
    struct chat_block *block = chat_block_open(&pool, 100);

    (void)unused;
    chat_block_append(block, CHAT_SLICE("of the last turn"));
    chat_block_ref(block);
    chat_block_unref(block);
    assert_int_equal(pool.count, 0);
    chat_block_unref(block);
    assert_int_equal(pool.count, 1);
    assert_ptr_equal(chat_block_open(&pool, 100), block);
    assert_int_equal(block->length, 0);
    assert_int_equal(block->refs, 1);
    assert_int_equal(pool.count, 0);
    chat_block_unref(block);
    chat_block_pool_finish(&pool);
}

static void a_pool_keeps_no_more_than_a_few(void **unused)
{
    enum { MANY = 1000, FEW = 100 };
    struct chat_block_pool pool = {0};
    struct chat_block *blocks[MANY];

    (void)unused;
    for (unsigned i = 0; i < MANY; i++)
        blocks[i] = chat_block_open(&pool, 0);
    for (unsigned i = 0; i < MANY; i++)
        chat_block_unref(blocks[i]);
    assert_in_range(pool.count, 1, FEW);
    chat_block_pool_finish(&pool);
    assert_int_equal(pool.count, 0);
}

static void a_pool_keeps_no_large_block(void **unused)
{
    struct chat_block_pool pool = {0};

    (void)unused;
    chat_block_unref(chat_block_open(&pool, 1 << 20));
    assert_int_equal(pool.count, 0);
    chat_block_pool_finish(&pool);
}

static void a_block_is_trimmed_to_what_was_said_in_it(void **unused)
{
    static char bytes[1000];
    struct chat_memory memory = {0};
    struct chat_block *block = chat_block_open_for(&memory, 100 * 1000);

    (void)unused;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)i;
    chat_block_append(block, (struct chat_slice){bytes, sizeof(bytes)});
    chat_block_trim(block);
    assert_int_equal(block->capacity, sizeof(bytes));
    assert_int_equal(memory.bytes, sizeof(*block) + sizeof(bytes));
    chat_block_append(block, (struct chat_slice){bytes, sizeof(bytes)});
    uint32_t capacity = block->capacity; /* no more than twice what is needed stays */
    chat_block_trim(block);
    assert_int_equal(block->capacity, capacity);
    assert_memory_equal(block->bytes, bytes, sizeof(bytes));
    assert_memory_equal(block->bytes + sizeof(bytes), bytes, sizeof(bytes));
    chat_block_unref(block);
    assert_int_equal(memory.bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_stay_while_a_block_grows),
        cmocka_unit_test(a_piece_larger_than_all_before_it_fits),
        cmocka_unit_test(an_empty_piece_changes_nothing),
        cmocka_unit_test(a_pooled_block_comes_back_empty_with_the_last_reference),
        cmocka_unit_test(a_pool_keeps_no_more_than_a_few),
        cmocka_unit_test(a_pool_keeps_no_large_block),
        cmocka_unit_test(a_block_is_trimmed_to_what_was_said_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
