/* UTF-8 validation, decoding and cutting, against a naive reader written from RFC 3629's table of
 * code points. Every sequence is fed whole, byte by byte and behind a run of ASCII. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "wire/utf8.h"

enum verdict { VALID, UNFINISHED, INVALID };

static size_t encode(uint32_t point, char out[4])
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--, point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3F));
    out[0] = (char)(0xF00 >> size | point);
    return size;
}

/* Can the bytes begin the encoding of a scalar value from `low` to `high`? Compares with the
 * encodings of both ends, as UTF-8 sorts like the code points do. */
static bool begins_one_of(const char *bytes, size_t length, uint32_t low, uint32_t high)
{
    char first[4], last[4];
    size_t size = encode(low, first);
    size_t known = length < size ? length : size;

    encode(high, last);
    if (memcmp(bytes, first, known) < 0 || memcmp(bytes, last, known) > 0)
        return false;
    for (size_t i = 1; i < known; i++)
        if (((uint8_t)bytes[i] & 0xC0) != 0x80)
            return false;
    return true;
}

static enum verdict judge(const char *bytes, size_t length)
{
    static const struct {
        uint32_t low, high;
        size_t size;
    } ranges[] = {{0, 0x7F, 1},
                  {0x80, 0x7FF, 2},
                  {0x800, 0xD7FF, 3},
                  {0xE000, 0xFFFF, 3},
                  {0x10000, 0x10FFFF, 4}};

    while (length > 0) {
        size_t i = 0;
        while (i < 5 && !begins_one_of(bytes, length, ranges[i].low, ranges[i].high))
            i++;
        if (i == 5)
            return INVALID;
        if (length < ranges[i].size)
            return UNFINISHED;
        bytes += ranges[i].size;
        length -= ranges[i].size;
    }
    return VALID;
}

static enum verdict fed_in_pieces(const char *bytes, size_t length, size_t piece)
{
    uint32_t state = 0;

    for (size_t from = 0; from < length; from += piece) {
        size_t count = length - from < piece ? length - from : piece;
        if (!chat_utf8_feed(&state, bytes + from, count)) {
            assert_false(chat_utf8_feed(&state, "a", 1));
            return INVALID;
        }
        assert_true(state <= UINT8_MAX);
        /* Fail fast: what is accepted so far can still become valid. */
        assert_int_not_equal(judge(bytes, from + count), INVALID);
    }
    return state == 0 ? VALID : UNFINISHED;
}

/* Whole, byte by byte, and with 0 to 8 bytes of ASCII before it, so that every byte of the
 * sequence falls on every place of an eight-byte step. ASCII behind it ends what is unfinished. */
static void assert_verdict(const char *bytes, size_t length, enum verdict expected)
{
    char padded[32];

    assert_int_equal(fed_in_pieces(bytes, length, length + 1), expected);
    assert_int_equal(fed_in_pieces(bytes, length, 1), expected);
    for (size_t before = 0; before <= 8; before++) {
        uint32_t state = 0;
        memset(padded, 'a', sizeof(padded));
        memcpy(padded + before, bytes, length);
        assert_int_equal(chat_utf8_feed(&state, padded, before + length), expected != INVALID);
        assert_int_equal(chat_utf8_valid(padded, before + length), expected == VALID);
        state = 0;
        assert_int_equal(chat_utf8_feed(&state, padded, before + length + 8), expected == VALID);
    }
}

static void every_character_is_valid_and_decodes_to_itself(void **unused)
{
    (void)unused;
    for (uint32_t point = 0; point <= 0x10FFFF; point++) {
        char bytes[4];
        uint32_t decoded;
        size_t size = encode(point, bytes);
        bool surrogate = point >= 0xD800 && point <= 0xDFFF;
        assert_int_equal(chat_utf8_valid(bytes, size), !surrogate);
        if (surrogate)
            continue;
        assert_int_equal(chat_utf8_decode(bytes, size, &decoded), size);
        assert_int_equal(decoded, point);
    }
}

static void nothing_above_the_last_character_is_valid(void **unused)
{
    (void)unused;
    for (uint32_t point = 0x110000; point <= 0x1FFFFF; point += 0x11) {
        char bytes[4];
        assert_false(chat_utf8_valid(bytes, encode(point, bytes)));
    }
}

static void every_sequence_at_the_borders_is_judged_like_the_table(void **unused)
{
    static const uint8_t borders[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                      0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED,
                                      0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
    enum { COUNT = sizeof(borders) };

    (void)unused;
    for (size_t code = 0; code < (size_t)COUNT * COUNT * COUNT * COUNT; code++) {
        char bytes[4];
        uint32_t state = 0;
        for (size_t i = 0, rest = code; i < 4; i++, rest /= COUNT)
            bytes[i] = (char)borders[rest % COUNT];
        enum verdict expected = judge(bytes, 4);
        bool accepted = chat_utf8_feed(&state, bytes, 4);
        if (accepted != (expected != INVALID) || (state == 0) != (expected == VALID))
            fail_msg("%02x %02x %02x %02x", (uint8_t)bytes[0], (uint8_t)bytes[1], (uint8_t)bytes[2],
                     (uint8_t)bytes[3]);
    }
}

static void every_pair_of_bytes_is_judged_like_the_table(void **unused)
{
    (void)unused;
    for (unsigned pair = 0; pair <= 0xFFFF; pair++) {
        char bytes[2] = {(char)(pair >> 8), (char)(pair & 0xFF)};
        assert_verdict(bytes, 2, judge(bytes, 2));
    }
}

static void known_cases_are_judged_at_any_split(void **unused)
{
    static const struct {
        const char *bytes;
        enum verdict expected;
    } cases[] = {
        {"", VALID},
        {"\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5", VALID}, /* κόσμε */
        {"\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x80", VALID}, /* joined by U+200D */
        {"\xEF\xBF\xBF", VALID},                                 /* a noncharacter is a scalar */
        {"\xED\x9F\xBF\xEE\x80\x80", VALID},                     /* beside the surrogates */
        {"\xF4\x8F\xBF\xBF", VALID},
        {"\xF4\x90\x80\x80", INVALID},         /* U+110000 */
        {"\xED\xA0\x80", INVALID},             /* a surrogate */
        {"\xED\xA0\xBD\xED\xB8\x80", INVALID}, /* a pair of them (CESU-8) */
        {"\xC0\xAF", INVALID},                 /* overlong in 2, 3, 4 bytes */
        {"\xE0\x80\xAF", INVALID},
        {"\xF0\x80\x80\xAF", INVALID},
        {"\xC1\xBF", INVALID},
        {"\xE0\x9F\xBF", INVALID},
        {"\xF0\x8F\xBF\xBF", INVALID},
        {"\xC0\x80", INVALID}, /* the NUL of other encodings */
        {"\x80", INVALID},     /* a tail alone */
        {"a\xBF", INVALID},
        {"\xFE", INVALID},
        {"\xFF", INVALID},
        {"\xF8\x88\x80\x80\x80", INVALID}, /* forms of 5 and 6 bytes */
        {"\xFC\x84\x80\x80\x80\x80", INVALID},
        {"\xC3(", INVALID}, /* cut short by ASCII */
        {"\xE2\x82(", INVALID},
        {"\xF0\x9F\x98(", INVALID},
        {"\xC3", UNFINISHED},
        {"\xE2\x82", UNFINISHED},
        {"\xF0\x9F\x98", UNFINISHED},
        {"\xE0", UNFINISHED},
        {"\xED\x9F", UNFINISHED},
        {"\xF4\x8F\xBF", UNFINISHED},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(judge(cases[i].bytes, strlen(cases[i].bytes)), cases[i].expected);
        assert_verdict(cases[i].bytes, strlen(cases[i].bytes), cases[i].expected);
    }
}

static void long_text_is_valid_at_any_split_and_breaks_at_any_byte(void **unused)
{
    static const char text[] = "plain ASCII of some length, then \xC3\xA9t\xC3\xA9, \xE2\x82\xAC, "
                               "\xF0\x9F\x98\x80\xF0\x9F\x98\x80 and plain again";
    size_t length = sizeof(text) - 1;

    (void)unused;
    for (size_t split = 0; split <= length; split++) {
        uint32_t state = 0;
        assert_true(chat_utf8_feed(&state, text, split));
        assert_true(chat_utf8_feed(&state, text + split, length - split));
        assert_int_equal(state, 0);
    }
    for (size_t broken = 0; broken < length; broken++) {
        char copy[sizeof(text)];
        memcpy(copy, text, sizeof(text));
        copy[broken] = (char)0xFF;
        assert_false(chat_utf8_valid(copy, length));
    }
}

/* The exact allocation lets a sanitizer see a read behind it. */
static void nothing_behind_the_bytes_is_read(void **unused)
{
    (void)unused;
    for (size_t length = 1; length <= 40; length++) {
        char *exact = malloc(length);
        assert_non_null(exact);
        memset(exact, 'x', length);
        exact[length - 1] = (char)0xC3;
        uint32_t state = 0;
        assert_true(chat_utf8_feed(&state, exact, length));
        assert_int_not_equal(state, 0);
        free(exact);
    }
}

static void text_is_decoded_character_by_character(void **unused)
{
    static const char text[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
    static const uint32_t expected[] = {'a', 0xE9, 0x20AC, 0x1F600};
    size_t at = 0, count = 0, size;
    uint32_t point = 0;

    (void)unused;
    while ((size = chat_utf8_decode(text + at, sizeof(text) - 1 - at, &point)) > 0) {
        assert_int_equal(point, expected[count++]);
        at += size;
    }
    assert_int_equal(count, 4);
    assert_int_equal(at, sizeof(text) - 1);
}

static void a_cut_falls_between_characters(void **unused)
{
    static const char text[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
    static const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};

    (void)unused;
    for (size_t limit = 0; limit < sizeof(expected) / sizeof(expected[0]); limit++)
        assert_int_equal(chat_utf8_cut(text, sizeof(text) - 1, limit), expected[limit]);
    assert_int_equal(chat_utf8_cut("a\x80", 1, 1), 1); /* what lies behind is not looked at */
    assert_int_equal(chat_utf8_cut(NULL, 0, 123), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_is_valid_and_decodes_to_itself),
        cmocka_unit_test(nothing_above_the_last_character_is_valid),
        cmocka_unit_test(every_sequence_at_the_borders_is_judged_like_the_table),
        cmocka_unit_test(every_pair_of_bytes_is_judged_like_the_table),
        cmocka_unit_test(known_cases_are_judged_at_any_split),
        cmocka_unit_test(long_text_is_valid_at_any_split_and_breaks_at_any_byte),
        cmocka_unit_test(nothing_behind_the_bytes_is_read),
        cmocka_unit_test(text_is_decoded_character_by_character),
        cmocka_unit_test(a_cut_falls_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
