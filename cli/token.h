/* A token as the service that knows the users would sign it, for tests of a configuration. */
#ifndef CHAT_CLI_TOKEN_H
#define CHAT_CLI_TOKEN_H

#include "invocation.h"

#include <stdio.h>

/* Prints the token on a line. Returns 0, or an exit code and a sentence. */
int chat_token_make(FILE *out, const struct chat_invocation *invocation,
                    char ret_why[CHAT_INVOCATION_WHY_MAX]);

#endif
