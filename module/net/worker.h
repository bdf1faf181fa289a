/* What one thread owns: its loop's turns, its connections, the rooms at home here, the audiences of
 * rooms anywhere, its mailboxes. The host starts the thread and runs the loop.
 *
 * A turn: mailboxes, reads and timers, as the loop brings them ─► what waits (ready) ─► flush: each
 * dirty room hands its block to its audience, then each dirty connection writes once. A turn is
 * bounded: when its blocks are full the rest of the input waits for the next (DESIGN §3). */
#ifndef CHAT_NET_WORKER_H
#define CHAT_NET_WORKER_H

#include "core/conn_id.h"
#include "core/sanction.h"
#include "core/table.h"
#include "net/audience.h"
#include "net/conn.h"
#include "net/drain.h"
#include "net/ending.h"
#include "net/mailbox.h"
#include "net/memory.h"
#include "net/query.h"
#include "net/ration.h"
#include "net/shared.h"
#include "net/snapshot.h"
#include "net/tally.h"
#include "proto/event.h"
#include "proto/request.h"

enum {
    CHAT_BLOCK_BYTES = 64 * 1024,
};

/* Deadlines by slot, so that a touch is one store and a sweep reads memory in order. Milliseconds
 * of the worker's clock; they wrap. */
struct chat_stamps {
    uint32_t heard;  /* a byte came */
    uint32_t active; /* a message came or went */
    uint32_t ping;   /* the last ping was due */
    uint32_t token;  /* end of the time for a token, or of the token's own; 0: none runs */
    uint32_t until;  /* end of the time for a begun message or a close; 0: none runs */
};

struct chat_worker {
    unsigned index, workers;
    uv_loop_t *loop;
    struct chatd *shared;
    struct chatd_config *snapshot; /* a reference */
    const struct chat_config *config;
    const struct chat_auth *auth; /* NULL: auth.mode is none. Both are the snapshot's */
    const struct chat_conn_app *app;

    struct chat_poller *poller;
    struct chat_conn **conns; /* by slot */
    struct chat_stamps *stamps;
    uint32_t *generations;
    uint32_t *vacant; /* slots to use again */
    uint32_t n_slots, slots_capacity, n_vacant, n_conns;
    uint32_t upgrades; /* answered by 101, not yet connections */
    uint32_t swept;    /* the next slot of the sweep */

    uint32_t turn;             /* its number */
    struct chat_time now;      /* when the clock was read last */
    bool turn_full;            /* nothing more is read or decoded in it */
    uint64_t turn_bytes;       /* of its blocks */
    struct chat_ration ration; /* of its input */
    struct chat_conn *dirty;
    struct chat_conn *ready, **ready_end;
    struct chat_audience *dirty_audiences;
    struct chat_memory memory; /* of queues and buffers */
    struct chat_block_pool blocks;
    struct chat_outbound_pool outbounds;
    char *read_buffer;

    struct chat_pace_limits pace; /* how fast each connection may ask */
    struct chat_coordinator *coordinator;
    struct chat_port port;
    struct chat_encoder *encoder;
    struct chat_decoder *decoder;
    struct chat_deflater *deflater; /* both NULL: websocket.compression is off */
    struct chat_inflater *inflater;
    struct chat_table audiences;
    struct chat_sanctions sanctions; /* this worker's copy */
    struct chat_mailbox *mailbox;
    uint64_t *held; /* completions kept back under pressure: whose */
    uint32_t n_held, held_capacity;
    bool pressed; /* a mailbox is over limits.mailbox */
    struct chat_query_job *jobs;
    struct chat_ending *endings[CHAT_ENDINGS_MAX]; /* a ring; NULL: not that many yet */
    uint64_t n_endings;
    struct chat_ear *ears; /* of those who tail; NULL: nobody */
    struct chat_drain drain;

    uint64_t memberships, identified;
    struct chat_tally *tally;
    uint64_t swept_bytes; /* queued by the connections that the sweep has passed */
    int64_t ticked_ms;    /* when the timer came last */

    uv_check_t check;
    uv_prepare_t prepare;
    uv_idle_t idle; /* runs while something is ready: the loop then does not wait */
    uv_timer_t timer;
    struct chat_stop *stop; /* NULL until the server stops */
    void (*destroyed)(void *context);
    void *destroyed_context;
    unsigned open_handles; /* 0 once it has begun to close them: all are closed */
    bool ends;
    bool mail_left;     /* a full turn cut the taking of letters */
    bool mail_took_all; /* letters filled the last turn while others were ready */
};

struct chat_worker_spec {
    struct chatd *shared;
    struct chat_post_office *office;
    uv_loop_t *loop;
    unsigned index, workers;
    const struct chat_conn_app *app;
    void (*destroyed)(void *context); /* from the loop, once the server has stopped and nothing of
                                       * the worker is left in it */
    void *context;
};

/* On the thread that runs the loop. It ends by itself when the server has stopped. */
struct chat_worker *chat_worker_create(const struct chat_worker_spec *spec);

/* chatd_attach for any application. */
void chat_worker_attach(struct chatd *chatd, h2o_context_t *context, unsigned index,
                        const struct chat_conn_app *app, void (*stopped)(void *context),
                        void *stopped_context);

static inline struct chat_stamps *chat_conn_stamps(const struct chat_conn *conn)
{
    return &conn->worker->stamps[conn->slot];
}

/* How the connection is named across threads. */
static inline uint64_t chat_worker_id_of(const struct chat_conn *conn)
{
    return chat_conn_id(conn->worker->index, conn->slot, conn->generation);
}

static inline uint32_t chat_worker_ms(const struct chat_worker *worker)
{
    return (uint32_t)uv_now(worker->loop);
}
/* Read once for all that the loop brings at a time. */
struct chat_time chat_worker_time(struct chat_worker *worker);

/* Begins its stop when the server is to stop, ends when all workers have stopped. Each tick looks,
 * as a wake from another thread might come to a loop that is gone. */
void chat_worker_heed_stop(struct chat_worker *worker);

/* A slot and a generation for a new connection, and back. */
void chat_worker_admit(struct chat_worker *worker, struct chat_conn *conn);
void chat_worker_release(struct chat_worker *worker, struct chat_conn *conn);
/* Of this worker and still there, or NULL. */
struct chat_conn *chat_worker_conn(const struct chat_worker *worker, uint64_t id);

/* The connection has something to write, or to settle, at the turn's end. */
void chat_worker_dirty(struct chat_worker *worker, struct chat_conn *conn);
/* It is stepped in this turn or, when that is full, in the next. */
void chat_worker_ready(struct chat_worker *worker, struct chat_conn *conn);

/* Counts bytes that this turn hands to connections; it ends when they are many (DESIGN §3). */
void chat_worker_fill(struct chat_worker *worker, size_t bytes);
/* A mailbox rose over its bound or fell below it. */
void chat_worker_press(struct chat_worker *worker, bool pressed);

#endif
