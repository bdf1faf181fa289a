/* A run of whole encoded frames, shared by the queues of one worker: a plain count of references,
 * no lock (DESIGN ⚖2). While it is open it grows; its bytes may move until it is handed over at the
 * turn's end. Worker thread. */
#ifndef CHAT_NET_BLOCK_H
#define CHAT_NET_BLOCK_H

#include "core/slice.h"
#include "net/memory.h"

#include <stdint.h>

struct chat_block {
    uint32_t refs, length, capacity;
    struct chat_block_pool *pool; /* where it goes back to; NULL: freed */
    struct chat_block *next;      /* in the pool */
    struct chat_memory *memory;   /* where its bytes count; NULL: nowhere */
    char *bytes;
};

/* All zero is an empty pool. Room blocks come and go with every turn; the pool keeps a few. */
struct chat_block_pool {
    struct chat_block *free;
    uint32_t count;
    struct chat_memory *memory; /* where blocks in use count; NULL: nowhere */
};

/* Returns a reference. With a pool: a room's block; without: a small one for one connection, which
 * nobody counts. */
struct chat_block *chat_block_open(struct chat_block_pool *pool, size_t expected);
/* For one connection, and counted there. */
struct chat_block *chat_block_open_for(struct chat_memory *memory, size_t expected);
void chat_block_append(struct chat_block *block, struct chat_slice bytes);

/* It grows no more and is to stay: gives back what it has far beyond its length. */
void chat_block_trim(struct chat_block *block);

static inline struct chat_block *chat_block_ref(struct chat_block *block)
{
    block->refs++;
    return block;
}
void chat_block_unref(struct chat_block *block);

/* Frees what is pooled. */
void chat_block_pool_finish(struct chat_block_pool *pool);

#endif
