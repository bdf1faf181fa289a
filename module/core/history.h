/* What a room said last (PROTOCOL §5): the encoded frames of its newest events, one behind the
 * other in a ring, and the client_msg_ids that came with them. Bounded by number, age and bytes,
 * and all of a worker's histories together by their memory: the room that was idle longest gives up
 * its own first. Only room.c calls it. Home worker; the times are monotonic and passed in. */
#ifndef CHAT_CORE_HISTORY_H
#define CHAT_CORE_HISTORY_H

#include "core/list.h"
#include "core/slice.h"

#include <stdint.h>

struct chat_history;

/* What all histories of a worker share; it outlives them. */
struct chat_histories {
    uint64_t ttl_ms;       /* history.ttl */
    uint32_t max_bytes;    /* history.max_bytes: of one room's frames */
    uint64_t total;        /* the worker's share of history.total: memory, bookkeeping included */
    uint64_t bytes;        /* of it in use */
    struct chat_list idle; /* those that hold memory, the one that was idle longest first */
};

/* Of at most `size` events. Returns owned; it holds no memory of the total before the first. */
struct chat_history *chat_history_create(struct chat_histories *shared, uint32_t size);
/* Takes NULL too. */
void chat_history_destroy(struct chat_history *history);

/* Copies the frame of event `seq`, the one behind the newest. `key` names the client's id for it
 * (0: it gave none) and is not held yet. What does not fit the bounds is not held, nor is then
 * anything before it: there are no holes. */
void chat_history_add(struct chat_history *history, uint64_t seq, struct chat_slice frame,
                      uint64_t key, uint64_t now_ms);

/* How many events are held; they are the newest. NULL holds none. */
uint32_t chat_history_count(struct chat_history *history, uint64_t now_ms);
/* The seq of the event held under the key, or 0. */
uint64_t chat_history_find(struct chat_history *history, uint64_t key, uint64_t now_ms);

/* The frames of events from … to, which are held (nothing when to < from); lent until the next
 * change. */
struct chat_run chat_history_run(const struct chat_history *history, uint64_t from, uint64_t to);

/* Memory, bookkeeping included. */
uint64_t chat_history_bytes(const struct chat_history *history);

/* Frees what holds nothing but expired events, and more of the idlest where the total is passed, as
 * it was made smaller. */
void chat_histories_sweep(struct chat_histories *shared, uint64_t now_ms);

#ifndef NDEBUG
/* Walks the invariants and asserts them. */
void chat_history_check(const struct chat_history *history);
#endif

#endif
