/* What outlives a restart (state/), and this server: opened before the workers attach, copied by
 * each of them, swept from time to time. */
#ifndef CHAT_NET_KEPT_H
#define CHAT_NET_KEPT_H

#include "core/slice.h"

#include <stdint.h>

struct chat_worker;
struct chatd;

/* On the worker's thread, before it serves: its copy of the bans and mutes, and the rooms at home
 * here that never end. */
void chat_kept_restore(struct chat_worker *worker);

/* A room that never ends, if its home is here and it is not there yet. `max_members` 0:
 * rooms.max_members. */
void chat_kept_make_room(struct chat_worker *worker, struct chat_slice id, struct chat_slice name,
                         uint32_t max_members);

/* Admin loop, while the admin server is open: from time to time what is over is swept. */
void chat_kept_open(struct chatd *chatd);
void chat_kept_close(struct chatd *chatd);
/* Bans and mutes that are over leave the state, some at a time, then the workers. */
void chat_kept_sweep(struct chatd *chatd);

#endif
