/* What a worker makes of a configuration, at its start and when another takes its place. Worker
 * thread, between turns; nothing of it grows with connections or rooms. */
#ifndef CHAT_NET_TUNE_H
#define CHAT_NET_TUNE_H

#include "core/slice.h"

struct chat_worker;
struct chatd_config;

/* Takes a reference to the snapshot, and lets go of the one before. */
void chat_tune_worker(struct chat_worker *worker, struct chatd_config *snapshot);

/* A reference on its way to a worker: the bytes of *snapshot, borrowed. Any thread. */
struct chat_slice chat_tune_pack(struct chatd_config *const *snapshot);
struct chatd_config *chat_tune_unpack(struct chat_slice packed);

#endif
