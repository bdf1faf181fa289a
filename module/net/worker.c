/* The turn of a worker, and the slots of its connections. */
#include "net/worker.h"

#include "core/conn_id.h"
#include "net/delivery.h"
#include "net/news.h"
#include "net/port.h"
#include "net/stop.h"
#include "net/timers.h"
#include "net/tune.h"
#include "wire/deflate.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct chat_time chat_worker_time(struct chat_worker *worker)
{
    struct timespec now;
    if (worker->now.mono_ms == uv_now(worker->loop))
        return worker->now;
    clock_gettime(CLOCK_REALTIME, &now);
    worker->now = (struct chat_time){.wall_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000,
                                     .mono_ms = uv_now(worker->loop)};
    return worker->now;
}

static void grow_slots(struct chat_worker *worker)
{
    uint32_t capacity = worker->slots_capacity * 2 + 64;
    worker->conns = realloc(worker->conns, capacity * sizeof(*worker->conns));
    worker->stamps = realloc(worker->stamps, capacity * sizeof(*worker->stamps));
    worker->generations = realloc(worker->generations, capacity * sizeof(*worker->generations));
    worker->vacant = realloc(worker->vacant, capacity * sizeof(*worker->vacant));
    if (worker->conns == NULL || worker->stamps == NULL || worker->generations == NULL ||
        worker->vacant == NULL)
        abort();
    worker->slots_capacity = capacity;
}

void chat_worker_admit(struct chat_worker *worker, struct chat_conn *conn)
{
    if (worker->n_vacant > 0) {
        conn->slot = worker->vacant[--worker->n_vacant];
    } else {
        if (worker->n_slots == worker->slots_capacity)
            grow_slots(worker);
        conn->slot = worker->n_slots++;
        worker->generations[conn->slot] = 0;
    }
    uint32_t *generation = &worker->generations[conn->slot];
    *generation = (*generation + 1) & ((1u << CHAT_CONN_GENERATION_BITS) - 1);
    if (*generation == 0)
        *generation = 1;
    conn->generation = *generation;
    worker->conns[conn->slot] = conn;
    worker->n_conns++;
}

void chat_worker_release(struct chat_worker *worker, struct chat_conn *conn)
{
    worker->conns[conn->slot] = NULL;
    worker->vacant[worker->n_vacant++] = conn->slot;
    worker->n_conns--;
}

struct chat_conn *chat_worker_conn(const struct chat_worker *worker, uint64_t id)
{
    uint32_t slot = chat_conn_id_slot(id);
    if (id == 0 || chat_conn_id_worker(id) != worker->index || slot >= worker->n_slots)
        return NULL;
    struct chat_conn *conn = worker->conns[slot];
    if (conn == NULL || chat_conn_id(worker->index, slot, conn->generation) != id)
        return NULL;
    return conn;
}

void chat_worker_dirty(struct chat_worker *worker, struct chat_conn *conn)
{
    if (conn->dirty)
        return;
    conn->dirty = true;
    conn->next_dirty = worker->dirty;
    worker->dirty = conn;
}

void chat_worker_ready(struct chat_worker *worker, struct chat_conn *conn)
{
    if (conn->ready)
        return;
    conn->ready = true;
    conn->next_ready = NULL;
    *worker->ready_end = conn;
    worker->ready_end = &conn->next_ready;
}

static struct chat_conn *take_ready(struct chat_worker *worker)
{
    struct chat_conn *conn = worker->ready;
    worker->ready = conn->next_ready;
    if (worker->ready == NULL)
        worker->ready_end = &worker->ready;
    conn->ready = false;
    return conn;
}

/* Those that were ready before the turn's end; what becomes ready meanwhile waits for the next. */
static void run_ready(struct chat_worker *worker)
{
    struct chat_conn *last = NULL;
    for (struct chat_conn *c = worker->ready; c != NULL; c = c->next_ready)
        last = c;
    while (worker->ready != NULL && !worker->turn_full) {
        struct chat_conn *conn = take_ready(worker);
        bool was_last = conn == last;
        chat_conn_step(conn);
        if (was_last)
            break;
    }
}

void chat_worker_fill(struct chat_worker *worker, size_t bytes)
{
    worker->turn_bytes += bytes;
    if (worker->turn_bytes >= worker->config->limits_outbound_queue / 2)
        worker->turn_full = true;
}

void chat_worker_press(struct chat_worker *worker, bool pressed)
{
    if (pressed == worker->pressed)
        return;
    worker->pressed = pressed;
    if (!pressed)
        chat_port_release(worker);
    for (uint32_t i = 0; i < worker->n_slots; i++)
        if (worker->conns[i] != NULL)
            chat_conn_settle_input(worker->conns[i]);
}

/* The other workers begin while this one writes. */
static void post(struct chat_worker *worker)
{
    if (chat_stop_is_over(worker))
        return;
    chat_mailbox_post(worker->mailbox);
    chat_worker_press(worker, chat_mailbox_over(worker->mailbox, worker->workers));
    chat_mailbox_post(worker->mailbox); /* completions that the press let go */
}

/* A look at the clock costs more than what a short turn writes, so only some are timed. */
static bool is_timed(const struct chat_worker *worker)
{
    enum { ONE_IN = 16 };
    return worker->turn % ONE_IN == 0;
}

static void flush(struct chat_worker *worker)
{
    uint64_t began_ns = is_timed(worker) ? uv_hrtime() : 0;

    post(worker);
    while (worker->dirty_audiences != NULL || worker->dirty != NULL) {
        chat_audience_flush(worker);
        while (worker->dirty != NULL) {
            struct chat_conn *conn = worker->dirty;
            worker->dirty = conn->next_dirty;
            conn->dirty = false;
            chat_conn_flush(conn);
        }
    }
    post(worker);
    if (began_ns != 0)
        chat_tally_observe(worker->tally->flush, uv_hrtime() - began_ns);
    if (worker->config->limits_memory != 0)
        chat_memory_settle(worker);
    worker->turn++;
    worker->turn_full = false;
    worker->turn_bytes = 0;
    chat_ration_begin(&worker->ration);
}

static void on_letter(void *context, const struct chat_letter *letter)
{
    chat_deliver_letter(context, letter);
}

static bool turn_has_room(void *context)
{
    return !((struct chat_worker *)context)->turn_full;
}

static void take_mail(struct chat_worker *worker)
{
    worker->mail_left = !chat_stop_is_over(worker) &&
                        !chat_mailbox_take(worker->mailbox, on_letter, turn_has_room, worker);
}

static void handle_closed(void *context)
{
    struct chat_worker *worker = context;
    if (--worker->open_handles > 0)
        return;
    void (*destroyed)(void *context) = worker->destroyed;
    void *destroyed_context = worker->destroyed_context;
    chat_query_finish(worker);
    chat_news_finish(worker);
    chat_ending_finish(worker);
    chat_coordinator_destroy(worker->coordinator);
    chat_table_finish(&worker->audiences);
    chat_sanctions_finish(&worker->sanctions);
    chat_encoder_destroy(worker->encoder);
    chat_decoder_destroy(worker->decoder);
    chat_deflater_destroy(worker->deflater);
    chat_inflater_destroy(worker->inflater);
    chat_block_pool_finish(&worker->blocks);
    chat_outbound_pool_finish(&worker->outbounds);
    free(worker->conns);
    free(worker->stamps);
    free(worker->generations);
    free(worker->vacant);
    free(worker->held);
    free(worker->stop);
    chat_snapshot_unref(worker->snapshot);
    free(worker->read_buffer);
    free(worker);
    destroyed(destroyed_context);
}

static void on_handle_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
}

static void end(struct chat_worker *worker)
{
    if (worker->ends)
        return;
    worker->ends = true;
    chat_audience_flush(worker);
    uv_close((uv_handle_t *)&worker->check, on_handle_closed);
    uv_close((uv_handle_t *)&worker->prepare, on_handle_closed);
    uv_close((uv_handle_t *)&worker->idle, on_handle_closed);
    uv_close((uv_handle_t *)&worker->timer, on_handle_closed);
    chat_mailbox_close(worker->mailbox, handle_closed);
    chat_poller_close(worker->poller, handle_closed, worker);
}

static void on_stopped(void *context)
{
    struct chat_worker *worker = context;
    atomic_fetch_add(&worker->shared->stopped, 1);
}

void chat_worker_heed_stop(struct chat_worker *worker)
{
    unsigned code = atomic_load(&worker->shared->stop);

    if (code != 0)
        chat_stop_begin(worker, code, worker->config->shutdown_timeout_ms, on_stopped, worker);
    chat_stop_step(worker);
    if (atomic_load(&worker->shared->stopped) == worker->workers)
        end(worker);
}

static void on_woken(void *context)
{
    struct chat_worker *worker = context;
    chat_worker_press(worker, chat_mailbox_over(worker->mailbox, worker->workers));
    take_mail(worker);
}

static void on_idle(uv_idle_t *idle)
{
    (void)idle; /* it only keeps the loop from waiting */
}

/* The end of what poll brought, then a turn for what waits. Both are bounded, and the loop polls
 * before the next: so neither those who are read first nor those who wait can starve the others. */
static void on_check(uv_check_t *check)
{
    struct chat_worker *worker = check->data;

    chat_mailbox_wake(worker->mailbox);
    if (worker->turn_full)
        flush(worker);
    /* Letters go first, but not twice in a row where they left nothing of a turn to those who are
     * ready. */
    bool takes_mail = !worker->mail_took_all;
    if (takes_mail)
        take_mail(worker);
    worker->mail_took_all = takes_mail && worker->turn_full && worker->ready != NULL;
    run_ready(worker);
    bool asked = chat_query_step(worker);
    chat_stop_step(worker);
    flush(worker);
    if (asked || worker->ready != NULL || worker->mail_left)
        uv_idle_start(&worker->idle, on_idle);
    else
        uv_idle_stop(&worker->idle);
}

/* What timers and the closing of handles left. */
static void on_prepare(uv_prepare_t *prepare)
{
    struct chat_worker *worker = prepare->data;
    if (worker->dirty != NULL || worker->dirty_audiences != NULL)
        flush(worker);
    if (!uv_is_active((uv_handle_t *)&worker->idle) && !chat_mailbox_sleep(worker->mailbox))
        uv_idle_start(&worker->idle, on_idle);
}

struct chat_worker *chat_worker_create(const struct chat_worker_spec *spec)
{
    struct chat_worker *worker = calloc(1, sizeof(*worker));
    if (worker == NULL ||
        (worker->read_buffer = malloc(CHAT_RATION_MAX + CHAT_TRANSPORT_OVER)) == NULL)
        abort();
    worker->index = spec->index;
    worker->workers = spec->workers;
    worker->loop = spec->loop;
    worker->shared = spec->shared;
    worker->config = &spec->shared->snapshot->config;
    worker->app = spec->app;
    worker->tally = &spec->shared->tallies[spec->index];
    worker->sanctions.secrets = &spec->shared->secrets;
    worker->destroyed = spec->destroyed;
    worker->destroyed_context = spec->context;
    worker->turn = 1;
    chat_ration_begin(&worker->ration);
    worker->blocks.memory = worker->outbounds.memory = &worker->memory;
    worker->ready_end = &worker->ready;
    worker->encoder = chat_encoder_create();
    worker->decoder = chat_decoder_create(&(struct chat_bounds){0});
    if (worker->config->websocket_compression) {
        worker->deflater = chat_deflater_create(worker->config->websocket_compression_min);
        worker->inflater = chat_inflater_create();
    }
    chat_port_init(worker);
    worker->coordinator =
        chat_coordinator_create(&(struct chat_coordinator_spec){.secrets = &worker->shared->secrets,
                                                                .port = &worker->port,
                                                                .worker = worker->index,
                                                                .workers = worker->workers});
    chat_tune_worker(worker, chat_snapshot_ref(spec->shared->snapshot));
    worker->mailbox =
        chat_mailbox_open(spec->office, worker->index, worker->loop, on_woken, worker);
    worker->poller = chat_poller_create(worker->loop, &chat_conn_poller_events);
    uv_check_init(worker->loop, &worker->check);
    uv_prepare_init(worker->loop, &worker->prepare);
    uv_idle_init(worker->loop, &worker->idle);
    uv_timer_init(worker->loop, &worker->timer);
    worker->check.data = worker->prepare.data = worker->idle.data = worker;
    uv_check_start(&worker->check, on_check);
    uv_prepare_start(&worker->prepare, on_prepare);
    chat_timers_start(worker);
    worker->open_handles = 6;
    return worker;
}
