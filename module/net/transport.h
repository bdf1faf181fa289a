/* The way of a connection's bytes to and from its socket, a descriptor in the worker's epoll set:
 * as they are, or through TLS. Worker thread. */
#ifndef CHAT_NET_TRANSPORT_H
#define CHAT_NET_TRANSPORT_H

#include "core/slice.h"
#include "net/address.h"
#include "net/poller.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct chat_secure;

struct chat_transport {
    int fd;                     /* -1: closed */
    bool reads : 1, writes : 1; /* what is to be told of it */
    uint16_t secure_at;         /* how far behind this the TLS part stands; 0: plaintext. A pointer
                                 * would cost every plaintext member 16 bytes */
};

/* Takes the descriptor, also when it fails: then it is closed. `secure` is NULL for plaintext, else
 * in the same allocation as the transport, and taken too. */
bool chat_transport_open(struct chat_transport *transport, struct chat_poller *poller, int fd,
                         struct chat_secure *secure);
void chat_transport_close(struct chat_transport *transport);

/* Whether to be told when there is something to read, and when the kernel takes bytes again. */
void chat_transport_want(struct chat_transport *transport, struct chat_poller *poller, bool reads,
                         bool writes);

/* Bytes, 0 when there are none now, CHAT_TRANSPORT_END, or -errno. There is room for
 * CHAT_TRANSPORT_OVER bytes more than `size`: a TLS record is taken whole, so that nothing is left
 * of which the kernel would not tell. */
enum { CHAT_TRANSPORT_END = -4096, CHAT_TRANSPORT_OVER = 16 * 1024 };
ssize_t chat_transport_read(struct chat_transport *transport, char *bytes, size_t size);

/* Writes at once what the kernel takes: the number of bytes, 0 when it is full, or -errno. At most
 * CHAT_TRANSPORT_PIECES pieces are looked at. */
enum { CHAT_TRANSPORT_PIECES = 64 };
ssize_t chat_transport_write(struct chat_transport *transport, const struct chat_slice *pieces,
                             unsigned n);

/* No more will be written: close_notify where it is TLS, and FIN. */
void chat_transport_shutdown(struct chat_transport *transport);

/* Writes "ADDRESS:PORT", IPv6 in brackets, or an empty text. */
struct chat_slice chat_transport_peer(const struct chat_transport *transport, char *out,
                                      size_t size);
/* False: it has no IP address, or it is gone. */
bool chat_transport_ip(const struct chat_transport *transport, struct chat_ip *ret_ip);

#endif
