/* The character rules of PROTOCOL §6. The bytes are valid UTF-8: proto has seen to that. */
#include "core/valid.h"

#include <stdint.h>

static bool is_id_byte(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == ':' || c == '@' || c == '-';
}

enum chat_validity chat_valid_id(const char *bytes, size_t length, size_t max)
{
    if (length == 0)
        return CHAT_VALID_TOO_SHORT;
    if (length > max)
        return CHAT_VALID_TOO_LONG;
    for (size_t i = 0; i < length; i++)
        if (!is_id_byte((unsigned char)bytes[i]))
            return CHAT_VALID_BAD_CHARACTERS;
    return CHAT_VALID;
}

/* Of valid UTF-8; returns the bytes used. */
static size_t decode(const unsigned char *p, uint32_t *ret_code_point)
{
    static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    uint32_t c = p[0] & masks[n];
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3f);
    *ret_code_point = c;
    return n;
}

/* The property White_Space of Unicode. */
static bool is_white_space(uint32_t c)
{
    return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
           c == 0x205f || c == 0x3000;
}

/* Category Cc. */
static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f);
}

/* Those, and the characters that turn the direction of the text around them. */
static bool is_forbidden_in_names(uint32_t c)
{
    return is_control(c) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

enum chat_validity chat_valid_name(const char *bytes, size_t length, size_t max)
{
    const unsigned char *p = (const unsigned char *)bytes, *end = p + length;
    size_t n = 0;
    bool bad = false;
    uint32_t c = 0;

    if (length == 0)
        return CHAT_VALID_TOO_SHORT;
    for (; p < end; n++) {
        p += decode(p, &c);
        bad |= is_forbidden_in_names(c) || (n == 0 && is_white_space(c));
    }
    if (n > max)
        return CHAT_VALID_TOO_LONG;
    return bad || is_white_space(c) ? CHAT_VALID_BAD_CHARACTERS : CHAT_VALID;
}

enum chat_validity chat_valid_words(const char *bytes, size_t length, size_t max)
{
    const unsigned char *p = (const unsigned char *)bytes, *end = p + length;
    uint32_t c = 0;

    if (length == 0)
        return CHAT_VALID_TOO_SHORT;
    if (length > max)
        return CHAT_VALID_TOO_LONG;
    while (p < end) {
        p += decode(p, &c);
        if (is_control(c))
            return CHAT_VALID_BAD_CHARACTERS;
    }
    return CHAT_VALID;
}
