/* What the queues and buffers of one worker hold, in bytes, and limits.memory over all workers:
 * past it new work is refused, and while that does not help the largest queue is closed. Worker
 * thread. */
#ifndef CHAT_NET_MEMORY_H
#define CHAT_NET_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chat_worker;

struct chat_memory {
    uint64_t bytes; /* of this worker's queues and buffers, without its mailboxes */
    uint64_t told;  /* that the others know of, mailboxes included */
    bool is_over;   /* the limit, when the last turn ended */
    bool was_over;  /* at the last tick too */
};

/* NULL: what is nobody's is not counted. */
static inline void chat_memory_take(struct chat_memory *memory, size_t bytes)
{
    if (memory != NULL)
        memory->bytes += bytes;
}
static inline void chat_memory_give(struct chat_memory *memory, size_t bytes)
{
    if (memory != NULL)
        memory->bytes -= bytes;
}

/* All that is held for this worker, what is under way in its mailboxes too. */
uint64_t chat_memory_bytes(const struct chat_worker *worker);

/* At a turn's end, where there is a limit: tells the others, and looks whether it is passed. */
void chat_memory_settle(struct chat_worker *worker);

/* At a tick: where it is still passed, the worker that has the largest queue closes it (4013). */
void chat_memory_relieve(struct chat_worker *worker);

#endif
