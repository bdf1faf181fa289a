/* The line that asks the server what was typed. */
#ifndef CHAT_CLI_REQUEST_H
#define CHAT_CLI_REQUEST_H

#include "invocation.h"

/* Returns the line with its end, owned by the caller. */
char *chat_request_line(const struct chat_invocation *invocation, size_t *ret_length);

#endif
