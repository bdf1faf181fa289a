/* The way from a value to its cell. The worker's own thread. */
#include "net/tally.h"

void chat_tally_observe(_Atomic uint64_t *cells, uint64_t ns)
{
    static const uint64_t bounds[] = {
#define BOUND(ns, seconds) ns,
#include "net/metric.def"
    };
    unsigned i = 0;

    while (i < CHAT_BOUNDS && ns > bounds[i])
        i++;
    chat_tally_add(&cells[i], 1);
    chat_tally_add(&cells[CHAT_BOUNDS + 1], ns);
}

enum chat_close_label chat_tally_close(unsigned code)
{
    switch (code) {
#define CLOSE(symbol, value, word, sentence)                                                       \
    case value:                                                                                    \
        return CHAT_CLOSED_##symbol;
#include "wire/close.def"
    case 0:
        return CHAT_CLOSED_LOST;
    default:
        return CHAT_CLOSED_PEER;
    }
}
