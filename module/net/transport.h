/* The way of a connection's bytes to and from its socket. Now plaintext on a descriptor in the
 * worker's epoll set; TLS and other ways will stand behind the same few calls. Worker thread. */
#ifndef CHAT_NET_TRANSPORT_H
#define CHAT_NET_TRANSPORT_H

#include "core/slice.h"
#include "net/address.h"
#include "net/poller.h"

#include <stdbool.h>
#include <sys/types.h>

struct chat_transport {
    int fd;                     /* -1: closed */
    bool reads : 1, writes : 1; /* what is to be told of it */
};

/* Takes the descriptor, also when it fails: then it is closed. */
bool chat_transport_open(struct chat_transport *transport, struct chat_poller *poller, int fd);
void chat_transport_close(struct chat_transport *transport);

/* Whether to be told when there is something to read, and when the kernel takes bytes again. */
void chat_transport_want(struct chat_transport *transport, struct chat_poller *poller, bool reads,
                         bool writes);

/* Bytes, 0 when there are none now, CHAT_TRANSPORT_END, or -errno. */
enum { CHAT_TRANSPORT_END = -4096 };
ssize_t chat_transport_read(struct chat_transport *transport, char *bytes, size_t size);

/* Writes at once what the kernel takes: the number of bytes, 0 when it is full, or -errno. At most
 * CHAT_TRANSPORT_PIECES pieces are looked at. */
enum { CHAT_TRANSPORT_PIECES = 64 };
ssize_t chat_transport_write(struct chat_transport *transport, const struct chat_slice *pieces,
                             unsigned n);

/* No more will be written: FIN. */
void chat_transport_shutdown(struct chat_transport *transport);

/* Writes "ADDRESS:PORT", IPv6 in brackets, or an empty text. */
struct chat_slice chat_transport_peer(const struct chat_transport *transport, char *out,
                                      size_t size);
/* False: it has no IP address, or it is gone. */
bool chat_transport_ip(const struct chat_transport *transport, struct chat_ip *ret_ip);

#endif
