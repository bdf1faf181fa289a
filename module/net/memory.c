/* The sum over the workers, and whose queue goes. */
#include "net/memory.h"

#include "net/worker.h"
#include "wire/close.h"

uint64_t chat_memory_bytes(const struct chat_worker *worker)
{
    return worker->memory.bytes + chat_mailbox_bytes(worker->mailbox);
}

void chat_memory_settle(struct chat_worker *worker)
{
    struct chat_memory *memory = &worker->memory;
    uint64_t bytes = chat_memory_bytes(worker), change = bytes - memory->told;

    memory->told = bytes;
    /* It wraps where it falls, like the change. */
    uint64_t all = atomic_fetch_add_explicit(&worker->shared->memory, change, memory_order_relaxed);
    bool is_over = all + change >= worker->config->limits_memory;
    if (is_over && !memory->is_over)
        chat_log(worker->shared, CHATD_WARNING, "overloaded", {"reason", "limits.memory", 0});
    memory->is_over = is_over;
}

static struct chat_conn *largest_queue(const struct chat_worker *worker)
{
    struct chat_conn *largest = NULL;
    for (uint32_t i = 0; i < worker->n_slots; i++) {
        struct chat_conn *conn = worker->conns[i];
        if (conn != NULL && conn->serving && conn->out != NULL &&
            (largest == NULL || chat_conn_queued(conn) > chat_conn_queued(largest)))
            largest = conn;
    }
    return largest;
}

/* Each worker says how large its largest is, and only the one with the largest of all acts. */
void chat_memory_relieve(struct chat_worker *worker)
{
    struct chatd *shared = worker->shared;
    struct chat_memory *memory = &worker->memory;
    struct chat_conn *largest = memory->is_over ? largest_queue(worker) : NULL;
    uint64_t bytes = largest == NULL ? 0 : chat_conn_queued(largest);
    bool acts = memory->is_over && memory->was_over && bytes > 0;

    memory->was_over = memory->is_over;
    atomic_store_explicit(&shared->largest[worker->index], bytes, memory_order_relaxed);
    for (unsigned i = 0; acts && i < worker->workers; i++)
        acts = atomic_load_explicit(&shared->largest[i], memory_order_relaxed) <= bytes;
    if (acts)
        chat_conn_close(largest, CHAT_CLOSE_SLOW_CONSUMER, (struct chat_slice){"", 0});
}
