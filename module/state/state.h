/* What outlives a restart, in memory: the sanctions, the rooms that an administrator made and the
 * last changes, as the store has them. A change is written first, by a thread of libuv's pool, and
 * holds here only when it is on the disk; changes are done in the order in which they were asked.
 * Opened before the workers attach, who copy from it; from then on it is the admin loop's. */
#ifndef CHAT_STATE_STATE_H
#define CHAT_STATE_STATE_H

#include "state/store.h"

#include <uv.h>

struct chat_state;

/* Returns owned; NULL: what is kept there cannot be read, and `error` names the file. Where nothing
 * is kept and nothing can be, chat_state_absence says why. `directory` NULL: nothing is kept. */
struct chat_state *chat_state_open(const char *directory, const struct chat_secrets *secrets,
                                   char error[CHAT_STORE_WHY_MAX]);
/* It was closed, if it was ever given a loop. NULL is fine. */
void chat_state_destroy(struct chat_state *state);
/* Empty: what is written is kept. */
const char *chat_state_absence(const struct chat_state *state);

/* The loop on which changes are asked for and done; its thread. */
void chat_state_use(struct chat_state *state, uv_loop_t *loop);
/* No more is asked. `closed` comes when all that was asked is done; within the call, if it is. */
void chat_state_close(struct chat_state *state, void (*closed)(void *context), void *context);

/* `why` is NULL when it is done, else why it is not; borrowed. `record` is as it was written, with
 * its id. */
typedef void chat_state_done_cb(void *context, const struct chat_record *record, const char *why);

/* Copies the record; `done` may be NULL and comes from the loop, once. What cannot be kept changes
 * nothing, but an audit entry is remembered at once, kept or not. Returns a ticket. */
uint64_t chat_state_write(struct chat_state *state, const struct chat_record *record,
                          chat_state_done_cb *done, void *context);
/* Who asked is gone: its `done` does not come any more. What it asked is done. */
void chat_state_forget(struct chat_state *state, uint64_t ticket);

/* Ends some of the sanctions that are over by now, as if it had been asked for each, so that they
 * do not fill the table; while a change is under way, none: it may be of one of them. */
void chat_state_sweep(struct chat_state *state, int64_t now_ms, chat_state_done_cb *done,
                      void *context);

/* Borrowed until the next change. */
const struct chat_sanctions *chat_state_sanctions(const struct chat_state *state);
/* In no order; NULL: no more. */
const struct chat_kept_room *chat_state_room(const struct chat_state *state, size_t number);
/* The newest is number 0; NULL: there is none. */
const struct chat_audit_entry *chat_state_audit(const struct chat_state *state, size_t number);

#endif
