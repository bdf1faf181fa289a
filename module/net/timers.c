/* The whole of the connections is swept in a second; few connections, at every tick. */
#include "net/timers.h"

#include "net/stop.h"
#include "net/worker.h"

enum { TICK_MS = 50, TICKS_PER_SWEEP = 20, SLICE_MIN = 2048 };

static void sweep_connections(struct chat_worker *worker)
{
    uint32_t now = chat_worker_ms(worker), slice = worker->n_slots / TICKS_PER_SWEEP;

    if (slice < SLICE_MIN)
        slice = SLICE_MIN;
    if (slice > worker->n_slots)
        slice = worker->n_slots;
    for (; slice > 0; slice--) {
        if (worker->swept >= worker->n_slots)
            worker->swept = 0;
        struct chat_conn *conn = worker->conns[worker->swept++];
        if (conn != NULL)
            chat_conn_check(conn, now);
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct chat_worker *worker = timer->data;
    sweep_connections(worker);
    if (worker->coordinator != NULL)
        chat_coordinator_sweep(worker->coordinator, chat_worker_time(worker));
    chat_stop_step(worker);
}

void chat_timers_start(struct chat_worker *worker)
{
    worker->timer.data = worker;
    uv_timer_start(&worker->timer, on_tick, TICK_MS, TICK_MS);
}
