/* One option's value: from its text to its member, by the type and bounds of its row. Pure; any
 * thread. */
#ifndef CHAT_CONFIG_VALUE_H
#define CHAT_CONFIG_VALUE_H

#include "config/option.h"

#include <stddef.h>
#include <stdint.h>

struct chat_value {
    uint64_t number; /* bool, count, bytes, milliseconds, enum: all but strings */
    char *text;      /* owned; NULL but for strings */
};

/* Returns NULL and the value in ret, or a static text that says what is wrong with it: it follows
 * the quoted text. The row is not a list's. */
const char *chat_value_read(const struct chat_option *row, const char *text, size_t length,
                            struct chat_value *ret);

/* Says in ret what the row takes: "1ms to 7d (ms, s, min, h, d), or 0 = off". */
void chat_value_describe(const struct chat_option *row, char *ret, size_t size);

/* Takes the value into the row's member of owner and frees what was there. */
void chat_value_store(const struct chat_option *row, void *owner, struct chat_value value);

/* Returns an owned copy, terminated. */
char *chat_value_copy(const char *text, size_t length);

#endif
