/* How a worker's part of the server ends (DESIGN, hosting):
 *
 *   nothing is read ─► no request is under way ─► token 1 from all ─► token 2 from all ─► close all
 *
 * After the first round nobody causes anything any more; as mailboxes keep their order, after the
 * second all that was caused has arrived. Then members get what they are owed and their close
 * frame. A deadline cuts it all short. Worker thread. */
#ifndef CHAT_NET_STOP_H
#define CHAT_NET_STOP_H

#include <stdbool.h>
#include <stdint.h>

struct chat_worker;

/* `stopped` is called once, from the loop, when no connection lives or is being upgraded. The first
 * call counts. */
void chat_stop_begin(struct chat_worker *worker, unsigned close_code, uint64_t timeout_ms,
                     void (*stopped)(void *context), void *context);

/* A letter of another worker. May come before this worker's own stop. */
void chat_stop_token(struct chat_worker *worker, unsigned round);

/* Goes on if it can; each turn calls it. */
void chat_stop_step(struct chat_worker *worker);

/* It has begun: nothing is read any more. */
bool chat_stop_is_begun(const struct chat_worker *worker);

/* It has reported: letters are neither taken nor posted any more, as others may be gone. */
bool chat_stop_is_over(const struct chat_worker *worker);

/* The deadline has passed: nothing is waited for any more. */
bool chat_stop_is_forced(const struct chat_worker *worker);

#endif
