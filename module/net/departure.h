/* A socket leaves H2O for a connection of its own, with all that has been read of it. Worker
 * thread.
 */
#ifndef CHAT_NET_DEPARTURE_H
#define CHAT_NET_DEPARTURE_H

#include "net/shared.h"

#include <openssl/ssl.h>

struct chat_departure {
    int fd;
    SSL *ssl;                  /* NULL: plaintext */
    h2o_buffer_t *input;       /* what came behind the request */
    struct chat_address *hold; /* of its listener, or NULL */
};

/* Takes H2O's socket; what is in *ret_departure is the caller's. False: it is lost, and counts
 * nowhere any more. */
bool chat_departure_take(struct chatd *chatd, h2o_socket_t *sock,
                         struct chat_departure *ret_departure);

#endif
