/* Blocks and the pool that spares a busy worker their allocation. */
#include "net/block.h"

#include <stdlib.h>

enum { POOL_BLOCKS = 64, POOL_CAPACITY_MAX = 128 * 1024, CAPACITY_MIN = 256 };

static size_t cost_of(const struct chat_block *block)
{
    return sizeof(*block) + block->capacity;
}

static struct chat_block *open_block(struct chat_block_pool *pool, struct chat_memory *memory,
                                     size_t expected)
{
    struct chat_block *block;

    if (pool != NULL && pool->free != NULL) {
        block = pool->free;
        pool->free = block->next;
        pool->count--;
    } else {
        block = calloc(1, sizeof(*block));
        if (block == NULL)
            abort();
        block->capacity = (uint32_t)(expected > CAPACITY_MIN ? expected : CAPACITY_MIN);
        block->bytes = malloc(block->capacity);
        if (block->bytes == NULL)
            abort();
        block->pool = pool;
        block->memory = memory;
    }
    chat_memory_take(block->memory, cost_of(block));
    block->refs = 1;
    block->length = 0;
    return block;
}

struct chat_block *chat_block_open(struct chat_block_pool *pool, size_t expected)
{
    return open_block(pool, pool != NULL ? pool->memory : NULL, expected);
}

struct chat_block *chat_block_open_for(struct chat_memory *memory, size_t expected)
{
    return open_block(NULL, memory, expected);
}

void chat_block_append(struct chat_block *block, struct chat_slice bytes)
{
    size_t need = block->length + bytes.length;
    if (need > block->capacity) {
        size_t capacity = (size_t)block->capacity * 2;
        chat_memory_give(block->memory, cost_of(block));
        block->capacity = (uint32_t)(capacity > need ? capacity : need);
        chat_memory_take(block->memory, cost_of(block));
        block->bytes = realloc(block->bytes, block->capacity);
        if (block->bytes == NULL)
            abort();
    }
    memcpy(block->bytes + block->length, bytes.bytes, bytes.length);
    block->length = (uint32_t)need;
}

void chat_block_trim(struct chat_block *block)
{
    size_t capacity = block->length > CAPACITY_MIN ? block->length : CAPACITY_MIN;
    if (block->capacity / 2 <= capacity)
        return;
    char *bytes = realloc(block->bytes, capacity);
    if (bytes == NULL)
        return;
    chat_memory_give(block->memory, block->capacity - capacity);
    block->bytes = bytes;
    block->capacity = (uint32_t)capacity;
}

static void destroy(struct chat_block *block)
{
    free(block->bytes);
    free(block);
}

void chat_block_unref(struct chat_block *block)
{
    if (--block->refs != 0)
        return;
    struct chat_block_pool *pool = block->pool;
    chat_memory_give(block->memory, cost_of(block));
    if (pool == NULL || pool->count >= POOL_BLOCKS || block->capacity > POOL_CAPACITY_MAX) {
        destroy(block);
        return;
    }
    block->next = pool->free;
    pool->free = block;
    pool->count++;
}

void chat_block_pool_finish(struct chat_block_pool *pool)
{
    while (pool->free != NULL) {
        struct chat_block *block = pool->free;
        pool->free = block->next;
        destroy(block);
    }
    pool->count = 0;
}
