/* The way of a connection's bytes to and from its socket. Now plaintext on a uv_tcp_t of its own;
 * TLS and other ways will stand behind the same few calls. Worker thread. */
#ifndef CHAT_NET_TRANSPORT_H
#define CHAT_NET_TRANSPORT_H

#include "core/slice.h"

#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

struct chat_transport {
    uv_tcp_t tcp; /* first: its handle leads back here */
};

/* Called by the loop; `transport` is the first member of what the owner made. */
struct chat_transport_events {
    /* Lends memory for one read; no bytes: not now. */
    struct chat_slice (*lend)(struct chat_transport *transport);
    /* More than 0: so many bytes were read; UV_EOF, UV_ENOBUFS or another error. */
    void (*received)(struct chat_transport *transport, ssize_t n, char *bytes);
    /* The pushed bytes are written, or the error. */
    void (*pushed)(struct chat_transport *transport, int status);
    /* The last call: the memory is the owner's again. */
    void (*closed)(struct chat_transport *transport);
};

/* Takes the descriptor, also when it fails (a uv error; `closed` comes in both cases). */
int chat_transport_open(struct chat_transport *transport, uv_loop_t *loop, int fd,
                        const struct chat_transport_events *events);

void chat_transport_read(struct chat_transport *transport, bool on);
/* One read now, without the loop; as `received` has it, 0 when there is nothing. */
ssize_t chat_transport_read_now(struct chat_transport *transport, char *bytes, size_t size);

/* Writes at once what the kernel takes: the number of bytes, 0 when it is full, or a uv error. */
ssize_t chat_transport_write(struct chat_transport *transport, const struct chat_slice *pieces,
                             unsigned n);
/* Writes the piece when the kernel takes it, then calls `pushed`; the bytes must live until then or
 * until `closed`. One at a time; nothing else is written meanwhile. False: the socket is dead. */
bool chat_transport_push(struct chat_transport *transport, struct chat_slice piece);

/* No more will be written: FIN. */
void chat_transport_shutdown(struct chat_transport *transport);
/* The peer is gone altogether (reset, or both directions ended); reading may be off. */
bool chat_transport_hung_up(const struct chat_transport *transport);
/* Writes "ADDRESS:PORT", IPv6 in brackets, or an empty text. */
struct chat_slice chat_transport_peer(const struct chat_transport *transport, char *out,
                                      size_t size);

void chat_transport_close(struct chat_transport *transport);

#endif
