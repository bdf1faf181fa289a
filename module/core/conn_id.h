/* How a connection is named across threads: worker, slot and generation, never a pointer (DESIGN
 * §2). 0 names none. */
#ifndef CHAT_CORE_CONN_ID_H
#define CHAT_CORE_CONN_ID_H

#include <stdint.h>

enum { CHAT_CONN_SLOT_BITS = 28, CHAT_CONN_GENERATION_BITS = 28 };

/* A generation is never 0, so no id is. */
static inline uint64_t chat_conn_id(unsigned worker, uint32_t slot, uint32_t generation)
{
    return (uint64_t)worker << 56 | (uint64_t)slot << CHAT_CONN_GENERATION_BITS | generation;
}

static inline unsigned chat_conn_id_worker(uint64_t id)
{
    return (unsigned)(id >> 56);
}

static inline uint32_t chat_conn_id_slot(uint64_t id)
{
    return (uint32_t)(id >> CHAT_CONN_GENERATION_BITS) & ((1u << CHAT_CONN_SLOT_BITS) - 1);
}

#endif
