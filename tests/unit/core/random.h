/* Numbers that look random and are the same in every run: a 64-bit linear congruential generator of
 * which the upper half is used. */
#ifndef CHAT_TEST_RANDOM_H
#define CHAT_TEST_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state; /* the seed */
};

/* 0 … bound - 1 */
static inline uint32_t random_below(struct random *random, uint32_t bound)
{
    random->state = random->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((random->state >> 32) * bound >> 32);
}

#endif
