/* The frame parser by vectors, each fed whole, byte by byte and at every split; and the makers of
 * server frames. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "frame_log.h"

static const struct vector {
    const char *name;
    uint64_t max_message;
    const char *bytes;
    size_t length, decided;
    const char *line;
    bool inflates;
} vectors[] = {
#define FRAMES(name, max_message, bytes, decided, line)                                            \
    {#name, max_message, bytes, sizeof(bytes) - 1, decided, line, false},
#define DEFLATE_FRAMES(name, max_message, bytes, decided, line)                                    \
    {#name, max_message, bytes, sizeof(bytes) - 1, decided, line, true},
#include "frame_vectors.def"
};
enum { VECTORS = sizeof(vectors) / sizeof(vectors[0]) };

/* Feeds `first` bytes, then the rest in pieces of `piece`, and compares the line. */
static void assert_line(const struct vector *vector, size_t first, size_t piece)
{
    struct frame_log log;

    frame_log_init(&log, vector->max_message);
    log.parser.inflates = vector->inflates;
    frame_log_feed(&log, vector->bytes, first);
    for (size_t at = first; at < vector->length; at += piece)
        frame_log_feed(&log, vector->bytes + at,
                       vector->length - at < piece ? vector->length - at : piece);
    frame_log_end(&log);
    if (strcmp(log.line, vector->line) != 0)
        fail_msg("%s, %zu then by %zu: %s, not %s", vector->name, first, piece, log.line,
                 vector->line);
    frame_log_finish(&log);
}

static void every_vector_gives_its_line_whole_and_byte_by_byte(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < VECTORS; i++) {
        assert_line(&vectors[i], vectors[i].length, 1);
        assert_line(&vectors[i], 0, 1);
    }
}

static void every_vector_gives_its_line_at_every_split(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < VECTORS; i++)
        for (size_t split = 0; split <= vectors[i].length; split++)
            for (size_t piece = 1; piece <= 9; piece++)
                assert_line(&vectors[i], split, piece);
}

static void an_error_is_reported_at_the_byte_that_decides_it(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < VECTORS; i++) {
        const struct vector *vector = &vectors[i];
        struct frame_log log;
        size_t at = 0;
        frame_log_init(&log, vector->max_message);
        log.parser.inflates = vector->inflates;
        while (at < vector->length && !log.failed)
            frame_log_feed(&log, vector->bytes + at++, 1);
        if ((log.failed ? at : 0) != vector->decided)
            fail_msg("%s: after %zu bytes, not %zu", vector->name, at, vector->decided);
        frame_log_finish(&log);
    }
}

static void an_error_uses_no_byte_behind_the_header_that_caused_it(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < VECTORS; i++) {
        char bytes[256];
        struct chat_frame_parser parser = {.inflates = vectors[i].inflates};
        struct chat_frame_event event;
        size_t used = 0;
        memcpy(bytes, vectors[i].bytes, vectors[i].length);
        do
            used += chat_frame_feed(&parser, vectors[i].max_message, bytes + used,
                                    vectors[i].length - used, &event);
        while (event.kind == CHAT_FRAME_DATA || event.kind == CHAT_FRAME_CONTROL);
        if (event.kind == CHAT_FRAME_ERROR && event.error != 1007)
            assert_int_equal(used, vectors[i].decided);
    }
}

/* A client frame around the payload; returns its length. */
static size_t client_frame(char *out, enum chat_opcode opcode, const char mask[4],
                           const char *payload, size_t length)
{
    size_t header = chat_frame_header(out, opcode, length);

    out[1] = (char)(out[1] | 0x80);
    memcpy(out + header, mask, 4);
    for (size_t i = 0; i < length; i++)
        out[header + 4 + i] = (char)(payload[i] ^ mask[i % 4]);
    return header + 4 + length;
}

static void payload_is_unmasked_at_any_alignment_and_split(void **unused)
{
    static const char mask[4] = {(char)0xA5, 0x3C, (char)0xF0, 0x17};
    char payload[70], wire[16 + 80];

    (void)unused;
    for (size_t i = 0; i < sizeof(payload); i++)
        payload[i] = (char)(i * 37 + 11);
    for (size_t offset = 0; offset < 8; offset++) {
        for (size_t split = 0; split <= sizeof(payload); split++) {
            struct chat_frame_parser parser = {0};
            struct chat_frame_event event;
            char *frame = wire + offset;
            size_t length = client_frame(frame, CHAT_OPCODE_BINARY, mask, payload, sizeof(payload));
            size_t header = length - sizeof(payload);
            size_t used = chat_frame_feed(&parser, 70, frame, header + split, &event);
            assert_int_equal(used, header + split);
            chat_frame_feed(&parser, 70, frame + used, length - used, &event);
            assert_memory_equal(frame + header, payload, sizeof(payload));
        }
    }
}

static void every_length_form_arrives_whole(void **unused)
{
    static const size_t lengths[] = {0, 1, 125, 126, 127, 1000, 65535, 65536, 65537, 200000};
    static const size_t pieces[] = {1, 7, 4096, 300000};

    (void)unused;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        char *payload = malloc(lengths[i] + 1);
        char *frame = malloc(lengths[i] + 14);
        assert_non_null(payload);
        assert_non_null(frame);
        memset(payload, 'x', lengths[i]);
        size_t length = client_frame(frame, CHAT_OPCODE_TEXT, "mask", payload, lengths[i]);
        for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]); p++) {
            struct frame_log log;
            frame_log_init(&log, lengths[i]);
            for (size_t at = 0; at < length; at += pieces[p])
                frame_log_feed(&log, frame + at, length - at < pieces[p] ? length - at : pieces[p]);
            frame_log_end(&log);
            assert_int_equal(log.length, lengths[i] + strlen("text \"\""));
            assert_memory_equal(log.line + strlen("text \""), payload, lengths[i]);
            frame_log_finish(&log);
        }
        free(frame);
        free(payload);
    }
}

static void each_piece_says_where_it_stands_and_what_is_announced(void **unused)
{
    char bytes[] = "\x01\x83\0\0\0\0Hel\x89\x82\0\0\0\0?!\x80\x82\0\0\0\0lo";
    static const struct {
        size_t feed, used, length;
        enum chat_frame_kind kind;
        enum chat_opcode opcode;
        bool first, last;
        uint64_t declared;
        bool in_message;
    } steps[] = {
        {7, 7, 1, CHAT_FRAME_DATA, CHAT_OPCODE_TEXT, true, false, 3, true},
        {4, 2, 2, CHAT_FRAME_DATA, CHAT_OPCODE_TEXT, false, false, 3, true},
        {2, 2, 0, CHAT_FRAME_MORE, CHAT_OPCODE_CONTINUATION, false, false, 0, true},
        {0, 0, 0, CHAT_FRAME_MORE, CHAT_OPCODE_CONTINUATION, false, false, 0, true},
        {5, 5, 1, CHAT_FRAME_CONTROL, CHAT_OPCODE_PING, true, false, 0, true},
        {3, 1, 1, CHAT_FRAME_CONTROL, CHAT_OPCODE_PING, false, true, 0, true},
        {7, 7, 1, CHAT_FRAME_DATA, CHAT_OPCODE_TEXT, false, false, 5, true},
        {1, 1, 1, CHAT_FRAME_DATA, CHAT_OPCODE_TEXT, false, true, 5, false},
        {0, 0, 0, CHAT_FRAME_MORE, CHAT_OPCODE_CONTINUATION, false, false, 0, false},
    };
    struct chat_frame_parser parser = {0};
    size_t at = 0;

    (void)unused;
    assert_false(chat_frame_in_message(&parser));
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct chat_frame_event event;
        assert_int_equal(chat_frame_feed(&parser, 5, bytes + at, steps[i].feed, &event),
                         steps[i].used);
        at += steps[i].used;
        assert_int_equal(event.kind, steps[i].kind);
        assert_int_equal(event.opcode, steps[i].opcode);
        assert_int_equal(event.first, steps[i].first);
        assert_int_equal(event.last, steps[i].last);
        assert_int_equal(event.length, steps[i].length);
        assert_int_equal(event.declared, steps[i].declared);
        assert_int_equal(chat_frame_in_message(&parser), steps[i].in_message);
    }
    assert_int_equal(at, sizeof(bytes) - 1);
}

static void a_limit_lowered_within_a_message_refuses_its_next_fragment(void **unused)
{
    char bytes[] = "\x01\x83\0\0\0\0Hel\x80\x80\0\0\0\0";
    struct chat_frame_parser parser = {0};
    struct chat_frame_event event;

    (void)unused;
    assert_int_equal(chat_frame_feed(&parser, 3, bytes, 9, &event), 9);
    assert_int_equal(event.kind, CHAT_FRAME_DATA);
    assert_int_equal(chat_frame_feed(&parser, 2, bytes + 9, 6, &event), 2);
    assert_int_equal(event.kind, CHAT_FRAME_ERROR);
    assert_int_equal(event.error, 1009);
}

static void a_close_payload_is_read_by_the_rules(void **unused)
{
    static const struct {
        const char *payload;
        size_t length;
        unsigned error, code;
    } cases[] = {
        {"", 0, 0, 1005},
        {"\x03", 1, 1002, 0},
        {"\x03\xe8", 2, 0, 1000},
        {"\x03\xe8 bye", 6, 0, 1000},
        {"\x03\xe8\xff", 3, 1007, 0},
        {"\x03\xe8\xc3", 3, 1007, 0},
        {"\x03\xed\xff", 3, 1002, 0}, /* the code is judged first */
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned code = 0;
        assert_int_equal(chat_frame_close_read(cases[i].payload, cases[i].length, &code),
                         cases[i].error);
        assert_int_equal(code, cases[i].code);
    }
}

static void a_peer_may_send_only_the_codes_of_the_rfc_and_its_registry(void **unused)
{
    static const struct {
        unsigned from, to;
    } allowed[] = {{1000, 1003}, {1007, 1014}, {3000, 4999}};

    (void)unused;
    for (unsigned code = 0; code <= 0xFFFF; code++) {
        char payload[2] = {(char)(code >> 8), (char)(code & 0xFF)};
        unsigned read = 0, expected = 1002;
        for (size_t i = 0; i < 3; i++)
            if (code >= allowed[i].from && code <= allowed[i].to)
                expected = 0;
        assert_int_equal(chat_frame_close_read(payload, 2, &read), expected);
        assert_int_equal(read, expected == 0 ? code : 0);
    }
}

static void a_server_header_has_the_shortest_form(void **unused)
{
    static const struct {
        enum chat_opcode opcode;
        uint64_t payload;
        size_t length;
        const char *bytes;
    } cases[] = {
        {CHAT_OPCODE_TEXT, 0, 2, "\x81\x00"},
        {CHAT_OPCODE_TEXT, 125, 2, "\x81\x7d"},
        {CHAT_OPCODE_TEXT, 126, 4, "\x81\x7e\x00\x7e"},
        {CHAT_OPCODE_BINARY, 0x1234, 4, "\x82\x7e\x12\x34"},
        {CHAT_OPCODE_TEXT, 65535, 4, "\x81\x7e\xff\xff"},
        {CHAT_OPCODE_TEXT, 65536, 10, "\x81\x7f\0\0\0\0\0\1\0\0"},
        {CHAT_OPCODE_BINARY, 0x0102030405060708, 10, "\x82\x7f\1\2\3\4\5\6\7\x08"},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[CHAT_FRAME_HEADER_MAX];
        assert_int_equal(chat_frame_header_length(cases[i].payload), cases[i].length);
        assert_int_equal(chat_frame_header(out, cases[i].opcode, cases[i].payload),
                         cases[i].length);
        assert_memory_equal(out, cases[i].bytes, cases[i].length);
    }
}

static void control_frames_are_made_whole(void **unused)
{
    char out[CHAT_FRAME_CONTROL_MAX], payload[125];

    (void)unused;
    assert_int_equal(chat_frame_close(out, 0, NULL, 0), 2);
    assert_memory_equal(out, "\x88\x00", 2);
    assert_int_equal(chat_frame_close(out, 1001, NULL, 0), 4);
    assert_memory_equal(out, "\x88\x02\x03\xe9", 4);
    assert_int_equal(chat_frame_close(out, 4013, "slow_consumer", 13), 17);
    assert_memory_equal(out, "\x88\x0f\x0f\xadslow_consumer", 17);
    assert_int_equal(chat_frame_ping(out, NULL, 0), 2);
    assert_memory_equal(out, "\x89\x00", 2);
    memset(payload, 'p', sizeof(payload));
    assert_int_equal(chat_frame_pong(out, payload, sizeof(payload)), 127);
    assert_memory_equal(out, "\x8a\x7d", 2);
    assert_memory_equal(out + 2, payload, sizeof(payload));
}

static void a_close_reason_is_cut_at_a_character(void **unused)
{
    char out[CHAT_FRAME_CONTROL_MAX], reason[130];

    (void)unused;
    memset(reason, 'a', sizeof(reason));
    assert_int_equal(chat_frame_close(out, 4101, reason, 123), 127);
    assert_int_equal(chat_frame_close(out, 4101, reason, 124), 127);
    memcpy(reason + 121, "\xe2\x82\xac", 3); /* bytes 122 to 124 */
    assert_int_equal(chat_frame_close(out, 4101, reason, sizeof(reason)), 4 + 121);
    memcpy(reason + 120,
           "\xe2\x82\xac"
           "a",
           4); /* bytes 121 to 123 */
    assert_int_equal(chat_frame_close(out, 4101, reason, sizeof(reason)), 127);
    assert_memory_equal(out + 4, reason, 123);
}

static void boundaries_of_a_run_are_found_from_any_offset(void **unused)
{
    static const size_t payloads[] = {0, 1, 125, 126, 65535, 0, 65536, 3};
    enum { FRAMES = sizeof(payloads) / sizeof(payloads[0]) };
    size_t ends[FRAMES + 1] = {0}, length = 0, frame = 0;
    char *run = calloc(1, 140000);

    (void)unused;
    assert_non_null(run);
    for (size_t i = 0; i < FRAMES; i++) {
        length += chat_frame_header(run + length, CHAT_OPCODE_TEXT, payloads[i]) + payloads[i];
        ends[i + 1] = length;
    }
    for (size_t offset = 0; offset <= length; offset++) {
        if (offset > ends[frame])
            frame++;
        assert_int_equal(chat_frame_boundary(run, length, offset), ends[frame]);
    }
    assert_int_equal(chat_frame_boundary(NULL, 0, 0), 0);
    free(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_gives_its_line_whole_and_byte_by_byte),
        cmocka_unit_test(every_vector_gives_its_line_at_every_split),
        cmocka_unit_test(an_error_is_reported_at_the_byte_that_decides_it),
        cmocka_unit_test(an_error_uses_no_byte_behind_the_header_that_caused_it),
        cmocka_unit_test(payload_is_unmasked_at_any_alignment_and_split),
        cmocka_unit_test(every_length_form_arrives_whole),
        cmocka_unit_test(each_piece_says_where_it_stands_and_what_is_announced),
        cmocka_unit_test(a_limit_lowered_within_a_message_refuses_its_next_fragment),
        cmocka_unit_test(a_close_payload_is_read_by_the_rules),
        cmocka_unit_test(a_peer_may_send_only_the_codes_of_the_rfc_and_its_registry),
        cmocka_unit_test(a_server_header_has_the_shortest_form),
        cmocka_unit_test(control_frames_are_made_whole),
        cmocka_unit_test(a_close_reason_is_cut_at_a_character),
        cmocka_unit_test(boundaries_of_a_run_are_found_from_any_offset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
