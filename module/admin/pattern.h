/* A shell glob over identifiers. Any thread. */
#ifndef CHAT_ADMIN_PATTERN_H
#define CHAT_ADMIN_PATTERN_H

#include "core/slice.h"

/* NUL follows the pattern; one without bytes matches all. */
bool chat_pattern_matches(struct chat_slice pattern, struct chat_slice id);

#endif
