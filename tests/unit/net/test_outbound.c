/* The queue of spans, case by case; random work is test_outbound_model.c's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/outbound.h"
#include "net/server_frame.h"

struct setup {
    struct chat_outbound_pool pool;
    struct chat_block_pool blocks;
    struct chat_outbound *out;
};

static struct setup set_up(void)
{
    struct setup setup = {0};
    setup.out = chat_outbound_lend(&setup.pool);
    return setup;
}

static void tear_down(struct setup *setup)
{
    chat_outbound_return(&setup->pool, setup->out);
    chat_outbound_pool_finish(&setup->pool);
    chat_block_pool_finish(&setup->blocks);
}

/* A block of `count` frames of 12 bytes; the n-th holds the n-th letter. */
static struct chat_block *block_of(struct setup *setup, unsigned count)
{
    struct chat_block *block = chat_block_open(&setup->blocks, 0);
    char frame[CHAT_FRAME_CONTROL_MAX];
    for (unsigned i = 0; i < count; i++)
        chat_block_append(block, short_frame(frame, (char)('a' + i), 10));
    return block;
}

static void copy(struct setup *setup, char byte)
{
    char frame[CHAT_FRAME_CONTROL_MAX];
    chat_outbound_copy(setup->out, short_frame(frame, byte, 10));
}

static void copy_first(struct setup *setup, char byte)
{
    char frame[CHAT_FRAME_CONTROL_MAX];
    chat_outbound_copy_first(setup->out, short_frame(frame, byte, 10));
}

/* The last byte of each frame that is queued, also of one of which a part was written. */
static void assert_letters(const struct setup *setup, const char *letters)
{
    struct chat_slice pieces[64];
    char found[256];
    size_t n = 0;
    unsigned n_pieces = chat_outbound_pieces(setup->out, pieces, 64);

    for (unsigned i = 0; i < n_pieces; i++) {
        const struct chat_slice *piece = &pieces[i];
        size_t at = i == 0 ? setup->out->begun : 0;
        if (at > 0)
            found[n++] = piece->bytes[at - 1];
        while (at < piece->length) {
            at = chat_frame_boundary(piece->bytes, piece->length, at + 1);
            found[n++] = piece->bytes[at - 1];
        }
    }
    found[n] = '\0';
    assert_string_equal(found, letters);
}

static void adjacent_spans_of_a_block_are_one(void **unused)
{
    struct setup setup = set_up();
    struct chat_block *block = block_of(&setup, 4);

    (void)unused;
    chat_outbound_push(setup.out, block, 0, 12);
    chat_outbound_push(setup.out, block, 12, 36);
    assert_int_equal(setup.out->count, 1);
    assert_int_equal(block->refs, 2);
    assert_letters(&setup, "abc");
    chat_block_unref(block);
    tear_down(&setup);
}

static void spans_with_a_gap_or_another_between_stay_apart(void **unused)
{
    struct setup setup = set_up();
    struct chat_block *block = block_of(&setup, 4);

    (void)unused;
    chat_outbound_push(setup.out, block, 0, 12);
    chat_outbound_push(setup.out, block, 24, 36);
    copy(&setup, 'x');
    chat_outbound_push(setup.out, block, 36, 48);
    assert_int_equal(setup.out->count, 4);
    assert_int_equal(block->refs, 4);
    assert_letters(&setup, "acxd");
    chat_block_unref(block);
    tear_down(&setup);
}

static void an_empty_span_is_none(void **unused)
{
    struct setup setup = set_up();
    struct chat_block *block = block_of(&setup, 1);

    (void)unused;
    chat_outbound_push(setup.out, block, 12, 12);
    assert_int_equal(setup.out->count, 0);
    assert_int_equal(block->refs, 1);
    chat_block_unref(block);
    tear_down(&setup);
}

static void copies_share_a_block_of_their_own(void **unused)
{
    struct setup setup = set_up();

    (void)unused;
    for (unsigned i = 0; i < 10; i++)
        copy(&setup, (char)('a' + i));
    assert_int_equal(setup.out->count, 1);
    assert_letters(&setup, "abcdefghij");
    tear_down(&setup);
}

static void a_copy_never_lands_in_a_rooms_block(void **unused)
{
    struct setup setup = set_up();
    struct chat_block *block = block_of(&setup, 2);

    (void)unused;
    chat_outbound_push(setup.out, block, 0, 24);
    chat_block_unref(block); /* the queue's reference is the only one */
    copy(&setup, 'x');
    assert_int_equal(setup.out->count, 2);
    assert_int_equal(block->length, 24);
    assert_letters(&setup, "abx");
    tear_down(&setup);
}

static void a_copy_never_grows_what_another_queue_shares(void **unused)
{
    struct setup setup = set_up();

    (void)unused;
    copy(&setup, 'a');
    struct chat_block *block = chat_block_ref(setup.out->spans[0].block);
    copy(&setup, 'b');
    assert_int_equal(block->length, 12);
    assert_letters(&setup, "ab");
    chat_block_unref(block);
    tear_down(&setup);
}

static void what_goes_first_passes_all_that_has_not_begun(void **unused)
{
    struct setup setup = set_up();

    (void)unused;
    copy_first(&setup, 'a');
    copy(&setup, 'b');
    copy_first(&setup, 'c');
    assert_letters(&setup, "cab");
    tear_down(&setup);
}

static void what_goes_first_waits_for_the_frame_that_has_begun(void **unused)
{
    struct setup setup = set_up();
    struct chat_block *block = block_of(&setup, 3);

    (void)unused;
    chat_outbound_push(setup.out, block, 0, 36);
    chat_outbound_sent(setup.out, 15);
    assert_int_equal(setup.out->begun, 9);
    copy_first(&setup, 'x');
    copy_first(&setup, 'y');
    assert_letters(&setup, "byxc");
    assert_int_equal(setup.out->bytes, 9 + 12 + 12 + 12);
    chat_block_unref(block);
    tear_down(&setup);
}

static void a_begun_frame_that_ends_its_span_is_not_split(void **unused)
{
    struct setup setup = set_up();

    (void)unused;
    copy(&setup, 'a');
    chat_outbound_sent(setup.out, 1);
    copy_first(&setup, 'x');
    assert_int_equal(setup.out->count, 2);
    assert_letters(&setup, "ax");
    tear_down(&setup);
}

static void a_drop_keeps_only_the_frame_that_has_begun(void **unused)
{
    struct setup setup = set_up();
    struct chat_block *block = block_of(&setup, 3);

    (void)unused;
    chat_outbound_push(setup.out, block, 0, 36);
    copy(&setup, 'x');
    chat_outbound_sent(setup.out, 13);
    chat_outbound_drop(setup.out);
    assert_letters(&setup, "b");
    assert_int_equal(setup.out->bytes, 11);
    assert_int_equal(block->refs, 2);
    chat_outbound_sent(setup.out, 11);
    assert_int_equal(block->refs, 1);
    chat_block_unref(block);
    tear_down(&setup);
}

static void a_drop_at_a_boundary_keeps_nothing(void **unused)
{
    struct setup setup = set_up();
    struct chat_block *block = block_of(&setup, 3);

    (void)unused;
    chat_outbound_push(setup.out, block, 0, 36);
    chat_outbound_sent(setup.out, 12);
    chat_outbound_drop(setup.out);
    assert_int_equal(setup.out->count, 0);
    assert_int_equal(setup.out->bytes, 0);
    assert_int_equal(block->refs, 1);
    chat_block_unref(block);
    tear_down(&setup);
}

static void the_first_frame_is_whole_or_what_is_left_of_it(void **unused)
{
    struct setup setup = set_up();
    struct chat_block *block = block_of(&setup, 2);

    (void)unused;
    chat_outbound_push(setup.out, block, 0, 24);
    assert_int_equal(chat_outbound_frame(setup.out).length, 12);
    chat_outbound_sent(setup.out, 5);
    assert_int_equal(chat_outbound_frame(setup.out).length, 7);
    assert_ptr_equal(chat_outbound_frame(setup.out).bytes, block->bytes + 5);
    chat_block_unref(block);
    tear_down(&setup);
}

static void pieces_are_given_up_to_the_number_asked_for(void **unused)
{
    struct setup setup = set_up();
    struct chat_slice pieces[4];

    (void)unused;
    for (unsigned i = 0; i < 5; i++)
        copy_first(&setup, 'a');
    assert_int_equal(chat_outbound_pieces(setup.out, pieces, 4), 4);
    chat_outbound_sent(setup.out, 2 * 12);
    assert_int_equal(chat_outbound_pieces(setup.out, pieces, 4), 3);
    tear_down(&setup);
}

static void the_cost_is_the_bytes_and_their_bookkeeping(void **unused)
{
    struct setup setup = set_up();

    (void)unused;
    assert_int_equal(chat_outbound_cost(NULL), 0);
    assert_int_equal(chat_outbound_cost(setup.out), 0);
    copy_first(&setup, 'a');
    copy_first(&setup, 'a');
    assert_int_equal(chat_outbound_cost(setup.out), 2 * (12 + sizeof(struct chat_span)));
    chat_outbound_sent(setup.out, 18);
    assert_int_equal(chat_outbound_cost(setup.out), 6 + sizeof(struct chat_span));
    tear_down(&setup);
}

static void a_returned_queue_is_lent_again_empty(void **unused)
{
    struct setup setup = set_up();
    struct chat_outbound *out = setup.out;

    (void)unused;
    for (unsigned i = 0; i < 100; i++)
        copy_first(&setup, 'a');
    chat_outbound_sent(out, 7);
    chat_outbound_return(&setup.pool, out);
    setup.out = chat_outbound_lend(&setup.pool);
    assert_ptr_equal(setup.out, out);
    assert_int_equal(out->count, 0);
    assert_int_equal(out->begun, 0);
    assert_int_equal(chat_outbound_cost(out), 0);
    copy(&setup, 'b');
    assert_letters(&setup, "b");
    tear_down(&setup);
}

/* A block that once held much. */
static struct chat_block *roomy_block(struct setup *setup, unsigned frames)
{
    enum { MUCH = 100 * 1024 };
    char frame[CHAT_FRAME_CONTROL_MAX];
    chat_block_pool_finish(&setup->blocks);
    struct chat_block *block = chat_block_open(&setup->blocks, MUCH);
    for (unsigned i = 0; i < frames; i++)
        chat_block_append(block, short_frame(frame, (char)('a' + i), 10));
    return block;
}

static void a_little_that_stays_keeps_no_large_block(void **unused)
{
    struct setup setup = set_up();
    struct chat_memory memory = {0};

    (void)unused;
    setup.blocks.memory = &memory;
    for (unsigned i = 0; i < 40; i++) {
        struct chat_block *block = roomy_block(&setup, 2);
        chat_outbound_push(setup.out, block, 0, block->length);
        chat_block_unref(block);
        if (i % 4 == 3) /* a write may leave what several turns have queued */
            chat_outbound_stay(setup.out);
        if (i % 8 == 7)
            chat_outbound_sent(setup.out, 30);
    }
    assert_in_range(memory.bytes, 1, 40 * 512);
    copy_first(&setup, 'z');
    chat_outbound_stay(setup.out);
    chat_outbound_drop(setup.out);
    chat_outbound_stay(setup.out);
    assert_in_range(memory.bytes, 0, 2 * 512);
    tear_down(&setup);
    assert_int_equal(memory.bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adjacent_spans_of_a_block_are_one),
        cmocka_unit_test(spans_with_a_gap_or_another_between_stay_apart),
        cmocka_unit_test(an_empty_span_is_none),
        cmocka_unit_test(copies_share_a_block_of_their_own),
        cmocka_unit_test(a_copy_never_lands_in_a_rooms_block),
        cmocka_unit_test(a_copy_never_grows_what_another_queue_shares),
        cmocka_unit_test(what_goes_first_passes_all_that_has_not_begun),
        cmocka_unit_test(what_goes_first_waits_for_the_frame_that_has_begun),
        cmocka_unit_test(a_begun_frame_that_ends_its_span_is_not_split),
        cmocka_unit_test(a_drop_keeps_only_the_frame_that_has_begun),
        cmocka_unit_test(a_drop_at_a_boundary_keeps_nothing),
        cmocka_unit_test(the_first_frame_is_whole_or_what_is_left_of_it),
        cmocka_unit_test(pieces_are_given_up_to_the_number_asked_for),
        cmocka_unit_test(the_cost_is_the_bytes_and_their_bookkeeping),
        cmocka_unit_test(a_returned_queue_is_lent_again_empty),
        cmocka_unit_test(a_little_that_stays_keeps_no_large_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
