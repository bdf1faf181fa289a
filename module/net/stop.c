/* The stages of a worker's stop. */
#include "net/stop.h"

#include "net/letter.h"
#include "net/worker.h"
#include "wire/close.h"

#include <stdlib.h>

enum { ROUNDS = 2 };

struct chat_stop {
    bool begun, closing, forced, reported;
    unsigned close_code;
    uint32_t crowd;          /* connections when it began */
    unsigned round;          /* tokens sent */
    unsigned tokens[ROUNDS]; /* received */
    uint64_t deadline_ms;
    void (*stopped)(void *context);
    void *context;
};

static struct chat_stop *stop_of(struct chat_worker *worker)
{
    if (worker->stop == NULL) {
        worker->stop = calloc(1, sizeof(*worker->stop));
        if (worker->stop == NULL)
            abort();
    }
    return worker->stop;
}

bool chat_stop_is_begun(const struct chat_worker *worker)
{
    return worker->stop != NULL && worker->stop->begun;
}

bool chat_stop_is_over(const struct chat_worker *worker)
{
    return worker->stop != NULL && worker->stop->reported;
}

bool chat_stop_is_forced(const struct chat_worker *worker)
{
    return worker->stop != NULL && worker->stop->forced;
}

static void each_conn(struct chat_worker *worker, void (*visit)(struct chat_conn *conn))
{
    for (uint32_t i = 0; i < worker->n_slots; i++)
        if (worker->conns[i] != NULL)
            visit(worker->conns[i]);
}

void chat_stop_begin(struct chat_worker *worker, unsigned close_code, uint64_t timeout_ms,
                     void (*stopped)(void *context), void *context)
{
    struct chat_stop *stop = stop_of(worker);
    if (stop->begun)
        return;
    stop->begun = true;
    stop->close_code = close_code;
    stop->crowd = worker->n_conns;
    stop->deadline_ms = uv_now(worker->loop) + timeout_ms;
    stop->stopped = stopped;
    stop->context = context;
    each_conn(worker, chat_conn_settle_input);
    chat_stop_step(worker);
}

void chat_stop_token(struct chat_worker *worker, unsigned round)
{
    stop_of(worker)->tokens[round - 1]++;
}

static bool is_quiet(const struct chat_worker *worker)
{
    for (uint32_t i = 0; i < worker->n_slots; i++)
        if (worker->conns[i] != NULL && !worker->app->quiet(worker->conns[i]))
            return false;
    return !worker->mail_left;
}

static void send_tokens(struct chat_worker *worker, unsigned round)
{
    struct chat_letter letter = {.kind = CHAT_LETTER_TOKEN, .number = round};
    for (unsigned to = 0; to < worker->workers; to++)
        if (to != worker->index)
            chat_mailbox_send(worker->mailbox, to, &letter);
}

/* True when the rounds are over. */
static bool step_rounds(struct chat_worker *worker, struct chat_stop *stop)
{
    while (stop->round < ROUNDS) {
        bool may_send = stop->round == 0 ? is_quiet(worker)
                                         : stop->tokens[stop->round - 1] == worker->workers - 1;
        if (!may_send)
            return false;
        send_tokens(worker, ++stop->round);
    }
    return stop->tokens[ROUNDS - 1] == worker->workers - 1 && !worker->mail_left;
}

/* Those who come back after a restart are asked to come in the course of a second for each thousand
 * of them, if they are many. */
static void close_conn(struct chat_conn *conn)
{
    enum { MANY = 100 };
    struct chat_worker *worker = conn->worker;
    const struct chat_stop *stop = worker->stop;
    uint64_t id = chat_worker_id_of(conn);
    struct chat_slice name = {(const char *)&id, sizeof(id)};

    if (stop->close_code != CHAT_CLOSE_RESTART || stop->crowd <= MANY)
        chat_conn_close(conn, stop->close_code, (struct chat_slice){"", 0});
    else
        chat_conn_close_for(conn, stop->close_code,
                            1 + chat_hash(&worker->shared->secrets, name) % stop->crowd);
}

static void drop_conn(struct chat_conn *conn)
{
    chat_conn_drop(conn);
    chat_conn_wake(conn);
}

void chat_stop_step(struct chat_worker *worker)
{
    struct chat_stop *stop = worker->stop;
    if (stop == NULL || !stop->begun || stop->reported)
        return;
    if (!stop->forced && uv_now(worker->loop) >= stop->deadline_ms) {
        stop->forced = true;
        each_conn(worker, drop_conn);
    }
    if (stop->closing || stop->forced || step_rounds(worker, stop)) {
        stop->closing = true;
        each_conn(worker, close_conn);
    }
    if (stop->closing && worker->n_conns == 0 && worker->upgrades == 0) {
        chat_mailbox_post(worker->mailbox); /* the last tokens */
        stop->reported = true;
        stop->stopped(stop->context);
    }
}
