/* Memory for one parse: pieces are handed out one behind the other and all given back at once, so
 * that a message costs the allocator nothing. What does not fit comes from the heap. Any thread,
 * one at a time. */
#ifndef CHAT_PROTO_ARENA_H
#define CHAT_PROTO_ARENA_H

#include <stddef.h>

/* More than yajl takes for a text whose strings have few escapes. */
enum { CHAT_ARENA_BYTES = 4096 };

struct chat_arena {
    size_t used;
    char bytes[CHAT_ARENA_BYTES] __attribute__((aligned(16)));
};

/* All pieces but those of the heap are gone. */
static inline void chat_arena_reset(struct chat_arena *arena)
{
    arena->used = 0;
}

/* As malloc, realloc and free; the first argument is the arena. They end the process where memory
 * is exhausted. */
void *chat_arena_take(void *arena, size_t size);
void *chat_arena_resize(void *arena, void *piece, size_t size);
void chat_arena_give(void *arena, void *piece);

#endif
