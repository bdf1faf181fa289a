/* What an administrator does with the rooms at home here, and the rows that answer it. Home worker.
 */
#ifndef CHAT_NET_ROOMS_H
#define CHAT_NET_ROOMS_H

#include "net/worker.h"

/* A ROOM row of a room that never ends, if its home is here; it may have been there. */
void chat_rooms_make(struct chat_worker *worker, uint32_t ticket, struct chat_slice id,
                     struct chat_slice name, uint32_t max_members);

/* A CLOSED row: the room has ended, or is one of the configuration and never ends; none: it is not
 * here. */
void chat_rooms_close(struct chat_worker *worker, uint32_t ticket, struct chat_slice id,
                      struct chat_slice reason);

#endif
