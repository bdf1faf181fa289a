/* The queue of changes, and what they leave in memory. */
#include "state/state.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* A record with room for what its slices borrow. */
struct change {
    struct chat_record record; /* first */
    struct change *next;
    uint64_t ticket;
    chat_state_done_cb *done;
    void *context;
    const char *refusal; /* it is not written; NULL: it is */
    char text[];
};

enum { BATCH_MAX = 256 };

struct chat_state {
    struct chat_store *store; /* the pool thread's while a batch is under way */
    char absence[CHAT_STORE_WHY_MAX];
    struct chat_sanctions sanctions;
    struct change **rooms; /* each with `record.room` */
    size_t n_rooms, rooms_capacity;
    struct change *audit[CHAT_AUDIT_MAX]; /* a ring; each with `record.audit` */
    size_t n_audit, audit_next;

    uv_loop_t *loop;
    uint64_t last_ticket;
    size_t sanctions_asked;      /* that are not written yet */
    struct change *first, *last; /* those that wait */
    struct change *batch;        /* those under way */
    size_t batch_count;
    bool batch_ok;
    char batch_why[CHAT_STORE_WHY_MAX];
    uv_work_t work;
    void (*closed)(void *context);
    void *closed_context;
};

static struct change *copy(const struct chat_record *record)
{
    struct change *change = malloc(sizeof(*change) + chat_record_text(record));
    if (change == NULL)
        abort();
    *change = (struct change){.record = *record};
    chat_record_keep_text(&change->record, change->text);
    return change;
}

static size_t find_room(const struct chat_state *state, struct chat_slice id)
{
    size_t i = 0;

    while (i < state->n_rooms && !chat_slice_equal(state->rooms[i]->record.room.id, id))
        i++;
    return i;
}

/* Takes the change, in the place of one before or behind all. */
static void put_room(struct chat_state *state, size_t at, struct change *change)
{
    if (at == state->rooms_capacity) {
        size_t capacity = state->rooms_capacity * 2 + 16;
        state->rooms = realloc(state->rooms, capacity * sizeof(*state->rooms));
        if (state->rooms == NULL)
            abort();
        state->rooms_capacity = capacity;
    }
    if (at < state->n_rooms)
        free(state->rooms[at]);
    else
        state->n_rooms++;
    state->rooms[at] = change;
}

static void remove_room(struct chat_state *state, struct chat_slice id)
{
    size_t at = find_room(state, id);

    if (at == state->n_rooms)
        return;
    free(state->rooms[at]);
    state->rooms[at] = state->rooms[--state->n_rooms];
}

/* Takes the change. */
static void add_audit(struct chat_state *state, struct change *change)
{
    struct change **place = &state->audit[state->audit_next];

    free(*place);
    *place = change;
    state->audit_next = (state->audit_next + 1) % CHAT_AUDIT_MAX;
    state->n_audit += state->n_audit < CHAT_AUDIT_MAX;
}

/* What is on the disk now holds here. Takes the change. */
static void apply(struct chat_state *state, struct change *change)
{
    switch (change->record.kind) {
    case CHAT_RECORD_ROOM:
        put_room(state, find_room(state, change->record.room.id), change);
        return;
    case CHAT_RECORD_AUDIT:
        add_audit(state, change);
        return;
    case CHAT_RECORD_ROOM_GONE:
        remove_room(state, change->record.room.id);
        break;
    case CHAT_RECORD_SANCTION:
        chat_sanctions_put(&state->sanctions, &change->record.sanction);
        break;
    case CHAT_RECORD_SANCTION_LIFTED:
        chat_sanctions_remove(&state->sanctions, &change->record.sanction);
        break;
    }
    free(change);
}

/* The disk has one room of an id, so that nothing is looked for. */
static void on_loaded(void *context, const struct chat_record *record)
{
    struct chat_state *state = context;

    if (record->kind == CHAT_RECORD_ROOM)
        put_room(state, state->n_rooms, copy(record));
    else
        apply(state, copy(record));
}

struct chat_state *chat_state_open(const char *directory, const struct chat_secrets *secrets,
                                   char error[CHAT_STORE_WHY_MAX])
{
    struct chat_state *state = calloc(1, sizeof(*state));
    enum chat_store_opening opening = CHAT_STORE_ABSENT;

    if (state == NULL)
        abort();
    state->sanctions.secrets = secrets;
    snprintf(state->absence, sizeof(state->absence), "nothing is kept in this server");
    if (directory != NULL)
        opening = chat_store_open(directory, &state->store, state->absence);
    if (opening == CHAT_STORE_ABSENT)
        return state;
    if (opening == CHAT_STORE_OPENED &&
        chat_store_load(state->store, on_loaded, state, state->absence)) {
        state->absence[0] = '\0';
        return state;
    }
    memcpy(error, state->absence, sizeof(state->absence));
    chat_state_destroy(state);
    return NULL;
}

void chat_state_destroy(struct chat_state *state)
{
    if (state == NULL)
        return;
    assert(state->first == NULL && state->batch == NULL);
    chat_store_close(state->store);
    chat_sanctions_finish(&state->sanctions);
    for (size_t i = 0; i < state->n_rooms; i++)
        free(state->rooms[i]);
    for (size_t i = 0; i < CHAT_AUDIT_MAX; i++)
        free(state->audit[i]);
    free(state->rooms);
    free(state);
}

const char *chat_state_absence(const struct chat_state *state)
{
    return state->absence;
}

void chat_state_use(struct chat_state *state, uv_loop_t *loop)
{
    state->loop = loop;
    state->work.data = state;
}

/* On a thread of the pool. One batch at a time, so nobody else is at the store. */
static void write_batch(uv_work_t *work)
{
    struct chat_state *state = work->data;
    struct chat_record *records[BATCH_MAX];
    size_t n = 0;

    for (struct change *change = state->batch; change != NULL; change = change->next)
        if (change->refusal == NULL)
            records[n++] = &change->record;
    state->batch_ok =
        state->store != NULL && chat_store_write(state->store, records, n, state->batch_why);
}

static void begin_batch(struct chat_state *state);

/* Takes the change, which holds before whoever asked hears of it. */
static void finish(struct chat_state *state, struct change *change, const char *why)
{
    chat_state_done_cb *done = change->done;
    void *context = change->context;
    struct change *told = done != NULL ? copy(&change->record) : NULL;

    change->next = NULL;
    state->sanctions_asked -= change->record.kind == CHAT_RECORD_SANCTION;
    if (why == NULL && change->record.kind != CHAT_RECORD_AUDIT)
        apply(state, change);
    else
        free(change);
    if (done != NULL)
        done(context, &told->record, why);
    free(told);
}

static void on_batch_written(uv_work_t *work, int status)
{
    struct chat_state *state = work->data;
    struct change *change = state->batch, *next;
    const char *why = state->batch_ok        ? NULL
                      : state->store == NULL ? state->absence
                                             : state->batch_why;

    (void)status; /* it is never cancelled */
    /* Those that are left stand in the batch, where they can still be forgotten. */
    for (; change != NULL; change = next) {
        next = change->next;
        state->batch = next;
        finish(state, change, change->refusal != NULL ? change->refusal : why);
    }
    begin_batch(state);
}

/* All that waits, up to a bound, as one transaction. */
static void begin_batch(struct chat_state *state)
{
    struct change **end = &state->batch;

    state->batch_count = 0;
    while (state->first != NULL && state->batch_count < BATCH_MAX) {
        *end = state->first;
        end = &state->first->next;
        state->first = *end;
        state->batch_count++;
    }
    *end = NULL;
    if (state->batch_count > 0)
        uv_queue_work(state->loop, &state->work, write_batch, on_batch_written);
    else if (state->closed != NULL)
        state->closed(state->closed_context);
}

void chat_state_close(struct chat_state *state, void (*closed)(void *context), void *context)
{
    state->closed = closed;
    state->closed_context = context;
    if (state->batch_count == 0)
        closed(context);
}

/* One more than there may be, those that are asked for counted as if each were. */
static bool is_one_too_many(const struct chat_state *state, const struct chat_sanction *sanction)
{
    return state->sanctions.table.count + state->sanctions_asked >= CHAT_SANCTIONS_MAX &&
           chat_sanctions_same(&state->sanctions, sanction) == NULL;
}

uint64_t chat_state_write(struct chat_state *state, const struct chat_record *record,
                          chat_state_done_cb *done, void *context)
{
    struct change *change = copy(record);

    if (record->kind == CHAT_RECORD_SANCTION) {
        if (is_one_too_many(state, &record->sanction))
            change->refusal = "there are as many bans and mutes as there may be";
        state->sanctions_asked++;
    }
    /* It has happened, whether that can be kept or not. */
    if (record->kind == CHAT_RECORD_AUDIT)
        add_audit(state, copy(record));
    change->ticket = ++state->last_ticket;
    change->done = done;
    change->context = context;
    if (state->first == NULL)
        state->first = change;
    else
        state->last->next = change;
    state->last = change;
    if (state->batch_count == 0)
        begin_batch(state);
    return state->last_ticket;
}

void chat_state_forget(struct chat_state *state, uint64_t ticket)
{
    struct change *lists[] = {state->batch, state->first};

    for (unsigned i = 0; i < 2; i++)
        for (struct change *change = lists[i]; change != NULL; change = change->next)
            if (change->ticket == ticket)
                change->done = NULL;
}

void chat_state_sweep(struct chat_state *state, int64_t now_ms, chat_state_done_cb *done,
                      void *context)
{
    struct chat_record record = {.kind = CHAT_RECORD_SANCTION_LIFTED};
    const struct chat_sanction *each;
    uint32_t at = 0;
    unsigned n = 0;

    if (state->batch_count > 0)
        return;
    while (n < BATCH_MAX && (each = chat_sanctions_next(&state->sanctions, &at)) != NULL) {
        if (!chat_sanction_is_over(each, now_ms))
            continue;
        record.sanction = *each;
        chat_state_write(state, &record, done, context);
        n++;
    }
}

const struct chat_sanctions *chat_state_sanctions(const struct chat_state *state)
{
    return &state->sanctions;
}

const struct chat_kept_room *chat_state_room(const struct chat_state *state, size_t number)
{
    return number < state->n_rooms ? &state->rooms[number]->record.room : NULL;
}

const struct chat_audit_entry *chat_state_audit(const struct chat_state *state, size_t number)
{
    if (number >= state->n_audit)
        return NULL;
    size_t at = (state->audit_next + CHAT_AUDIT_MAX - 1 - number) % CHAT_AUDIT_MAX;
    return &state->audit[at]->record.audit;
}
