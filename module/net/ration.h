/* How much of one connection's input a turn reads. The more connections send without end, the less
 * of each: so who sends little waits for one short turn, not for a long one of each of them. Worker
 * thread; pure. */
#ifndef CHAT_NET_RATION_H
#define CHAT_NET_RATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CHAT_RATION_MAX = 64 * 1024,
    CHAT_RATION_MIN = 4 * 1024,
    CHAT_RATION_TURN = 1024 * 1024, /* of all connections together */
};

struct chat_ration {
    uint32_t bytes; /* of each connection in this turn */
    uint32_t read;  /* of all in it */
    uint32_t crowd; /* connections of which more could be read, or that were put off */
};

/* A turn begins. All zero is before the first. */
void chat_ration_begin(struct chat_ration *ration);

/* So many bytes were read of one connection. True: enough for this turn. */
bool chat_ration_take(struct chat_ration *ration, size_t bytes);

/* One that has something to read must wait for another turn. */
static inline void chat_ration_put_off(struct chat_ration *ration)
{
    ration->crowd++;
}

#endif
