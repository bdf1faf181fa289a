/* A run of bytes that somebody else owns; `bytes` is NULL where there is none (an absent member).
 */
#ifndef CHAT_CORE_SLICE_H
#define CHAT_CORE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct chat_slice {
    const char *bytes;
    size_t length;
};

/* Whole frames, one behind the other, as they stand in a ring: at its end they are cut. */
struct chat_run {
    struct chat_slice parts[2];
    uint32_t frames;
};

static inline size_t chat_run_length(const struct chat_run *run)
{
    return run->parts[0].length + run->parts[1].length;
}

/* For string literals only. */
#define CHAT_SLICE(literal)                                                                        \
    (struct chat_slice)                                                                            \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

/* Of a text with an end; NULL: none. */
static inline struct chat_slice chat_slice_of(const char *text)
{
    return (struct chat_slice){text, text == NULL ? 0 : strlen(text)};
}

static inline bool chat_slice_equal(struct chat_slice a, struct chat_slice b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

#endif
