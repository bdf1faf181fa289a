/* Rows in one array that doubles, their strings in chunks that never move. Admin loop. How many
 * there are is bounded by `rooms.max` and `limits.connections`; what they mean is left to the
 * commands. */
#include "admin/found.h"

#include "admin/must.h"

#include <stdlib.h>

enum { CHUNK_BYTES = 65536, ROWS_FIRST = 64 };

struct chat_found_chunk {
    struct chat_found_chunk *next;
    size_t size, used;
    char bytes[];
};

static char *room_for(struct chat_found *found, size_t length)
{
    struct chat_found_chunk *chunk = found->chunks;

    if (chunk == NULL || length > chunk->size - chunk->used) {
        size_t size = length > CHUNK_BYTES ? length : CHUNK_BYTES;
        chunk = chat_must(malloc(sizeof(*chunk) + size));
        *chunk = (struct chat_found_chunk){.next = found->chunks, .size = size};
        found->chunks = chunk;
    }
    chunk->used += length;
    return chunk->bytes + chunk->used - length;
}

static void keep(struct chat_found *found, struct chat_slice *slice)
{
    if (slice->bytes != NULL)
        slice->bytes = memcpy(room_for(found, slice->length), slice->bytes, slice->length);
}

void chat_found_add(struct chat_found *found, const struct chat_row *row)
{
    if (found->count == found->capacity) {
        found->capacity = found->capacity == 0 ? ROWS_FIRST : found->capacity * 2;
        found->rows = chat_must(realloc(found->rows, found->capacity * sizeof(*found->rows)));
    }
    struct chat_row *kept = &found->rows[found->count++];
    *kept = *row;
    struct chat_slice *strings[] = {&kept->room,      &kept->name,    &kept->user,
                                    &kept->user_name, &kept->address, &kept->epoch,
                                    &kept->event,     &kept->text,    &kept->reason};
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
        keep(found, strings[i]);
}

void chat_found_finish(struct chat_found *found)
{
    while (found->chunks != NULL) {
        struct chat_found_chunk *next = found->chunks->next;
        free(found->chunks);
        found->chunks = next;
    }
    free(found->rows);
    *found = (struct chat_found){.count = 0};
}
