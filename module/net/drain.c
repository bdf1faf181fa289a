/* The server's decision in a few atomics, and a worker's walk over its slots. */
#include "net/drain.h"

#include "net/stop.h"
#include "net/worker.h"
#include "wire/close.h"

/* In one tick: some milliseconds' work. And for how long a client is asked to wait at most, so that
 * those who go in one tick do not come to the next server in one. */
enum { SLICE = 1024, RETRY_MS = 2000 };

static uint64_t clock_ms(void)
{
    return uv_hrtime() / 1000000;
}

bool chat_drain_is_on(const struct chatd *chatd)
{
    return atomic_load_explicit(&chatd->drain, memory_order_acquire) != 0;
}

bool chat_drain_is_done(const struct chatd *chatd)
{
    return atomic_load(&chatd->connections) <= atomic_load(&chatd->handshaking);
}

void chat_drain_times(const struct chatd *chatd, uint64_t *ret_begun_ms, uint64_t *ret_end_ms)
{
    *ret_begun_ms = atomic_load(&chatd->drain_begun_ms);
    *ret_end_ms = *ret_begun_ms + atomic_load(&chatd->drain_over_ms);
}

void chatd_drain(struct chatd *chatd, uint64_t over_ms)
{
    atomic_store(&chatd->drain_begun_ms, clock_ms());
    atomic_store(&chatd->drain_over_ms, over_ms);
    if (++chatd->drains == 0)
        chatd->drains = 1;
    atomic_store_explicit(&chatd->drain, chatd->drains, memory_order_release);
}

void chatd_undrain(struct chatd *chatd)
{
    atomic_store(&chatd->drain, 0);
}

uint32_t chat_drain_target(uint32_t total, uint64_t elapsed_ms, uint64_t over_ms)
{
    double part = over_ms == 0 ? 1 : (double)elapsed_ms / (double)over_ms;
    return elapsed_ms >= over_ms ? total : (uint32_t)(total * part);
}

static void send_away(struct chat_worker *worker, struct chat_conn *conn)
{
    uint64_t id = chat_worker_id_of(conn);
    struct chat_slice name = {(const char *)&id, sizeof(id)};

    chat_conn_close_for(conn, CHAT_CLOSE_SENT_AWAY,
                        1 + chat_hash(&worker->shared->secrets, name) % RETRY_MS);
}

/* Some more of its connections, as many as are due. A connection that came in meanwhile, in a slot
 * that has been passed, is met when the time is over. */
static void send_some(struct chat_worker *worker, uint32_t due)
{
    struct chat_drain *drain = &worker->drain;
    uint32_t looked = 0;

    for (; due > 0 && looked < worker->n_slots; looked++) {
        if (drain->cursor >= worker->n_slots)
            drain->cursor = 0;
        struct chat_conn *conn = worker->conns[drain->cursor++];
        if (conn == NULL || !conn->serving)
            continue;
        send_away(worker, conn);
        drain->sent++;
        due--;
    }
}

void chat_drain_step(struct chat_worker *worker)
{
    const struct chatd *chatd = worker->shared;
    struct chat_drain *drain = &worker->drain;
    unsigned current = atomic_load_explicit(&chatd->drain, memory_order_acquire);
    uint64_t begun_ms, end_ms;

    if (current != drain->seen)
        *drain = (struct chat_drain){.seen = current, .total = worker->n_conns};
    if (current == 0 || chat_stop_is_begun(worker))
        return;
    chat_drain_times(chatd, &begun_ms, &end_ms);
    uint64_t now_ms = clock_ms(); /* only now: another drain may have begun since `current` */
    uint32_t target = chat_drain_target(drain->total, now_ms - begun_ms, end_ms - begun_ms);
    uint32_t due = now_ms >= end_ms       ? worker->n_conns
                   : target > drain->sent ? target - drain->sent
                                          : 0;
    send_some(worker, due < SLICE ? due : SLICE);
}
