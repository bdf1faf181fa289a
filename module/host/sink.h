/* Where log lines go: a bounded queue and a thread that writes, so that a reader who is slow, or a
 * disk that is full, costs lines and never a worker's time. */
#ifndef CHAT_HOST_SINK_H
#define CHAT_HOST_SINK_H

#include <stdbool.h>
#include <stddef.h>

struct chat_sink;

/* What waits for the writer. */
enum { CHAT_SINK_BYTES = 1 << 20 };

/* Starts the thread. Writes what was queued, runs of whole lines, to the descriptor, which it
 * takes; or gives each entry to the journal where that is -1. `tell_lost` makes an entry about lost
 * ones; called by the thread. Returns owned. */
struct chat_sink *chat_sink_create(int descriptor, bool is_journal,
                                   size_t (*tell_lost)(unsigned long long entries, char *bytes,
                                                       size_t size));

/* Any thread; copies the entry, or counts it as lost where there is no room. */
void chat_sink_put(struct chat_sink *sink, const char *bytes, size_t length);

/* Any thread. From the next write on another descriptor is written to; the old one is closed. */
void chat_sink_turn(struct chat_sink *sink, int descriptor);

/* Takes the sink. Waits until all is written, for two seconds at most: then the thread that hangs
 * keeps what it has. */
void chat_sink_destroy(struct chat_sink *sink);
/* Waits likewise, and leaves the sink, as others may still put something into it; that is lost. For
 * a process that ends at once. */
void chat_sink_end(struct chat_sink *sink);

#endif
