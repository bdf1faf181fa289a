/* Compressed messages: there and back, cut and grown, at their bounds, and what is no DEFLATE. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/deflate.h"
#include "wire/frame.h"

#include <stdlib.h>
#include <string.h>

enum { PLENTY = 1 << 20 };

static unsigned inflate_within(uint64_t max, const char *payload, size_t length, char **ret_message,
                               size_t *ret_length)
{
    struct chat_inflater *inflater = chat_inflater_create();
    char *copy = malloc(length); /* of just its size: nothing behind it may be read */
    const char *message = NULL;

    if (length > 0)
        memcpy(copy, payload, length);
    unsigned error = chat_inflater_message(inflater, max, copy, length, &message, ret_length);
    if (error == 0) {
        *ret_message = malloc(*ret_length + 1);
        memcpy(*ret_message, message, *ret_length);
        (*ret_message)[*ret_length] = '\0';
    }
    free(copy);
    chat_inflater_destroy(inflater);
    return error;
}

static void assert_inflates(const char *payload, size_t length, const char *expected)
{
    char *message;
    size_t n;
    assert_int_equal(inflate_within(PLENTY, payload, length, &message, &n), 0);
    assert_int_equal(n, strlen(expected));
    assert_memory_equal(message, expected, n);
    free(message);
}

static void assert_refused(unsigned code, uint64_t max, const char *payload, size_t length)
{
    char *message;
    size_t n;
    assert_int_equal(inflate_within(max, payload, length, &message, &n), code);
}

#define BYTES(literal) literal, sizeof(literal) - 1

static void the_examples_of_rfc_7692_are_read(void **unused)
{
    (void)unused;
    assert_inflates(BYTES("\xf2\x48\xcd\xc9\xc9\x07\x00"), "Hello");                 /* §7.2.3.1 */
    assert_inflates(BYTES("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"), "Hello"); /* .3 */
    assert_inflates(BYTES("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), "Hello");             /* .4 */
    assert_inflates(BYTES("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"),
                    "Hello");           /* .5 */
    assert_inflates(BYTES("\x00"), ""); /* .6 */
    assert_inflates(BYTES("\x02\x00"), "");
}

static void what_is_no_deflate_is_a_protocol_error(void **unused)
{
    (void)unused;
    assert_refused(1002, PLENTY, BYTES(""));
    assert_refused(1002, PLENTY, BYTES("\xff"));
    assert_refused(1002, PLENTY, BYTES("\x06"));                             /* block type 3 */
    assert_refused(1002, PLENTY, BYTES("\x00\x05\x00\xfa\xfe\x48\x65\x6c")); /* NLEN */
    assert_refused(1002, PLENTY, BYTES("\xf3\x48\xcd\xc9\xc9\x07\x00"));     /* no 0x00 behind */
    assert_refused(1002, PLENTY, BYTES("\xf2\x48\xcd\xc9\xc9\x07\x00\x02")); /* half a block */
    assert_refused(1002, PLENTY, BYTES("{\"type\":\"ping\"}"));
}

static void a_message_that_is_cut_anywhere_is_a_protocol_error(void **unused)
{
    static const char whole[] = "\xf2\x48\xcd\xc9\xc9\x07\x00";
    (void)unused;
    for (size_t length = 0; length < sizeof(whole) - 1; length++)
        assert_refused(1002, PLENTY, whole, length);
}

static void a_distance_before_the_message_is_a_protocol_error(void **unused)
{
    (void)unused;
    /* RFC 7692 §7.2.3.2: the second "Hello" of a sender that took over its context */
    assert_refused(1002, PLENTY, BYTES("\xf2\x00\x11\x00\x00"));
}

/* A text frame around `length` bytes of text with some repetition and some noise. */
static char *text_frame(size_t length, unsigned seed, size_t *ret_length)
{
    char *frame = malloc(CHAT_FRAME_HEADER_MAX + length);
    size_t header = chat_frame_header(frame, CHAT_OPCODE_TEXT, length);
    for (size_t i = 0; i < length; i++) {
        seed = seed * 1664525 + 1013904223;
        frame[header + i] = (char)((seed >> 24) % 8 == 0 ? 'a' + (seed >> 16) % 26 : 'e');
    }
    *ret_length = header + length;
    return frame;
}

static bool is_compressed(const char *frame)
{
    return (frame[0] & 0x40) != 0;
}

static void every_length_comes_back_as_it_was(void **unused)
{
    static const size_t lengths[] = {1,    2,    100,  125,   126,   127,   255,    256,
                                     1000, 4095, 4096, 65535, 65536, 70000, 200000, 900000};
    struct chat_deflater *deflater = chat_deflater_create(1);

    (void)unused;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        const char *run;
        char *message;
        size_t n, frame_length, header = chat_frame_header_length(lengths[i]);
        char *frame = text_frame(lengths[i], (unsigned)i, &frame_length);
        size_t length = chat_deflater_run(deflater, frame, frame_length, &run);
        assert_true(length <= frame_length);
        assert_int_equal(is_compressed(run), length < frame_length);
        assert_true(lengths[i] < 100 || is_compressed(run));
        size_t at = chat_frame_payload_at(run);
        if (is_compressed(run)) {
            assert_int_equal(run[0] & 0xff, 0xc1);
            assert_int_equal(at, chat_frame_header_length(length - at));
            assert_int_equal(inflate_within(lengths[i], run + at, length - at, &message, &n), 0);
            assert_int_equal(n, lengths[i]);
            assert_memory_equal(message, frame + header, n);
            free(message);
        } else {
            assert_memory_equal(run, frame, frame_length);
        }
        free(frame);
    }
    chat_deflater_destroy(deflater);
}

static void messages_from_the_minimum_on_are_compressed(void **unused)
{
    struct chat_deflater *deflater = chat_deflater_create(300);

    (void)unused;
    for (size_t length = 299; length <= 300; length++) {
        const char *run;
        size_t frame_length;
        char *frame = text_frame(length, 1, &frame_length);
        chat_deflater_run(deflater, frame, frame_length, &run);
        assert_int_equal(is_compressed(run), length == 300);
        free(frame);
    }
    chat_deflater_destroy(deflater);
}

static void what_would_not_get_shorter_stays_as_it_is(void **unused)
{
    struct chat_deflater *deflater = chat_deflater_create(1);
    char frame[CHAT_FRAME_HEADER_MAX + 256];
    const char *run;
    size_t header = chat_frame_header(frame, CHAT_OPCODE_TEXT, 256);

    (void)unused;
    for (unsigned i = 0; i < 256; i++)
        frame[header + i] = (char)(i * 167 + 13);
    assert_int_equal(chat_deflater_run(deflater, frame, header + 256, &run), header + 256);
    assert_memory_equal(run, frame, header + 256);
    chat_deflater_destroy(deflater);
}

static void each_frame_of_a_run_is_a_message_of_its_own(void **unused)
{
    struct chat_deflater *deflater = chat_deflater_create(50);
    size_t lengths[3], total = 0;
    char *frames[3], joined[3000];
    const char *run;

    (void)unused;
    for (unsigned i = 0; i < 3; i++) {
        frames[i] = text_frame(i == 1 ? 20 : 900, 7, &lengths[i]);
        memcpy(joined + total, frames[i], lengths[i]);
        total += lengths[i];
    }
    size_t length = chat_deflater_run(deflater, joined, total, &run), at = 0;
    for (unsigned i = 0; i < 3; i++) {
        size_t size = chat_frame_boundary(run + at, length - at, 1);
        size_t payload = chat_frame_payload_at(run + at);
        assert_int_equal(is_compressed(run + at), i != 1);
        if (i != 1) {
            char *message;
            size_t n;
            assert_int_equal(inflate_within(900, run + at + payload, size - payload, &message, &n),
                             0);
            assert_memory_equal(message, frames[i] + chat_frame_payload_at(frames[i]), 900);
            free(message);
        }
        at += size;
    }
    assert_int_equal(at, length);
    assert_int_equal(chat_deflater_run(deflater, joined, 0, &run), 0);
    for (unsigned i = 0; i < 3; i++)
        free(frames[i]);
    chat_deflater_destroy(deflater);
}

static void no_distance_passes_the_window(void **unused)
{
    enum { HALF = 1 << CHAT_DEFLATE_WINDOW_BITS };
    struct chat_deflater *deflater = chat_deflater_create(1);
    size_t frame_length, header = chat_frame_header_length(2 * HALF);
    char *frame = malloc(header + 2 * HALF);
    const char *run;
    unsigned seed = 5;

    (void)unused;
    chat_frame_header(frame, CHAT_OPCODE_TEXT, 2 * HALF);
    for (size_t i = 0; i < HALF; i++) {
        seed = seed * 1664525 + 1013904223;
        frame[header + i] = (char)(seed >> 24);
    }
    memcpy(frame + header + HALF, frame + header, HALF);
    frame_length = header + 2 * HALF;
    /* Its second half repeats the first from just a window away, which zlib does not reach. */
    assert_int_equal(chat_deflater_run(deflater, frame, frame_length, &run), frame_length);
    free(frame);
    chat_deflater_destroy(deflater);
    for (unsigned bits = 8; bits <= 15; bits++)
        assert_int_equal(chat_deflate_fits(bits), bits >= 12);
    assert_true(chat_deflate_fits(0));
}

static void the_limit_counts_inflated_bytes(void **unused)
{
    enum { BOMB = 10 << 20 };
    struct chat_deflater *deflater = chat_deflater_create(1);
    char *frame = malloc(CHAT_FRAME_HEADER_MAX + BOMB), *message;
    size_t header = chat_frame_header(frame, CHAT_OPCODE_TEXT, BOMB), n;
    const char *run;

    (void)unused;
    memset(frame + header, 'x', BOMB);
    size_t length = chat_deflater_run(deflater, frame, header + BOMB, &run);
    size_t at = chat_frame_payload_at(run);
    assert_true(length < BOMB / 100);
    assert_refused(1009, 0, run + at, length - at);
    assert_refused(1009, 65536, run + at, length - at);
    assert_refused(1009, BOMB - 1, run + at, length - at);
    assert_int_equal(inflate_within(BOMB, run + at, length - at, &message, &n), 0);
    assert_int_equal(n, BOMB);
    free(message);
    assert_int_equal(inflate_within(0, BYTES("\x00"), &message, &n), 0);
    assert_int_equal(n, 0);
    free(message);
    free(frame);
    chat_deflater_destroy(deflater);
}

static void a_refused_message_leaves_nothing_to_the_next(void **unused)
{
    struct chat_inflater *inflater = chat_inflater_create();
    const char *message;
    size_t n;

    (void)unused;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(chat_inflater_message(inflater, 10, BYTES("\xff\xff"), &message, &n),
                         1002);
        assert_int_equal(
            chat_inflater_message(inflater, 4, BYTES("\xf2\x48\xcd\xc9\xc9\x07\x00"), &message, &n),
            1009);
        assert_int_equal(
            chat_inflater_message(inflater, 5, BYTES("\xf2\x48\xcd\xc9\xc9\x07\x00"), &message, &n),
            0);
        assert_memory_equal(message, "Hello", 5);
        /* which is no context for what follows */
        assert_int_equal(
            chat_inflater_message(inflater, 10, BYTES("\xf2\x00\x11\x00\x00"), &message, &n), 1002);
    }
    chat_inflater_destroy(inflater);
}

static void the_wire_grants_what_incompressible_messages_take(void **unused)
{
    (void)unused;
    assert_int_equal(chat_inflate_wire_max(0), 64);
    assert_int_equal(chat_inflate_wire_max(65536), 65536 + 16384 + 64);
    assert_true(chat_inflate_wire_max(UINT64_MAX) == UINT64_MAX);
    assert_true(chat_inflate_wire_max(UINT64_MAX - 1) == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_rfc_7692_are_read),
        cmocka_unit_test(what_is_no_deflate_is_a_protocol_error),
        cmocka_unit_test(a_message_that_is_cut_anywhere_is_a_protocol_error),
        cmocka_unit_test(a_distance_before_the_message_is_a_protocol_error),
        cmocka_unit_test(every_length_comes_back_as_it_was),
        cmocka_unit_test(messages_from_the_minimum_on_are_compressed),
        cmocka_unit_test(what_would_not_get_shorter_stays_as_it_is),
        cmocka_unit_test(each_frame_of_a_run_is_a_message_of_its_own),
        cmocka_unit_test(no_distance_passes_the_window),
        cmocka_unit_test(the_limit_counts_inflated_bytes),
        cmocka_unit_test(a_refused_message_leaves_nothing_to_the_next),
        cmocka_unit_test(the_wire_grants_what_incompressible_messages_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
