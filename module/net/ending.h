/* What is told of a connection's end. Worker thread. */
#ifndef CHAT_NET_ENDING_H
#define CHAT_NET_ENDING_H

#include <stdint.h>

struct chat_conn;
struct chat_worker;

/* The last ends of a worker that are kept for `users --closed`. */
enum { CHAT_ENDINGS_MAX = 128 };

/* Once it is known how it ends, while it still has its user or its socket: the first call counts.
 */
void chat_ending_note(struct chat_conn *conn);

/* A row for each end that is kept. */
void chat_ending_answer(struct chat_worker *worker, uint32_t ticket);
void chat_ending_finish(struct chat_worker *worker);

/* It is closed because it does not take what is queued for it. */
void chat_ending_log_slow(const struct chat_conn *conn);

#endif
