/* One connection to the admin socket: lines in, answers out in their order. Admin loop. */
#ifndef CHAT_ADMIN_CLIENT_H
#define CHAT_ADMIN_CLIENT_H

#include "admin/exchange.h"
#include "admin/server.h"

struct chat_client;

/* The server of the connections, which must outlive them. */
struct chat_client_host {
    uv_loop_t *loop;
    struct chat_exchange_site site;
    void (*audit)(void *context, const struct chat_admin_audit *audit);
    void *audit_context;
    struct chat_client *clients;                    /* all that are not freed yet */
    size_t served;                                  /* of them, those that were not told `busy` */
    void (*on_gone)(struct chat_client_host *host); /* one was freed */
};

/* Accepts the connection that waits, to serve it or only to tell it that the server is busy. */
void chat_client_accept(struct chat_client_host *host, uv_stream_t *listener, bool busy);

/* Ends all. What they asked to be changed is logged as of unknown result. */
void chat_client_abandon_all(struct chat_client_host *host);

#endif
