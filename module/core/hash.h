/* Keyed hashes for whatever peers may choose (DESIGN ⚖6): SipHash-2-4 under a start-up key that is
 * passed in. Pure; any thread. */
#ifndef CHAT_CORE_HASH_H
#define CHAT_CORE_HASH_H

#include "core/slice.h"

#include <stdint.h>

enum { CHAT_SECRET_BYTES = 16, CHAT_TOKEN_LENGTH = 32 };

/* Random bytes from the host, the same on all workers, new at each start. */
struct chat_secrets {
    unsigned char hash_key[CHAT_SECRET_BYTES];
    unsigned char token_key[CHAT_SECRET_BYTES];
};

uint64_t chat_hash(const struct chat_secrets *secrets, struct chat_slice key);

/* The worker at which a room lives. Uses the high half of the hash, so that the low half still
 * spreads within that worker's table. */
unsigned chat_hash_home(uint64_t hash, unsigned workers);

/* A random string that nobody without the secret can foresee, always the same for one (kind,
 * number): so sessions and epochs need no memory. */
struct chat_slice chat_token(const struct chat_secrets *secrets, char kind, uint64_t number,
                             char out[CHAT_TOKEN_LENGTH]);

#endif
