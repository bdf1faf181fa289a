/* What is said to everyone: encoded once a worker, compressed once for those who hear it so, and
 * given to the connections one by one, over as many turns as the query needs. Worker thread. */
#ifndef CHAT_NET_ANNOUNCEMENT_H
#define CHAT_NET_ANNOUNCEMENT_H

#include "core/slice.h"

#include <stdbool.h>

struct chat_announcement;
struct chat_conn;
struct chat_worker;

/* Returns owned; destroy takes it, NULL too. */
struct chat_announcement *chat_announcement_create(struct chat_worker *worker,
                                                   struct chat_slice text);
void chat_announcement_destroy(struct chat_announcement *announcement);

/* False: the connection is about to end and is told nothing more. */
bool chat_announcement_give(const struct chat_announcement *announcement, struct chat_conn *conn);

#endif
