/* top: the server, looked at again and again. */
#ifndef CHAT_CLI_TOP_H
#define CHAT_CLI_TOP_H

#include "invocation.h"
#include "link.h"

/* On a terminal in place, until `q`; in a pipe a line each time; as JSON an object each time.
 * Returns 0, or an exit code and a sentence. */
int chat_top_run(const struct chat_invocation *invocation, enum chat_output output,
                 char ret_why[CHAT_LINK_WHY_MAX]);

#endif
