/* UTF-8 (RFC 3629) as it arrives: validation in steps, decoding and cutting of what is valid.
 * Strict: no overlong form, no surrogate, nothing above U+10FFFF. Pure, any thread. */
#ifndef CHAT_WIRE_UTF8_H
#define CHAT_WIRE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Validates in steps. *state starts at 0, is 0 again at a character's end, and fits a byte.
 * False: what was fed can not become valid UTF-8 whatever follows, and stays so. */
bool chat_utf8_feed(uint32_t *state, const char *bytes, size_t length);

bool chat_utf8_valid(const char *bytes, size_t length);

/* Decodes the first character of valid UTF-8; returns its length in bytes, 0 when there is none. */
size_t chat_utf8_decode(const char *bytes, size_t length, uint32_t *ret_code_point);

/* The greatest length ≤ limit at which valid UTF-8 can be cut without splitting a character. */
size_t chat_utf8_cut(const char *bytes, size_t length, size_t limit);

#endif
