/* Audiences and their open blocks. */
#include "net/audience.h"

#include "core/conn_id.h"
#include "net/worker.h"
#include "wire/deflate.h"

#include <assert.h>
#include <stdlib.h>

/* Keys are made by us, so they need spreading only, no secret. */
static uint32_t hash_of(uint64_t key)
{
    return (uint32_t)((key * 0x9e3779b97f4a7c15u) >> 32);
}

static bool has_key(const void *item, const void *key)
{
    return ((const struct chat_audience *)item)->key == *(const uint64_t *)key;
}

struct chat_audience *chat_audience_find(struct chat_worker *worker, uint64_t key)
{
    return chat_table_find(&worker->audiences, hash_of(key), has_key, &key);
}

static struct chat_audience *create(struct chat_worker *worker, uint64_t key,
                                    struct chat_slice room_id)
{
    struct chat_audience *audience = calloc(1, sizeof(*audience) + room_id.length);
    if (audience == NULL)
        abort();
    audience->hash = hash_of(key);
    audience->key = key;
    audience->id_length = (uint8_t)room_id.length;
    memcpy(audience->id, room_id.bytes, room_id.length);
    chat_table_add(&worker->audiences, audience);
    return audience;
}

static void destroy(struct chat_audience *audience)
{
    if (audience->open != NULL)
        chat_block_unref(audience->open);
    if (audience->deflated != NULL)
        chat_block_unref(audience->deflated);
    free(audience->hearers);
    free(audience);
}

/* The place in a connection's seats, which are few (limits.rooms_per_connection). */
static struct chat_seat *seat_in(const struct chat_conn *conn, const struct chat_audience *audience)
{
    for (unsigned i = 0; i < conn->n_seats; i++)
        if (conn->seats[i].audience == audience)
            return &conn->seats[i];
    return NULL;
}

struct chat_audience *chat_audience_of(const struct chat_conn *conn, struct chat_slice room_id)
{
    for (unsigned i = 0; i < conn->n_seats; i++) {
        struct chat_audience *audience = conn->seats[i].audience;
        if (chat_slice_equal((struct chat_slice){audience->id, audience->id_length}, room_id))
            return audience;
    }
    return NULL;
}

/* Which of the two runs a connection hears; offsets of its hearer are in that one. */
static struct chat_block *run_for(const struct chat_audience *audience,
                                  const struct chat_conn *conn)
{
    return conn->deflates ? audience->deflated : audience->open;
}

void chat_audience_seat(struct chat_worker *worker, struct chat_conn *conn, uint64_t key,
                        struct chat_slice room_id)
{
    struct chat_audience *audience = chat_audience_find(worker, key);
    if (audience == NULL)
        audience = create(worker, key, room_id);
    if (audience->count == audience->capacity) {
        audience->capacity = audience->count + 1 + audience->count / 2;
        audience->hearers =
            realloc(audience->hearers, audience->capacity * sizeof(*audience->hearers));
    }
    conn->seats = realloc(conn->seats, (conn->n_seats + 1u) * sizeof(*conn->seats));
    if (audience->hearers == NULL || conn->seats == NULL)
        abort();
    conn->seats[conn->n_seats++] = (struct chat_seat){audience, audience->count};
    const struct chat_block *run = run_for(audience, conn);
    audience->hearers[audience->count++] =
        (struct chat_hearer){conn->slot, run != NULL ? run->length : 0};
    audience->n_deflating += conn->deflates;
    worker->memberships++;
}

static void give_span(struct chat_conn *conn, struct chat_audience *audience,
                      struct chat_hearer *hearer)
{
    struct chat_block *run = run_for(audience, conn);
    if (run == NULL)
        return;
    chat_conn_push(conn, run, hearer->from, run->length);
    hearer->from = run->length;
}

/* Audiences without members go at the turn's end, when no list has them. */
static void mark(struct chat_worker *worker, struct chat_audience *audience)
{
    if (audience->dirty)
        return;
    audience->dirty = true;
    audience->next_dirty = worker->dirty_audiences;
    worker->dirty_audiences = audience;
}

static void drop_seat(struct chat_conn *conn, struct chat_seat *seat)
{
    if (conn->caused == seat->audience)
        conn->caused = NULL;
    *seat = conn->seats[--conn->n_seats];
    if (conn->n_seats > 0)
        return;
    free(conn->seats);
    conn->seats = NULL;
}

void chat_audience_unseat(struct chat_worker *worker, struct chat_conn *conn, uint64_t key)
{
    struct chat_audience *audience = chat_audience_find(worker, key);
    struct chat_seat *seat = audience != NULL ? seat_in(conn, audience) : NULL;
    if (seat == NULL)
        return;
    uint32_t index = seat->index, last = audience->count - 1;
    give_span(conn, audience, &audience->hearers[index]);
    if (index != last) {
        audience->hearers[index] = audience->hearers[last];
        struct chat_conn *moved = worker->conns[audience->hearers[index].slot];
        seat_in(moved, audience)->index = index;
    }
    audience->count--;
    audience->n_deflating -= conn->deflates;
    drop_seat(conn, seat);
    worker->memberships--;
    if (audience->count == 0)
        mark(worker, audience);
}

void chat_audience_catch_up(struct chat_conn *conn)
{
    struct chat_audience *audience = conn->caused;
    if (audience == NULL)
        return;
    struct chat_seat *seat = seat_in(conn, audience);
    assert(seat != NULL);
    give_span(conn, audience, &audience->hearers[seat->index]);
    conn->caused = NULL;
}

/* A turn ends when a room's block is full (DESIGN, back-pressure). */
static void fill(struct chat_worker *worker, const struct chat_block *block, size_t bytes)
{
    chat_worker_fill(worker, bytes);
    if (block->length >= CHAT_BLOCK_BYTES ||
        block->length >= worker->config->limits_outbound_queue / 8)
        worker->turn_full = true;
}

/* Compressed once, whoever hears it. */
static void say_deflated(struct chat_worker *worker, struct chat_audience *audience,
                         struct chat_slice frames)
{
    struct chat_slice run;
    run.length = chat_deflater_run(worker->deflater, frames.bytes, frames.length, &run.bytes);
    if (audience->deflated == NULL)
        audience->deflated = chat_block_open(&worker->blocks, run.length);
    chat_block_append(audience->deflated, run);
}

void chat_audience_say(struct chat_worker *worker, struct chat_audience *audience,
                       struct chat_conn *cause, struct chat_slice frames)
{
    if (cause != NULL && cause->caused != audience && seat_in(cause, audience) != NULL) {
        chat_audience_catch_up(cause);
        cause->caused = audience;
    }
    if (audience->open == NULL)
        audience->open = chat_block_open(&worker->blocks, frames.length);
    chat_block_append(audience->open, frames);
    if (audience->n_deflating > 0)
        say_deflated(worker, audience, frames);
    audience->events++;
    fill(worker, audience->open, frames.length);
    mark(worker, audience);
}

void chat_audience_dissolve(struct chat_worker *worker, struct chat_audience *audience,
                            struct chat_slice frames)
{
    chat_audience_say(worker, audience, NULL, frames);
    chat_tally_add(worker->tally->messages_out, (uint64_t)audience->events * audience->count);
    for (uint32_t i = 0; i < audience->count; i++) {
        struct chat_conn *conn = worker->conns[audience->hearers[i].slot];
        give_span(conn, audience, &audience->hearers[i]);
        drop_seat(conn, seat_in(conn, audience));
    }
    worker->memberships -= audience->count;
    audience->events = audience->count = audience->n_deflating = 0;
}

void chat_audience_whisper(struct chat_worker *worker, struct chat_audience *audience,
                           uint64_t from, struct chat_slice frames)
{
    if (audience->whispers == NULL)
        audience->whispers = chat_whispers_open(&worker->blocks, frames.length);
    if (!chat_whispers_add(audience->whispers, from, frames))
        return;
    fill(worker, audience->whispers->block, frames.length);
    mark(worker, audience);
}

/* To those who have time for it, each without its own; too short to be worth compressing. */
static void hand_whispers(struct chat_worker *worker, struct chat_audience *audience)
{
    const uint64_t bound = worker->config->limits_outbound_queue / 2;
    struct chat_block *block = audience->whispers->block;

    for (uint32_t i = 0; i < audience->count; i++) {
        struct chat_conn *conn = worker->conns[audience->hearers[i].slot];
        uint64_t id = chat_conn_id(worker->index, conn->slot, conn->generation);
        struct chat_whisper own = chat_whispers_from(audience->whispers, id);
        if (chat_conn_queued(conn) >= bound)
            continue;
        chat_conn_push(conn, block, 0, own.begin);
        chat_conn_push(conn, block, own.end, block->length);
        chat_tally_add(worker->tally->messages_out,
                       audience->whispers->count - (own.begin != own.end));
    }
    chat_whispers_close(audience->whispers);
    audience->whispers = NULL;
}

static void hand_over(struct chat_worker *worker, struct chat_audience *audience)
{
    const bool is_mixed = audience->n_deflating > 0;
    if (audience->open == NULL)
        return;
    for (uint32_t i = 0; i < audience->count; i++) {
        struct chat_hearer *hearer = &audience->hearers[i];
        struct chat_conn *conn = worker->conns[hearer->slot];
        struct chat_block *run = is_mixed ? run_for(audience, conn) : audience->open;
        if (run != NULL) /* what was said before any of its kind came is compressed for nobody */
            chat_conn_push(conn, run, hearer->from, run->length);
        hearer->from = 0;
    }
    chat_tally_add(worker->tally->messages_out, (uint64_t)audience->events * audience->count);
    audience->events = 0;
    chat_block_unref(audience->open);
    if (audience->deflated != NULL)
        chat_block_unref(audience->deflated);
    audience->open = audience->deflated = NULL;
}

void chat_audience_flush(struct chat_worker *worker)
{
    while (worker->dirty_audiences != NULL) {
        struct chat_audience *audience = worker->dirty_audiences;
        worker->dirty_audiences = audience->next_dirty;
        audience->dirty = false;
        hand_over(worker, audience);
        if (audience->whispers != NULL)
            hand_whispers(worker, audience);
        if (audience->count == 0) {
            chat_table_remove(&worker->audiences, audience);
            destroy(audience);
        }
    }
}
