/* The worker's own epoll set of its connections' sockets; the worker's loop watches the set itself
 * (epoll descriptors nest). A uv_tcp_t would cost every idle member 248 bytes. Worker thread. */
#ifndef CHAT_NET_POLLER_H
#define CHAT_NET_POLLER_H

#include <stdbool.h>
#include <uv.h>

struct chat_poller;
struct chat_transport;

/* Called from the loop. Neither may free a transport; one that closes another's is fine. */
struct chat_poller_events {
    void (*readable)(struct chat_transport *transport); /* or ended, or failed: a read tells */
    void (*writable)(struct chat_transport *transport);
    void (*hung_up)(
        struct chat_transport *transport); /* nobody reads it, and it is gone altogether */
};

/* Returns owned. */
struct chat_poller *chat_poller_create(uv_loop_t *loop, const struct chat_poller_events *events);
/* Nothing is in it. `closed` comes from the loop, then it is no more. */
void chat_poller_close(struct chat_poller *poller, void (*closed)(void *context), void *context);

/* False with errno: no memory or no place in the kernel. */
bool chat_poller_add(struct chat_poller *poller, struct chat_transport *transport);
/* As the transport's interest says now. */
void chat_poller_update(struct chat_poller *poller, struct chat_transport *transport);

#endif
