/* TLS until the upgrade: the handshake, then the way of HTTP's bytes between the client and a pair
 * of sockets, at whose other end H2O serves plaintext. H2O's own TLS would not give its SSL away,
 * and takes a read that just fills its buffer for an error (2.2.5). Its timers end what does not
 * come on: they run from the beginning. The thread of its loop. */
#ifndef CHAT_NET_TUNNEL_H
#define CHAT_NET_TUNNEL_H

#include <h2o.h>
#include <openssl/ssl.h>
#include <stdbool.h>

struct chat_tunnel;

/* Takes `ssl` and `fd`, also when it fails, which is for want of descriptors. *ret_inner is H2O's
 * end, the caller's. `ended` comes once from the loop, with what was wrong or NULL, unless the
 * tunnel was left; then it is no more. Returns owned by itself. */
struct chat_tunnel *chat_tunnel_open(h2o_context_t *context, SSL *ssl, int fd, int *ret_inner,
                                     void (*ended)(void *data, const char *wrong), void *data);

/* Ends it; `ended` does not come. */
void chat_tunnel_drop(struct chat_tunnel *tunnel);

/* H2O has written its last answer and will be closed: what waits is passed on, to the client, and
 * into `input` what H2O has not read. The descriptor and the SSL are the caller's, and the tunnel
 * is no more. False: the client does not even take the answer; both are closed. */
bool chat_tunnel_leave(struct chat_tunnel *tunnel, int inner, h2o_buffer_t **input, SSL **ret_ssl,
                       int *ret_fd);

#endif
