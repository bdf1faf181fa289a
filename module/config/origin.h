/* Which origins may open a WebSocket (PROTOCOL §9): an exact one, or *.DOMAIN for https on its
 * usual port at any depth below DOMAIN. Pure; any thread. */
#ifndef CHAT_CONFIG_ORIGIN_H
#define CHAT_CONFIG_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

/* What is wrong with a pattern of the configuration, or NULL. */
const char *chat_origin_wrong(const char *pattern, size_t length);

/* Is it this origin? The pattern is right; the origin, a header's value, may be anything. */
bool chat_origin_matches(const char *pattern, const char *origin, size_t length);

#endif
