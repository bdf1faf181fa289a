/* JSON values by hand, as yajl would write them. Pure. */
#include "proto/spell.h"

#include <stdbool.h>

static bool needs_escape(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

/* One of eight bytes is below 0x20, a quote or a backslash (or, harmlessly, not ASCII). */
static bool may_need_escape(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');
    return (((word - ones * 0x20) | (quote - ones) | (backslash - ones)) & ~word & high) != 0;
}

static char *spell_escape(char *out, unsigned char c)
{
    static const char digits[] = "0123456789ABCDEF";
    static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* the character, then its letter */

    *out++ = '\\';
    for (const char *p = shorts; *p != '\0'; p += 2) {
        if ((unsigned char)*p == c) {
            *out++ = p[1];
            return out;
        }
    }
    memcpy(out, "u00", 3);
    out[3] = digits[c >> 4];
    out[4] = digits[c & 0xf];
    return out + 5;
}

static char *spell_bytes(char *out, const char *p, const char *end)
{
    for (; p < end; p++) {
        if (needs_escape((unsigned char)*p))
            out = spell_escape(out, (unsigned char)*p);
        else
            *out++ = *p;
    }
    return out;
}

char *chat_spell_string(char *out, struct chat_slice text)
{
    const char *p = text.length == 0 ? "" : text.bytes, *end = p + text.length;

    *out++ = '"';
    for (; end - p >= 8; p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        if (may_need_escape(word)) {
            out = spell_bytes(out, p, p + 8);
        } else {
            memcpy(out, &word, 8);
            out += 8;
        }
    }
    out = spell_bytes(out, p, end);
    *out++ = '"';
    return out;
}

char *chat_spell_integer(char *out, int64_t value)
{
    char digits[20], *p = digits + sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do
        *--p = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (value < 0)
        *--p = '-';
    size_t length = (size_t)(digits + sizeof(digits) - p);
    memcpy(out, p, length);
    return out + length;
}
