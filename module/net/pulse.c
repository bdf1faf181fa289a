/* A worker's beat, and the gauges of its tally. */
#include "net/pulse.h"

#include "net/worker.h"

void chat_pulse_sweep(struct chat_worker *worker)
{
    chat_tally_set(worker->tally->queued_bytes, worker->swept_bytes);
    worker->swept_bytes = 0;
    worker->swept = 0;
}

void chat_pulse_publish(struct chat_worker *worker)
{
    struct chat_tally *tally = worker->tally;

    chat_tally_set(tally->connections, worker->n_conns);
    chat_tally_set(tally->identified, worker->identified);
    chat_tally_set(tally->members, worker->memberships);
    chat_tally_set(tally->memory_bytes, chat_memory_bytes(worker));
    chat_tally_set(tally->rooms, chat_coordinator_rooms(worker->coordinator));
    chat_tally_set(tally->history_bytes, chat_coordinator_history_bytes(worker->coordinator));
}

void chat_pulse_beat(struct chat_worker *worker)
{
    const int64_t ns_per_ms = 1000000;
    int64_t due_ns = (worker->ticked_ms + CHAT_TICK_MS) * ns_per_ms;
    int64_t now_ns = (int64_t)uv_hrtime();

    if (worker->ticked_ms != 0)
        chat_tally_observe(worker->tally->lag, now_ns > due_ns ? (uint64_t)(now_ns - due_ns) : 0);
    worker->ticked_ms = (int64_t)uv_now(worker->loop);
    chat_tally_set(worker->tally->beat, (uint64_t)(chat_worker_time(worker).wall_ms * ns_per_ms));
}
