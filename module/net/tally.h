/* What one worker counts for the metrics of metric.def. It alone writes, by a plain load and store
 * as both are relaxed; a scrape reads on any thread and waits for nobody. */
#ifndef CHAT_NET_TALLY_H
#define CHAT_NET_TALLY_H

#include "core/error.h"

#include <stdatomic.h>
#include <stdint.h>

/* The labels of each set, as indexes of its cells: CHAT_STATUS_101, CHAT_LIMIT_joins … */
#define SET_STATUS(key)
#define SET_REFUSAL(key)
#define SET_LIMIT(key)
enum chat_status_label {
#undef SET_STATUS
#define SET_STATUS(key) CHAT_STATUS_##key,
#define LABEL(set, key) SET_##set(key)
#include "net/metric.def"
    CHAT_STATUSES
#undef SET_STATUS
#define SET_STATUS(key)
};

enum chat_refusal_label {
#undef SET_REFUSAL
#define SET_REFUSAL(key) CHAT_REFUSED_##key,
#define LABEL(set, key)  SET_##set(key)
#include "net/metric.def"
    CHAT_REFUSALS
#undef SET_REFUSAL
#define SET_REFUSAL(key)
};

enum chat_limit_label {
#undef SET_LIMIT
#define SET_LIMIT(key)  CHAT_LIMITED_##key,
#define LABEL(set, key) SET_##set(key)
#include "net/metric.def"
    CHAT_LIMITS
#undef SET_LIMIT
#define SET_LIMIT(key)
};
#undef SET_STATUS
#undef SET_REFUSAL
#undef SET_LIMIT

enum chat_close_label {
#define CLOSE(symbol, code, word, sentence) CHAT_CLOSED_##symbol,
#include "wire/close.def"
    CHAT_CLOSED_PEER, /* it asked */
    CHAT_CLOSED_LOST, /* nobody did */
    CHAT_CLOSED_LABELS
};

enum chat_bound_label {
#define BOUND(ns, seconds) CHAT_BOUND_##ns,
#include "net/metric.def"
    CHAT_BOUNDS
};

enum {
    CHAT_CELLS_WORKER = 1,
    CHAT_CELLS_STATUS = CHAT_STATUSES,
    CHAT_CELLS_REFUSAL = CHAT_REFUSALS,
    CHAT_CELLS_LIMIT = CHAT_LIMITS,
    CHAT_CELLS_CLOSE = CHAT_CLOSED_LABELS,
    CHAT_CELLS_ERROR = CHAT_ERRORS,     /* CHAT_OK's is never told */
    CHAT_CELLS_TIMES = CHAT_BOUNDS + 2, /* what is beyond the last bound, then the sum */
};

struct chat_tally {
#define METRIC(member, name, type, unit, labels, help) _Atomic uint64_t member[CHAT_CELLS_##labels];
#include "net/metric.def"
} __attribute__((aligned(64)));

static inline uint64_t chat_tally_read(const _Atomic uint64_t *cell)
{
    return atomic_load_explicit(cell, memory_order_relaxed);
}

/* The worker's own thread. */
static inline void chat_tally_set(_Atomic uint64_t *cell, uint64_t value)
{
    atomic_store_explicit(cell, value, memory_order_relaxed);
}
static inline void chat_tally_add(_Atomic uint64_t *cell, uint64_t n)
{
    chat_tally_set(cell, chat_tally_read(cell) + n);
}

/* One more observation of a histogram. */
void chat_tally_observe(_Atomic uint64_t *cells, uint64_t ns);

/* The cell of an end with this close code; 0: without one. */
enum chat_close_label chat_tally_close(unsigned code);

#endif
