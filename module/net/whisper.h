/* What the members of a room whisper in one turn (PROTOCOL §3, user_typing): a block of its own, in
 * which each has one frame at most, and hears all but that. Worker thread. */
#ifndef CHAT_NET_WHISPER_H
#define CHAT_NET_WHISPER_H

#include "net/block.h"

#include <stdbool.h>

struct chat_whisper {
    uint64_t from;       /* the connection */
    uint32_t begin, end; /* in the block */
};

struct chat_whispers {
    struct chat_block *block;
    struct chat_whisper *list; /* by connection */
    uint32_t count, capacity;
};

/* Returns owned; close takes it. */
struct chat_whispers *chat_whispers_open(struct chat_block_pool *pool, size_t expected);
void chat_whispers_close(struct chat_whispers *whispers);

/* False: there is one from this connection already. */
bool chat_whispers_add(struct chat_whispers *whispers, uint64_t from, struct chat_slice frames);
/* The one from this connection, or one without bytes. */
struct chat_whisper chat_whispers_from(const struct chat_whispers *whispers, uint64_t from);

#endif
