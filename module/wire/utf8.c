/* Owns the rules of UTF-8 (RFC 3629 §4). Pure, any thread.
 * Which characters a field may hold is for the field rules to say, not for this file. */
#include "wire/utf8.h"

#include <assert.h>
#include <string.h>

/* The automaton; an arrow without a target fails, and FAILED has no way out.
 *
 *   START ─ 00..7F ─▶ START
 *         ─ C2..DF ─▶ TAIL1 ─ 80..BF ─▶ START
 *         ─ E1..EF ─▶ TAIL2 ─ 80..BF ─▶ TAIL1            (ED apart)
 *         ─ F1..F3 ─▶ TAIL3 ─ 80..BF ─▶ TAIL2
 *         ─ E0 ─▶ AFTER_E0 ─ A0..BF ─▶ TAIL1             (else overlong)
 *         ─ ED ─▶ AFTER_ED ─ 80..9F ─▶ TAIL1             (else a surrogate)
 *         ─ F0 ─▶ AFTER_F0 ─ 90..BF ─▶ TAIL2             (else overlong)
 *         ─ F4 ─▶ AFTER_F4 ─ 80..8F ─▶ TAIL2             (else above U+10FFFF)
 *
 * A state is the place, in bits, of its own successor in the word that a byte selects: one step is
 * one load and one shift, without a branch. Nine successors of six bits fit a word. */
enum {
    FAILED = 0,
    START = 6,
    TAIL1 = 12,
    TAIL2 = 18,
    TAIL3 = 24,
    AFTER_E0 = 30,
    AFTER_ED = 36,
    AFTER_F0 = 42,
    AFTER_F4 = 48,
    STATE_MASK = 63,
};

#define GO(from, to) ((uint64_t)(to) << (from))
#define TAILS        (GO(TAIL1, START) | GO(TAIL2, TAIL1) | GO(TAIL3, TAIL2))

static const uint64_t successors[256] = {
    [0x00 ... 0x7F] = GO(START, START),
    [0x80 ... 0x8F] = TAILS | GO(AFTER_ED, TAIL1) | GO(AFTER_F4, TAIL2),
    [0x90 ... 0x9F] = TAILS | GO(AFTER_ED, TAIL1) | GO(AFTER_F0, TAIL2),
    [0xA0 ... 0xBF] = TAILS | GO(AFTER_E0, TAIL1) | GO(AFTER_F0, TAIL2),
    [0xC2 ... 0xDF] = GO(START, TAIL1),
    [0xE0] = GO(START, AFTER_E0),
    [0xE1 ... 0xEC] = GO(START, TAIL2),
    [0xED] = GO(START, AFTER_ED),
    [0xEE ... 0xEF] = GO(START, TAIL2),
    [0xF0] = GO(START, AFTER_F0),
    [0xF1 ... 0xF3] = GO(START, TAIL3),
    [0xF4] = GO(START, AFTER_F4),
};

static uint64_t step(uint64_t at, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        at = successors[(uint8_t)bytes[i]] >> (at & STATE_MASK);
    return at & STATE_MASK;
}

bool chat_utf8_feed(uint32_t *state, const char *bytes, size_t length)
{
    /* Outside, 0 is the start, so that a zeroed owner is ready; inside, 0 is what no row names. */
    uint64_t at = *state ^ START;

    for (; length >= 8; bytes += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        if (at == START && (word & UINT64_C(0x8080808080808080)) == 0)
            continue;
        at = step(at, bytes, 8);
        if (at == FAILED)
            break;
    }
    if (at != FAILED)
        at = step(at, bytes, length);
    *state = (uint32_t)at ^ START;
    return at != FAILED;
}

bool chat_utf8_valid(const char *bytes, size_t length)
{
    uint32_t state = 0;
    return chat_utf8_feed(&state, bytes, length) && state == 0;
}

size_t chat_utf8_decode(const char *bytes, size_t length, uint32_t *ret_code_point)
{
    if (length == 0)
        return 0;
    uint8_t lead = (uint8_t)bytes[0];
    size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    assert(size <= length);
    uint32_t point = size == 1 ? lead : lead & (0x7FU >> size);
    for (size_t i = 1; i < size; i++)
        point = point << 6 | ((uint8_t)bytes[i] & 0x3FU);
    *ret_code_point = point;
    return size;
}

size_t chat_utf8_cut(const char *bytes, size_t length, size_t limit)
{
    if (limit >= length)
        return length;
    while (limit > 0 && ((uint8_t)bytes[limit] & 0xC0) == 0x80)
        limit--;
    return limit;
}
