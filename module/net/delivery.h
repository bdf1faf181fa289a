/* What the homes' answers do on the connection's own worker: the far half of core/port.h. The order
 * of DESIGN §3 is kept here. Worker thread. */
#ifndef CHAT_NET_DELIVERY_H
#define CHAT_NET_DELIVERY_H

#include "net/worker.h"

void chat_deliver_reply(struct chat_worker *worker, uint64_t to, struct chat_slice frames);
void chat_deliver_seat(struct chat_worker *worker, uint64_t to, uint64_t room,
                       struct chat_slice room_id, struct chat_slice frames);
/* What the room said before the connection was seated. */
void chat_deliver_replay(struct chat_worker *worker, uint64_t to, const struct chat_run *frames);
void chat_deliver_unseat(struct chat_worker *worker, uint64_t to, uint64_t room,
                         struct chat_slice frames);
void chat_deliver_replace(struct chat_worker *worker, uint64_t to, uint64_t room);
void chat_deliver_event(struct chat_worker *worker, uint64_t room, uint64_t cause,
                        struct chat_slice frames);
void chat_deliver_close(struct chat_worker *worker, uint64_t room, struct chat_slice frames);
void chat_deliver_whisper(struct chat_worker *worker, uint64_t room, uint64_t from,
                          struct chat_slice frames);
void chat_deliver_complete(struct chat_worker *worker, uint64_t to);

/* A letter of any worker, for any of the above or for the rooms at home here. */
void chat_deliver_letter(struct chat_worker *worker, const struct chat_letter *letter);

#endif
