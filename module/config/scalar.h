/* Words, numbers, and numbers with a unit: the types before CHAT_TYPE_TEXT. Pure; any thread. */
#ifndef CHAT_CONFIG_SCALAR_H
#define CHAT_CONFIG_SCALAR_H

#include "config/option.h"

#include <stddef.h>
#include <stdint.h>

enum { CHAT_SCALAR_TEXT_MAX = 32 };

/* As chat_value_read(): NULL and the number, or what is wrong with the text. */
const char *chat_scalar_read(const struct chat_option *row, const char *text, size_t length,
                             uint64_t *ret);

/* A text that is read as the number. */
void chat_scalar_spell(const struct chat_option *row, uint64_t number,
                       char ret[static CHAT_SCALAR_TEXT_MAX]);

/* What the row takes, as chat_value_describe() says it. */
void chat_scalar_describe(const struct chat_option *row, char *ret, size_t size);

#endif
