/* Ordered letters from one end to another: each worker is an end, and the control is one more. What
 * a turn writes is posted once, at its end; blind to what letters mean. Nobody waits for anybody:
 * an end that is over its bound learns it and stops taking work (DESIGN, mailboxes).
 *
 * Each end's mailbox is used by its own thread only; the post office behind them is the one place
 * where threads meet: a stack of chunks per receiver, pushed and taken whole by one atomic each. */
#ifndef CHAT_NET_MAILBOX_H
#define CHAT_NET_MAILBOX_H

#include "core/slice.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct chat_post_office;
struct chat_mailbox;

enum { CHAT_LETTER_PARTS = 3 };

/* What its fields mean is the kind's (letter.h). The parts are borrowed: when sent until the call
 * returns, when received for the callback. */
struct chat_letter {
    uint16_t kind;
    uint16_t from; /* filled in by the mailbox */
    uint64_t conn, room, number;
    struct chat_slice parts[CHAT_LETTER_PARTS];
};

/* For `ends` ends; `limit` bytes from one to another before the sender is told that it is over. */
struct chat_post_office *chat_post_office_create(unsigned ends, size_t limit);
/* Any thread. Who was over the limit that was and is not over this one learns it at its next turn.
 */
void chat_post_office_limit(struct chat_post_office *office, size_t limit);
/* All mailboxes are closed. */
void chat_post_office_destroy(struct chat_post_office *office);

/* On the end's own thread. `woken` is called by the loop when letters may have come, or when the
 * bound of one that was over it was met again. Returns owned. */
struct chat_mailbox *chat_mailbox_open(struct chat_post_office *office, unsigned end,
                                       uv_loop_t *loop, void (*woken)(void *context),
                                       void *context);
/* Nobody posts to it or takes from it any more; `closed` comes from the loop when it is no more. */
void chat_mailbox_close(struct chat_mailbox *mailbox, void (*closed)(void *context));

/* For an end that looks by itself as long as it works: so others need not ring. It says when its
 * loop comes back from waiting, and before that waits; false: it must not wait, something came. An
 * end that never says either is rung for each batch. */
void chat_mailbox_wake(struct chat_mailbox *mailbox);
bool chat_mailbox_sleep(struct chat_mailbox *mailbox);

void chat_mailbox_send(struct chat_mailbox *mailbox, unsigned to, const struct chat_letter *letter);
/* Posts what was sent since the last time, to the last end last: who reads there that something
 * was said to another end may rely on it. */
void chat_mailbox_post(struct chat_mailbox *mailbox);
/* What is under way from here to all ends. */
uint64_t chat_mailbox_bytes(const struct chat_mailbox *mailbox);
/* The same to one end. */
uint64_t chat_mailbox_bytes_to(const struct chat_mailbox *mailbox, unsigned to);
/* More than the limit is under way from here to one of the first `ends` ends. */
bool chat_mailbox_over(const struct chat_mailbox *mailbox, unsigned ends);
/* To the last end, whose answers can wait, no more should be under way than this; who was over it
 * is woken, too, when it is met again. */
enum { CHAT_MAILBOX_LAST_BYTES = 1024 * 1024 };
bool chat_mailbox_last_over(const struct chat_mailbox *mailbox);

/* Takes letters in order while there are some and `more` says so; false: some are left. */
bool chat_mailbox_take(struct chat_mailbox *mailbox,
                       void (*letter)(void *context, const struct chat_letter *letter),
                       bool (*more)(void *context), void *context);

#endif
