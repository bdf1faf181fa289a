/* The wait for a connection's PROXY header, before TLS and HTTP. Not a byte behind the header is
 * taken from the socket. The thread of its loop. */
#ifndef CHAT_NET_PREFACE_H
#define CHAT_NET_PREFACE_H

#include "net/proxy_header.h"

#include <h2o.h>

struct chat_preface;

/* Borrows the descriptor. `done` comes once, from the loop, and then the preface is no more: with a
 * header as it is, CHAT_PROXY_BAD for a wrong one, and CHAT_PROXY_MORE where it never became whole:
 * the peer went, or http.handshake_timeout passed. */
struct chat_preface *chat_preface_await(h2o_context_t *context, int fd,
                                        void (*done)(void *data, enum chat_proxy_state state,
                                                     const struct chat_ip *client),
                                        void *data);
/* `done` does not come. */
void chat_preface_cancel(struct chat_preface *preface);

#endif
