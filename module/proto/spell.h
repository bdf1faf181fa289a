/* JSON values spelled into memory that is surely enough: for the fixed shapes of events, which need
 * no writer. Pure; any thread. */
#ifndef CHAT_PROTO_SPELL_H
#define CHAT_PROTO_SPELL_H

#include "core/slice.h"

#include <stdint.h>

/* Spells a string at `out`, in quotes, and returns its end; there must be room for 2 bytes and 6
 * for each of the text's. The same spelling as the writer's, for shapes that need no writer.
 * Borrows valid UTF-8. */
char *chat_spell_string(char *out, struct chat_slice text);
/* The same for an integer, at most 20 bytes. */
char *chat_spell_integer(char *out, int64_t value);

#endif
