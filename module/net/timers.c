/* The whole of the connections is swept in a second; few connections, at every tick. */
#include "net/timers.h"

#include "net/news.h"
#include "net/pulse.h"
#include "net/worker.h"
#include "wire/close.h"

enum { TICKS_PER_SWEEP = 20, SLICE_MIN = 2048 };

static bool has_passed(uint32_t now_ms, uint32_t since_ms, uint64_t span_ms)
{
    return (int64_t)(int32_t)(now_ms - since_ms) >= (int64_t)span_ms;
}

static void check_deadline(struct chat_conn *conn, uint32_t now_ms)
{
    struct chat_stamps *stamps = chat_conn_stamps(conn);
    if (stamps->until == 0 || !has_passed(now_ms, stamps->until, 0))
        return;
    stamps->until = 0;
    if (conn->serving && !conn->eof)
        chat_conn_close(conn, CHAT_CLOSE_PROTOCOL_ERROR, CHAT_SLICE("message_timeout"));
    else
        chat_conn_drop(conn);
}

/* PROTOCOL §1 and §8. While it is paused by us, its silence says nothing. */
void chat_conn_check(struct chat_conn *conn, uint32_t now_ms)
{
    const struct chat_config *config = conn->worker->config;
    struct chat_stamps *stamps = chat_conn_stamps(conn);
    struct chat_slice no_text = {"", 0};

    if (conn->closed)
        return;
    if (!conn->paused || !conn->serving)
        check_deadline(conn, now_ms);
    if (conn->rests) {
        conn->rests = false;
        chat_conn_settle_input(conn);
    }
    if (conn->closed || !conn->serving)
        return;
    if (stamps->token != 0 && has_passed(now_ms, stamps->token, 0))
        conn->worker->app->overdue(conn);
    if (conn->out != NULL &&
        has_passed(now_ms, conn->stalled_ms, config->websocket_pong_timeout_ms)) {
        chat_conn_close(conn, CHAT_CLOSE_SLOW_CONSUMER, no_text);
    } else if (!conn->paused &&
               has_passed(now_ms, stamps->heard, config->websocket_pong_timeout_ms)) {
        chat_conn_drop(conn);
    } else if (!conn->paused && config->websocket_idle_timeout_ms != 0 &&
               has_passed(now_ms, stamps->active, config->websocket_idle_timeout_ms)) {
        chat_conn_close(conn, CHAT_CLOSE_IDLE, no_text);
    }
    if (conn->serving && has_passed(now_ms, stamps->ping, config->websocket_ping_interval_ms)) {
        stamps->ping = now_ms;
        conn->ping_due = true;
        chat_worker_dirty(conn->worker, conn);
    }
}

static void sweep_connections(struct chat_worker *worker)
{
    uint32_t now = chat_worker_ms(worker), slice = worker->n_slots / TICKS_PER_SWEEP;

    if (slice < SLICE_MIN)
        slice = SLICE_MIN;
    if (slice > worker->n_slots)
        slice = worker->n_slots;
    for (; slice > 0; slice--) {
        if (worker->swept >= worker->n_slots)
            chat_pulse_sweep(worker);
        struct chat_conn *conn = worker->conns[worker->swept++];
        if (conn == NULL)
            continue;
        chat_conn_check(conn, now);
        worker->swept_bytes += chat_conn_queued(conn);
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct chat_worker *worker = timer->data;
    chat_pulse_beat(worker);
    sweep_connections(worker);
    if (worker->memory.is_over || worker->memory.was_over)
        chat_memory_relieve(worker);
    chat_coordinator_sweep(worker->coordinator, chat_worker_time(worker));
    chat_drain_step(worker);
    chat_pulse_publish(worker);
    chat_news_settle(worker);
    chat_worker_heed_stop(worker);
}

void chat_timers_start(struct chat_worker *worker)
{
    worker->timer.data = worker;
    uv_timer_start(&worker->timer, on_tick, CHAT_TICK_MS, CHAT_TICK_MS);
}
