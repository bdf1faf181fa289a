/* The queue of spans. */
#include "net/outbound.h"

#include "wire/frame.h"

#include <stdlib.h>

enum { POOL_MAX = 4096 };

struct chat_outbound *chat_outbound_lend(struct chat_outbound_pool *pool)
{
    struct chat_outbound *out = pool->free;
    if (out != NULL) {
        pool->free = out->next;
        pool->count--;
    } else {
        out = malloc(sizeof(*out));
        if (out == NULL)
            abort();
    }
    out->memory = pool->memory;
    chat_memory_take(out->memory, sizeof(*out));
    out->spans = out->near;
    out->head = out->count = out->begun = out->stayed = 0;
    out->capacity = CHAT_OUTBOUND_NEAR;
    out->bytes = 0;
    return out;
}

static void drop_from(struct chat_outbound *out, uint32_t first)
{
    for (uint32_t i = first; i < out->count; i++) {
        struct chat_span *span = &out->spans[out->head + i];
        out->bytes -= span->to - span->from;
        chat_block_unref(span->block);
    }
    out->count = first;
    out->stayed = out->stayed < first ? out->stayed : first;
}

/* Those that are not in the struct itself. */
static void give_spans(struct chat_outbound *out)
{
    if (out->spans == out->near)
        return;
    free(out->spans);
    chat_memory_give(out->memory, out->capacity * sizeof(*out->spans));
}

void chat_outbound_return(struct chat_outbound_pool *pool, struct chat_outbound *out)
{
    drop_from(out, 0);
    give_spans(out);
    chat_memory_give(out->memory, sizeof(*out));
    if (pool->count >= POOL_MAX) {
        free(out);
        return;
    }
    out->next = pool->free;
    pool->free = out;
    pool->count++;
}

void chat_outbound_pool_finish(struct chat_outbound_pool *pool)
{
    while (pool->free != NULL) {
        struct chat_outbound *out = pool->free;
        pool->free = out->next;
        free(out);
    }
    pool->count = 0;
}

/* Makes room for one more span behind the last. */
static void reserve(struct chat_outbound *out)
{
    assert(out->spans != NULL && out->capacity != 0);
    if (out->head + out->count < out->capacity)
        return;
    if (out->head >= out->capacity / 2 && out->head != 0) {
        memmove(out->spans, out->spans + out->head, out->count * sizeof(*out->spans));
        out->head = 0;
        return;
    }
    uint32_t capacity = out->capacity * 2;
    struct chat_span *spans = malloc(capacity * sizeof(*spans));
    if (spans == NULL)
        abort();
    memcpy(spans, out->spans + out->head, out->count * sizeof(*spans));
    give_spans(out);
    chat_memory_take(out->memory, capacity * sizeof(*spans));
    out->spans = spans;
    out->head = 0;
    out->capacity = capacity;
}

static struct chat_span *last_of(const struct chat_outbound *out)
{
    return out->count == 0 ? NULL : &out->spans[out->head + out->count - 1];
}

void chat_outbound_push(struct chat_outbound *out, struct chat_block *block, uint32_t from,
                        uint32_t to)
{
    struct chat_span *last = last_of(out);
    if (from == to)
        return;
    out->bytes += to - from;
    if (last != NULL && last->block == block && last->to == from) {
        last->to = to;
        return;
    }
    reserve(out);
    out->spans[out->head + out->count++] = (struct chat_span){chat_block_ref(block), from, to};
}

void chat_outbound_copy(struct chat_outbound *out, struct chat_slice frames)
{
    struct chat_span *last = last_of(out);
    struct chat_block *block;

    /* Replies of one turn share a block that nobody else refers to. */
    if (last != NULL && last->block->pool == NULL && last->block->refs == 1 &&
        last->to == last->block->length &&
        last->block->length + frames.length <= last->block->capacity) {
        chat_block_append(last->block, frames);
        last->to = last->block->length;
        out->bytes += frames.length;
        return;
    }
    block = chat_block_open_for(out->memory, frames.length);
    chat_block_append(block, frames);
    chat_outbound_push(out, block, 0, block->length);
    chat_block_unref(block);
}

/* Cuts the first span behind the frame that has begun; returns the index at which another may go
 * in. */
static uint32_t split_begun(struct chat_outbound *out)
{
    if (out->begun == 0)
        return 0;
    struct chat_span *first = &out->spans[out->head];
    uint32_t cut = first->from + out->begun;
    if (cut < first->to) {
        reserve(out);
        first = &out->spans[out->head];
        memmove(first + 1, first, out->count * sizeof(*first));
        out->count++;
        first[0].to = first[1].from = cut;
        chat_block_ref(first->block);
    }
    return 1;
}

void chat_outbound_copy_first(struct chat_outbound *out, struct chat_slice frames)
{
    uint32_t at = split_begun(out);
    struct chat_block *block = chat_block_open_for(out->memory, frames.length);
    chat_block_append(block, frames);
    reserve(out);
    struct chat_span *place = &out->spans[out->head + at];
    memmove(place + 1, place, (out->count - at) * sizeof(*place));
    *place = (struct chat_span){block, 0, block->length};
    out->count++;
    out->bytes += frames.length;
}

void chat_outbound_drop(struct chat_outbound *out)
{
    drop_from(out, split_begun(out));
}

unsigned chat_outbound_pieces(const struct chat_outbound *out, struct chat_slice *pieces,
                              unsigned max)
{
    unsigned n = 0;
    for (; n < out->count && n < max; n++) {
        const struct chat_span *span = &out->spans[out->head + n];
        pieces[n] = (struct chat_slice){span->block->bytes + span->from, span->to - span->from};
    }
    return n;
}

struct chat_slice chat_outbound_frame(const struct chat_outbound *out)
{
    const struct chat_span *first = &out->spans[out->head];
    const char *bytes = first->block->bytes + first->from;
    size_t length = out->begun;
    if (length == 0)
        length = chat_frame_boundary(bytes, first->to - first->from, 1);
    return (struct chat_slice){bytes, length};
}

/* `n` bytes, less than the whole, of the first span are written. */
static void advance(struct chat_outbound *out, size_t n)
{
    struct chat_span *first = &out->spans[out->head];
    if (n < out->begun) {
        out->begun -= (uint32_t)n;
    } else {
        const char *run = first->block->bytes + first->from + out->begun;
        size_t length = first->to - first->from - out->begun, offset = n - out->begun;
        out->begun = (uint32_t)(chat_frame_boundary(run, length, offset) - offset);
    }
    first->from += (uint32_t)n;
    out->bytes -= n;
}

void chat_outbound_sent(struct chat_outbound *out, size_t n)
{
    while (n > 0) {
        struct chat_span *first = &out->spans[out->head];
        size_t length = first->to - first->from;
        if (n < length) {
            advance(out, n);
            return;
        }
        n -= length;
        out->bytes -= length;
        out->begun = 0;
        chat_block_unref(first->block);
        out->head++;
        out->count--;
        out->stayed -= out->stayed > 0;
    }
    if (out->count == 0)
        out->head = 0;
}

void chat_outbound_stay(struct chat_outbound *out)
{
    for (; out->stayed < out->count; out->stayed++)
        chat_block_trim(out->spans[out->head + out->stayed].block);
}
