/* A listening socket of one worker, and its connections until they are upgraded. Accepts by hand,
 * so that at every limit it is known who is let in for an answer and who is not. The thread of its
 * loop. */
#ifndef CHAT_NET_LISTENER_H
#define CHAT_NET_LISTENER_H

#include "net/shared.h"

/* Why a connection that was accepted will only be answered. */
enum chat_refusal { CHAT_REFUSAL_NONE, CHAT_REFUSAL_FULL, CHAT_REFUSAL_ADDRESS };

struct chat_listener;

/* Takes the listening descriptor; what it refuses counts for the worker, the thread's. Returns
 * owned. */
struct chat_listener *chat_listener_open(struct chatd *chatd, h2o_context_t *context,
                                         unsigned worker, int fd);
/* Accepts no more, ends what is not upgraded; `closed` comes from the loop when nothing is left. */
void chat_listener_close(struct chat_listener *listener, void (*closed)(void *context),
                         void *context);

/* It is a listener's socket, so it was counted where it was accepted. */
bool chat_listener_knows(const h2o_socket_t *sock);
/* Of a socket of any listener; none for one of another host's. */
enum chat_refusal chat_listener_refusal(const h2o_socket_t *sock);

/* The connection is upgraded: whatever counted for it is the caller's now. False: it is not ours.
 */
bool chat_listener_hand_over(h2o_socket_t *sock, struct chat_address **ret_hold);

/* Logs that a connection was refused; of all workers together once a second at most. Any thread. */
void chat_listener_log_refused(struct chatd *chatd, const char *event, const char *reason);

#endif
