/* Each piece has its size in front. */
#include "proto/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct piece {
    size_t size;
    char bytes[] __attribute__((aligned(16)));
};

static struct piece *piece_of(void *bytes)
{
    return (struct piece *)((char *)bytes - offsetof(struct piece, bytes));
}

static bool is_inside(const struct chat_arena *arena, const struct piece *piece)
{
    return (uintptr_t)piece - (uintptr_t)arena->bytes < sizeof(arena->bytes);
}

void *chat_arena_take(void *arena, size_t size)
{
    struct chat_arena *self = arena;
    size_t whole = (sizeof(struct piece) + size + 15) & ~(size_t)15;
    struct piece *piece;

    if (whole <= sizeof(self->bytes) - self->used) {
        piece = (struct piece *)(self->bytes + self->used);
        self->used += whole;
    } else if ((piece = malloc(whole)) == NULL) {
        abort();
    }
    piece->size = size;
    return piece->bytes;
}

void *chat_arena_resize(void *arena, void *bytes, size_t size)
{
    struct piece *piece;
    void *larger;

    if (bytes == NULL)
        return chat_arena_take(arena, size);
    piece = piece_of(bytes);
    if (size <= piece->size)
        return bytes;
    larger = chat_arena_take(arena, size);
    memcpy(larger, bytes, piece->size);
    chat_arena_give(arena, bytes);
    return larger;
}

void chat_arena_give(void *arena, void *bytes)
{
    if (bytes != NULL && !is_inside(arena, piece_of(bytes)))
        free(piece_of(bytes));
}
