/* What a file or the standard input holds, for an argument that is not typed. */
#ifndef CHAT_CLI_CONTENT_H
#define CHAT_CLI_CONTENT_H

#include "invocation.h"

/* Puts the content in the place of the path, for each argument of that type; white space at its end
 * is left out. Returns 0, or an exit code and a sentence. */
int chat_content_read(struct chat_invocation *invocation, char ret_why[CHAT_INVOCATION_WHY_MAX]);

#endif
