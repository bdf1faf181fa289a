/* listen.address: an IPv4 or IPv6 address, or unix:/path. Pure; any thread. */
#ifndef CHAT_CONFIG_ENDPOINT_H
#define CHAT_CONFIG_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

/* The path of a Unix socket stands behind it. */
#define CHAT_UNIX_PREFIX "unix:"
enum { CHAT_UNIX_PATH_MAX = 107 };

bool chat_endpoint_is_unix(const char *text, size_t length);

/* Returns what is wrong with it, or NULL and owned its one spelling. */
const char *chat_endpoint_read(const char *text, size_t length, char **ret);

#endif
