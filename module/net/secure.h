/* The way of a connection's bytes through TLS, behind net/transport.h. Each call makes records of
 * its own; an idle connection keeps no buffer. Worker thread. */
#ifndef CHAT_NET_SECURE_H
#define CHAT_NET_SECURE_H

#include "core/slice.h"

#include <openssl/ssl.h>
#include <sys/types.h>

enum {
    CHAT_SECURE_RECORD = 16 * 1024, /* RFC 8446 §5.1 */
    CHAT_SECURE_WRITE = 64 * 1024,  /* taken of a queue at a time (DESIGN §3) */
};

/* All zero but for `ssl`, whose descriptor is set. */
struct chat_secure {
    SSL *ssl;
    char *record; /* what OpenSSL has begun to write and wants to be given again; NULL: nothing */
    size_t length;
};

void chat_secure_close(struct chat_secure *secure);

/* As chat_transport_read and chat_transport_write; `bytes` has room for a whole record. Of a record
 * that the kernel has not taken whole, the last byte stays in the queue: so the queue knows that
 * something is under way, and where nothing may come before it. */
ssize_t chat_secure_read(struct chat_secure *secure, char *bytes, size_t room);
ssize_t chat_secure_write(struct chat_secure *secure, const struct chat_slice *pieces, unsigned n);

/* No more will be written: close_notify. */
void chat_secure_shutdown(struct chat_secure *secure);

#endif
