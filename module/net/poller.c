/* One round of epoll_wait per turn, level-triggered: what a round leaves unread the next one
 * brings, behind what had to wait. */
#include "net/poller.h"

#include "net/transport.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS_PER_ROUND = 256 };

struct chat_poller {
    uv_poll_t poll; /* first */
    int fd;
    const struct chat_poller_events *events;
    void (*closed)(void *context);
    void *context;
};

static void tell(struct chat_poller *poller, struct chat_transport *transport, uint32_t what)
{
    if (transport->fd == -1)
        return; /* closed by one that came before it in this round */
    if (what & EPOLLOUT)
        poller->events->writable(transport);
    if (transport->fd == -1)
        return;
    if (transport->reads && (what & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        poller->events->readable(transport);
    else if (what & (EPOLLHUP | EPOLLERR))
        poller->events->hung_up(transport);
}

static void on_round(uv_poll_t *poll, int status, int events)
{
    struct chat_poller *poller = (struct chat_poller *)poll;
    struct epoll_event ready[EVENTS_PER_ROUND];

    (void)status, (void)events;
    int n = epoll_wait(poller->fd, ready, EVENTS_PER_ROUND, 0);
    for (int i = 0; i < n; i++)
        tell(poller, ready[i].data.ptr, ready[i].events);
}

struct chat_poller *chat_poller_create(uv_loop_t *loop, const struct chat_poller_events *events)
{
    struct chat_poller *poller = calloc(1, sizeof(*poller));
    if (poller == NULL)
        abort();
    poller->events = events;
    poller->fd = epoll_create1(EPOLL_CLOEXEC);
    if (poller->fd == -1 || uv_poll_init(loop, &poller->poll, poller->fd) != 0 ||
        uv_poll_start(&poller->poll, UV_READABLE, on_round) != 0)
        abort();
    return poller;
}

static void on_closed(uv_handle_t *handle)
{
    struct chat_poller *poller = (struct chat_poller *)handle;
    close(poller->fd);
    poller->closed(poller->context);
    free(poller);
}

void chat_poller_close(struct chat_poller *poller, void (*closed)(void *context), void *context)
{
    poller->closed = closed;
    poller->context = context;
    uv_close((uv_handle_t *)&poller->poll, on_closed);
}

static struct epoll_event interest_of(struct chat_transport *transport)
{
    return (struct epoll_event){.events = (transport->reads ? EPOLLIN : 0u) |
                                          (transport->writes ? EPOLLOUT : 0u),
                                .data.ptr = transport};
}

bool chat_poller_add(struct chat_poller *poller, struct chat_transport *transport)
{
    struct epoll_event event = interest_of(transport);
    return epoll_ctl(poller->fd, EPOLL_CTL_ADD, transport->fd, &event) == 0;
}

void chat_poller_update(struct chat_poller *poller, struct chat_transport *transport)
{
    struct epoll_event event = interest_of(transport);
    epoll_ctl(poller->fd, EPOLL_CTL_MOD, transport->fd, &event);
}
