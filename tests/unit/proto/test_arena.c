/* Memory for one parse: where pieces come from, that they keep their bytes, and the arena's end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "proto/arena.h"

enum { PER_PIECE = 16 };

static bool is_inside(const struct chat_arena *arena, const char *piece)
{
    return piece >= arena->bytes && piece < arena->bytes + sizeof(arena->bytes);
}

static void pieces_are_aligned_and_apart(void **unused)
{
    struct chat_arena arena = {0};
    char *pieces[20];
    (void)unused;

    for (size_t i = 0; i < 20; i++) {
        pieces[i] = chat_arena_take(&arena, i + 1);
        assert_true(is_inside(&arena, pieces[i]));
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        memset(pieces[i], (int)i, i + 1);
    }
    for (size_t i = 0; i < 20; i++)
        for (size_t at = 0; at <= i; at++)
            assert_int_equal(pieces[i][at], i);
}

static void the_last_piece_that_fits_is_inside_and_one_byte_more_is_not(void **unused)
{
    struct chat_arena arena = {0};
    (void)unused;

    assert_true(is_inside(&arena, chat_arena_take(&arena, CHAT_ARENA_BYTES - PER_PIECE)));
    char *beyond = chat_arena_take(&arena, 1);
    assert_false(is_inside(&arena, beyond));
    chat_arena_give(&arena, beyond);
    chat_arena_reset(&arena);
    beyond = chat_arena_take(&arena, CHAT_ARENA_BYTES - PER_PIECE + 1);
    assert_false(is_inside(&arena, beyond));
    beyond[CHAT_ARENA_BYTES - PER_PIECE] = 'x';
    chat_arena_give(&arena, beyond);
}

static void a_piece_keeps_its_bytes_while_it_grows_out_of_the_arena(void **unused)
{
    struct chat_arena arena = {0};
    size_t size = 1;
    char *piece = chat_arena_resize(&arena, NULL, size);
    (void)unused;

    piece[0] = 'a';
    while (size < 16 * CHAT_ARENA_BYTES) {
        piece = chat_arena_resize(&arena, piece, size * 2);
        memset(piece + size, 'a' + (char)(size % 7), size);
        size *= 2;
    }
    assert_false(is_inside(&arena, piece));
    assert_int_equal(piece[0], 'a');
    for (size_t half = 1; half < size; half *= 2)
        for (size_t i = half; i < 2 * half; i++)
            assert_int_equal(piece[i], 'a' + (char)(half % 7));
    assert_ptr_equal(chat_arena_resize(&arena, piece, 1), piece);
    chat_arena_give(&arena, piece);
    chat_arena_give(&arena, NULL);
}

static void after_a_reset_the_arena_is_whole_again(void **unused)
{
    struct chat_arena arena = {0};
    (void)unused;

    char *first = chat_arena_take(&arena, 1000);
    chat_arena_give(&arena, first);
    chat_arena_reset(&arena);
    assert_ptr_equal(chat_arena_take(&arena, CHAT_ARENA_BYTES - PER_PIECE), first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_and_apart),
        cmocka_unit_test(the_last_piece_that_fits_is_inside_and_one_byte_more_is_not),
        cmocka_unit_test(a_piece_keeps_its_bytes_while_it_grows_out_of_the_arena),
        cmocka_unit_test(after_a_reset_the_arena_is_whole_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
