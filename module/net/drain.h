/* Draining: nobody comes in any more, and those who are there are sent away with 4000, evenly over
 * a time (PROTOCOL §8), each with all that is queued for it. What is decided is the server's, and
 * any thread may read it; each worker sends its own connections away, some in each tick. */
#ifndef CHAT_NET_DRAIN_H
#define CHAT_NET_DRAIN_H

#include <stdbool.h>
#include <stdint.h>

struct chatd;
struct chat_worker;

/* Of a worker. All zero is before the first. */
struct chat_drain {
    unsigned seen;   /* the drain that it is about; 0: none */
    uint32_t total;  /* connections when it began */
    uint32_t sent;   /* away, so far */
    uint32_t cursor; /* the next slot */
};

/* Nobody is taken in any more: /health, upgrades, create_room and join say so. Any thread. */
bool chat_drain_is_on(const struct chatd *chatd);

/* Nobody is left. Any thread. */
bool chat_drain_is_done(const struct chatd *chatd);

/* Begun, and to be through, in milliseconds of the monotonic clock; any thread. */
void chat_drain_times(const struct chatd *chatd, uint64_t *ret_begun_ms, uint64_t *ret_end_ms);

/* How many of `total` are to be gone `elapsed_ms` after the begin. Pure. */
uint32_t chat_drain_target(uint32_t total, uint64_t elapsed_ms, uint64_t over_ms);

/* Each tick of a worker. */
void chat_drain_step(struct chat_worker *worker);

#endif
