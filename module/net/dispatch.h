/* The chat as the application of a worker's connections: messages become requests and go to their
 * destinations, in the order that PROTOCOL §3 demands. Worker thread. */
#ifndef CHAT_NET_DISPATCH_H
#define CHAT_NET_DISPATCH_H

#include "core/membership.h"
#include "net/worker.h"

extern const struct chat_conn_app chat_dispatch_app;

/* At the room's home: a connection there or elsewhere is no more. `ticket`: of the kick that ended
 * it, whose asker is told, or 0. */
void chat_dispatch_gone(struct chat_worker *worker, uint64_t conn, struct chat_slice room_id,
                        struct chat_slice user_id, enum chat_departure departure, uint32_t ticket);

/* The connection's seat in the room is given up, and it is told that it was put out. The ticket of
 * a query is settled at the home; 0: nobody waits. */
void chat_dispatch_put_out(struct chat_conn *conn, struct chat_slice room_id,
                           enum chat_departure departure, struct chat_slice reason,
                           uint32_t ticket);

#endif
