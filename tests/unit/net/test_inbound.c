/* Input that waits: lent while there is some, given back when there is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "net/inbound.h"

static void it_is_lent_once_and_given_back_when_nothing_is_kept(void **unused)
{
    struct chat_inbound *in = NULL;

    (void)unused;
    assert_false(chat_inbound_waits(in));
    assert_false(chat_inbound_has_rest(in));
    struct chat_inbound *lent = chat_inbound_need(&in, NULL);
    assert_ptr_equal(chat_inbound_need(&in, NULL), lent);
    chat_inbound_settle(&in);
    assert_null(in);
    chat_inbound_settle(&in);
    chat_inbound_free(&in);
    assert_null(in);
}

static void pieces_of_any_size_make_the_message(void **unused)
{
    struct chat_inbound *in = NULL;
    char piece[3000];

    (void)unused;
    chat_inbound_need(&in, NULL);
    for (unsigned i = 0; i < 200; i++) {
        memset(piece, (int)i, sizeof(piece));
        chat_inbound_piece(in, (struct chat_slice){piece, i * 15});
    }
    size_t at = 0;
    for (unsigned i = 0; i < 200; at += i++ * 15)
        for (size_t k = 0; k < i * 15; k++)
            assert_int_equal(in->message[at + k], (char)i);
    assert_int_equal(in->length, at);
    chat_inbound_settle(&in);
    assert_non_null(in);
    chat_inbound_message_done(in);
    chat_inbound_settle(&in);
    assert_null(in);
}

static void an_empty_piece_begins_a_message(void **unused)
{
    struct chat_inbound *in = NULL;

    (void)unused;
    chat_inbound_piece(chat_inbound_need(&in, NULL), (struct chat_slice){NULL, 0});
    assert_non_null(in->message);
    assert_int_equal(in->length, 0);
    chat_inbound_settle(&in);
    assert_non_null(in);
    chat_inbound_free(&in);
}

static void memory_grows_with_what_has_come(void **unused)
{
    struct chat_inbound *in = NULL;
    char piece[1000] = {0};

    (void)unused;
    for (unsigned i = 0; i < 1000; i++) {
        chat_inbound_piece(chat_inbound_need(&in, NULL), (struct chat_slice){piece, sizeof(piece)});
        assert_true(in->capacity <= 2 * in->length || in->capacity <= 1024);
    }
    chat_inbound_message_done(in);
    chat_inbound_piece(in, CHAT_SLICE("the next is small"));
    assert_true(in->capacity <= 1024);
    chat_inbound_free(&in);
}

static void a_message_that_waits_is_whole_until_it_is_done(void **unused)
{
    struct chat_inbound *in = NULL;

    (void)unused;
    chat_inbound_piece(chat_inbound_need(&in, NULL), CHAT_SLICE("whole"));
    in->waits = true;
    assert_true(chat_inbound_waits(in));
    chat_inbound_message_done(in);
    assert_false(chat_inbound_waits(in));
    chat_inbound_free(&in);
}

static void kept_bytes_are_used_up_in_steps(void **unused)
{
    struct chat_inbound *in = NULL;

    (void)unused;
    chat_inbound_keep(chat_inbound_need(&in, NULL), CHAT_SLICE("0123456789"));
    chat_inbound_used(in, 0);
    chat_inbound_used(in, 4);
    assert_true(chat_inbound_has_rest(in));
    assert_memory_equal(in->rest + in->rest_from, "456789", in->rest_to - in->rest_from);
    chat_inbound_settle(&in);
    assert_non_null(in);
    chat_inbound_used(in, 6);
    assert_false(chat_inbound_has_rest(in));
    chat_inbound_keep(in, CHAT_SLICE("more"));
    assert_memory_equal(in->rest + in->rest_from, "more", 4);
    chat_inbound_used(in, 4);
    chat_inbound_settle(&in);
    assert_null(in);
}

static void half_a_control_frame_is_kept(void **unused)
{
    struct chat_inbound *in = NULL;

    (void)unused;
    chat_inbound_need(&in, NULL)->control_length = 1;
    chat_inbound_settle(&in);
    assert_non_null(in);
    chat_inbound_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_lent_once_and_given_back_when_nothing_is_kept),
        cmocka_unit_test(pieces_of_any_size_make_the_message),
        cmocka_unit_test(an_empty_piece_begins_a_message),
        cmocka_unit_test(memory_grows_with_what_has_come),
        cmocka_unit_test(a_message_that_waits_is_whole_until_it_is_done),
        cmocka_unit_test(kept_bytes_are_used_up_in_steps),
        cmocka_unit_test(half_a_control_frame_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
