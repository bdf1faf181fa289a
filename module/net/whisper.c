/* A sorted array: those who whisper in one turn are few, those who look for their own are many. */
#include "net/whisper.h"

#include <stdlib.h>

struct chat_whispers *chat_whispers_open(struct chat_block_pool *pool, size_t expected)
{
    struct chat_whispers *whispers = calloc(1, sizeof(*whispers));
    if (whispers == NULL)
        abort();
    whispers->block = chat_block_open(pool, expected);
    return whispers;
}

void chat_whispers_close(struct chat_whispers *whispers)
{
    chat_block_unref(whispers->block);
    free(whispers->list);
    free(whispers);
}

/* The first that is not of a lower connection. */
static uint32_t place_of(const struct chat_whispers *whispers, uint64_t from)
{
    uint32_t low = 0, high = whispers->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (whispers->list[middle].from < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool chat_whispers_add(struct chat_whispers *whispers, uint64_t from, struct chat_slice frames)
{
    uint32_t at = place_of(whispers, from), begin = whispers->block->length;

    if (at < whispers->count && whispers->list[at].from == from)
        return false;
    if (whispers->count == whispers->capacity) {
        whispers->capacity = whispers->capacity * 2 + 4;
        whispers->list = realloc(whispers->list, whispers->capacity * sizeof(*whispers->list));
        if (whispers->list == NULL)
            abort();
    }
    struct chat_whisper *place = &whispers->list[at];
    memmove(place + 1, place, (whispers->count - at) * sizeof(*place));
    chat_block_append(whispers->block, frames);
    *place = (struct chat_whisper){from, begin, whispers->block->length};
    whispers->count++;
    return true;
}

struct chat_whisper chat_whispers_from(const struct chat_whispers *whispers, uint64_t from)
{
    uint32_t at = place_of(whispers, from);
    if (at < whispers->count && whispers->list[at].from == from)
        return whispers->list[at];
    return (struct chat_whisper){.from = from};
}
