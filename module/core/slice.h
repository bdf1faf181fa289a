/* A run of bytes that somebody else owns; `bytes` is NULL where there is none (an absent member).
 */
#ifndef CHAT_CORE_SLICE_H
#define CHAT_CORE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct chat_slice {
    const char *bytes;
    size_t length;
};

/* For string literals only. */
#define CHAT_SLICE(literal)                                                                        \
    (struct chat_slice)                                                                            \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

static inline bool chat_slice_equal(struct chat_slice a, struct chat_slice b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

#endif
