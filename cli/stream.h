/* A command whose answer is a line for each thing that happens. */
#ifndef CHAT_CLI_STREAM_H
#define CHAT_CLI_STREAM_H

#include "invocation.h"
#include "node.h"

/* One thing, as the output wants it; each is printed at once. The first one only says that the
 * server listens now: where there is a header it is printed then. `answer` is the line that the
 * data is of. */
void chat_stream_put(const struct chat_invocation *invocation, enum chat_output output,
                     const char *answer, const struct chat_node *data);

#endif
