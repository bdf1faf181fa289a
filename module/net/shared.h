/* What all workers share: read-only since the start, or exempt by DESIGN ⚖2 (exact global totals,
 * the table of addresses). The struct behind chatd.h's `struct chatd`. */
#ifndef CHAT_NET_SHARED_H
#define CHAT_NET_SHARED_H

#include "chatd.h"
#include "config/config.h"
#include "core/hash.h"
#include "core/limits.h"
#include "net/address.h"
#include "net/forwarded.h"
#include "net/record.h"
#include "state/state.h"

#include <stdatomic.h>

struct chatd {
    /* That of the start: what it says of options that need a restart stays true. A worker's own is
     * in the worker. */
    const struct chat_config *config;
    struct chatd_config *first;    /* of which that is a part */
    struct chatd_config *snapshot; /* in effect; the admin loop's, once that runs */
    struct chat_secrets secrets;
    struct chat_tls *tls;
    struct chat_address_table *addresses;
    struct chat_proxies proxies;       /* http.trusted_proxies */
    struct chat_proxies metrics_allow; /* http.metrics_allow */
    struct chat_tally *tallies;        /* of each worker */
    unsigned n_workers;
    struct chat_worker *workers[CHAT_WORKERS_MAX]; /* each written once, by its own thread */
    struct chat_post_office *office;
    h2o_handler_t *handler; /* of websocket.path; its context data is the worker */
    chatd_log_cb *log;
    atomic_int log_level; /* enum chatd_level: what is more detailed is not written */
    struct chat_record_gate gates[CHAT_RECORDS];
    atomic_uint attached, stopped;
    atomic_uint stop;  /* the close code, once it is known */
    atomic_uint drain; /* 0: none; else which one since the start (drain.h) */
    unsigned drains;   /* the admin loop's */
    atomic_ullong drain_begun_ms, drain_over_ms;
    atomic_uint connections_max; /* limits.connections, as it is in effect, for the metrics */
    atomic_uint connections;     /* TCP, from accept on, and upgraded ones of other listeners */
    atomic_uint handshaking;     /* of them those not yet upgraded */
    atomic_uint rooms;
    atomic_bool moderates;       /* the control takes what moderators ask for (moderation.h) */
    atomic_uint_fast64_t memory; /* limits.memory: all queues and buffers */
    atomic_uint_fast64_t largest[CHAT_WORKERS_MAX]; /* queue of each worker, while it is passed */
    struct chat_state *state;           /* the admin loop's, once all workers are attached */
    struct chat_control *control;       /* the admin loop's */
    struct chat_moderation *moderation; /* likewise; NULL while it is not open */
    struct chat_admin *admin;
    uv_loop_t *loop;     /* the admin's */
    uv_timer_t *sweeper; /* of what is over in the state; NULL while the admin server is closed */
    int64_t reloaded_ms; /* since 1970; 0: it was not; the admin loop's, like the next */
    const char *restart_for[CHAT_OPTIONS]; /* options that have changed and wait for a restart */
    size_t n_restart_for;
    void (*shutdown)(void *context); /* the host's end, where it may be asked for */
    void *shutdown_context;
    struct chat_ending *ending;           /* NULL until it is needed */
    unsigned reloads;                     /* under way */
    void (*reloads_ended)(void *context); /* NULL until the admin loop is given up */
    void *reloads_context;
    void (*reloading)(void *context, bool begins); /* may be NULL, like the next */
    void (*changed)(void *context);                /* another configuration is in effect */
    void *changed_context;
    void (*admin_closed)(void *context);
    void *admin_context;
};

/* False: a line of this level would not be written. */
static inline bool chat_log_wants(const struct chatd *chatd, enum chatd_level level)
{
    return (int)level <= atomic_load_explicit(&chatd->log_level, memory_order_relaxed);
}

/* chat_log(chatd, CHATD_INFO, "event", {"key", "text", 0}, {"key", NULL, number}); any thread. The
 * event has a row in log.def; behind its fields, of which there are fewer than the array has,
 * stands one without a key. */
#define chat_log(chatd, level, event, ...)                                                         \
    do {                                                                                           \
        if (chat_log_wants(chatd, level))                                                          \
            chat_record_write(chatd, level, event, (const struct chatd_field[8]){__VA_ARGS__});    \
    } while (0)

#endif
