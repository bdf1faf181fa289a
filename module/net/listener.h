/* A listening socket of one worker, and its connections until they are upgraded. Accepts by hand,
 * so that at every limit it is known who is let in for an answer and who is not. The thread of its
 * loop. */
#ifndef CHAT_NET_LISTENER_H
#define CHAT_NET_LISTENER_H

#include "net/admission.h"

struct chat_listener;

/* Takes the listening descriptor, for item `index` of the option `listen`; what it refuses counts
 * for the worker, the thread's. Returns owned. */
struct chat_listener *chat_listener_open(struct chatd *chatd, h2o_context_t *context,
                                         unsigned worker, size_t index, int fd);
/* Accepts no more, ends what is not upgraded; `closed` comes from the loop when nothing is left. */
void chat_listener_close(struct chat_listener *listener, void (*closed)(void *context),
                         void *context);

/* Who is at the other end, as far as the listener knows. */
struct chat_peer {
    struct chat_ip ip;
    bool has_ip;
    bool is_proxied; /* a PROXY header has named it, so it is not the socket's own */
};

/* False: it is no listener's socket; else it was counted where it was accepted. */
bool chat_listener_peer(const h2o_socket_t *sock, struct chat_peer *ret_peer);
/* Of a socket of any listener; none for one of another host's. */
enum chat_refusal chat_listener_refusal(const h2o_socket_t *sock);

struct chat_tunnel;

/* The connection is upgraded: whatever counted for it is the caller's now, and its tunnel if it is
 * TLS. Where it is another host's both are left as they are. */
void chat_listener_hand_over(h2o_socket_t *sock, struct chat_address **ret_hold,
                             struct chat_tunnel **ret_tunnel);

#endif
