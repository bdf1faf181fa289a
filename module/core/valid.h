/* The character rules of PROTOCOL §6. Pure; any thread. */
#ifndef CHAT_CORE_VALID_H
#define CHAT_CORE_VALID_H

#include <stdbool.h>
#include <stddef.h>

enum chat_validity {
    CHAT_VALID,
    CHAT_VALID_TOO_SHORT,
    CHAT_VALID_TOO_LONG,
    CHAT_VALID_BAD_CHARACTERS
};

/* 1 to `max` bytes of A-Z a-z 0-9 _ . : @ - */
enum chat_validity chat_valid_id(const char *bytes, size_t length, size_t max);

/* 1 to `max` code points of valid UTF-8: no Cc, no U+202A-202E and U+2066-2069, no
 * White_Space at either end. */
enum chat_validity chat_valid_name(const char *bytes, size_t length, size_t max);

/* 1 to `max` bytes of valid UTF-8: no Cc. */
enum chat_validity chat_valid_words(const char *bytes, size_t length, size_t max);

#endif
