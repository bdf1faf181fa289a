/* What waits to be written to one connection: spans of blocks, in order. Lent by the worker while
 * there is something to write; an idle member has none. Knows frames only where one has begun: then
 * nothing may come before its rest. Worker thread; no socket. */
#ifndef CHAT_NET_OUTBOUND_H
#define CHAT_NET_OUTBOUND_H

#include "net/block.h"

struct chat_span {
    struct chat_block *block;
    uint32_t from, to;
};

enum { CHAT_OUTBOUND_NEAR = 3 };

struct chat_outbound {
    struct chat_span *spans; /* `near` until that is too small */
    uint32_t head, count, capacity;
    uint32_t begun;             /* bytes that are left of a frame of which some were written */
    uint32_t stayed;            /* spans at the front that a write has left */
    uint64_t bytes;             /* of all spans */
    struct chat_outbound *next; /* in the pool */
    struct chat_memory *memory; /* where it counts; NULL: nowhere */
    struct chat_span near[CHAT_OUTBOUND_NEAR];
};

/* All zero is an empty pool. */
struct chat_outbound_pool {
    struct chat_outbound *free;
    uint32_t count;
    struct chat_memory *memory; /* where queues in use count; NULL: nowhere */
};

struct chat_outbound *chat_outbound_lend(struct chat_outbound_pool *pool);
/* Drops whatever is queued. */
void chat_outbound_return(struct chat_outbound_pool *pool, struct chat_outbound *out);
void chat_outbound_pool_finish(struct chat_outbound_pool *pool);

/* Appends a span; takes a reference of its own. */
void chat_outbound_push(struct chat_outbound *out, struct chat_block *block, uint32_t from,
                        uint32_t to);
/* Appends a copy of whole frames. */
void chat_outbound_copy(struct chat_outbound *out, struct chat_slice frames);
/* The same, in front of all but the frame that has begun. */
void chat_outbound_copy_first(struct chat_outbound *out, struct chat_slice frames);
/* Drops all but the frame that has begun. */
void chat_outbound_drop(struct chat_outbound *out);

/* Fills up to `max` pieces from the front; returns how many. Borrowed until the next change. */
unsigned chat_outbound_pieces(const struct chat_outbound *out, struct chat_slice *pieces,
                              unsigned max);
/* The first frame, or what is left of it. */
struct chat_slice chat_outbound_frame(const struct chat_outbound *out);
/* So many bytes from the front are written. */
void chat_outbound_sent(struct chat_outbound *out, size_t n);

/* A write has left something: blocks that are kept for it from now on give back what they have
 * beyond what was said in them. */
void chat_outbound_stay(struct chat_outbound *out);

/* What the queue costs: its bytes and their bookkeeping (DESIGN, back-pressure). */
static inline uint64_t chat_outbound_cost(const struct chat_outbound *out)
{
    return out == NULL ? 0 : out->bytes + (uint64_t)out->count * sizeof(struct chat_span);
}

#endif
