/* Accepting, with limits.connections and limits.connections_per_address. */
#define _GNU_SOURCE /* accept4 */

#include "net/listener.h"

#include "net/tally.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ACCEPTS_PER_TURN = 64,
    OVER_MAX = 64,              /* connections beyond a limit that still get an answer */
    HEAD_BYTES_MAX = 16 * 1024, /* H2O would take 400 KiB (H2O.md §11) */
    SWEEP_MS = 500,
    LOG_EVERY_MS = 1000,
};

struct accepted {
    uv_tcp_t tcp; /* first: its close callback frees the whole */
    h2o_socket_t *sock;
    struct chat_listener *listener;
    struct accepted *prev, *next;
    struct chat_address *hold;
    enum chat_refusal refusal;
    bool counted; /* in the totals */
};

struct chat_listener {
    struct chatd *chatd;
    uv_loop_t *loop;
    h2o_accept_ctx_t accept;
    struct chat_tally *tally;
    int fd;
    int reserve; /* given up for a moment to accept and refuse when there is no descriptor left */
    uv_poll_t poll;
    uv_timer_t timer;
    struct accepted *first;
    unsigned n_sockets, n_over, open_handles;
    bool closing;
    void (*closed)(void *context);
    void *context;
};

static void finish_if_done(struct chat_listener *listener)
{
    if (!listener->closing || listener->open_handles > 0 || listener->n_sockets > 0)
        return;
    void (*closed)(void *context) = listener->closed;
    void *context = listener->context;
    if (listener->reserve != -1)
        close(listener->reserve);
    free(listener);
    closed(context);
}

static void on_freed(uv_handle_t *handle)
{
    struct accepted *accepted = (struct accepted *)handle;
    struct chat_listener *listener = accepted->listener;
    free(accepted);
    listener->n_sockets--;
    finish_if_done(listener);
}

static void uncount(struct accepted *accepted)
{
    struct chatd *chatd = accepted->listener->chatd;
    if (accepted->counted) {
        atomic_fetch_sub_explicit(&chatd->connections, 1, memory_order_relaxed);
        atomic_fetch_sub_explicit(&chatd->handshaking, 1, memory_order_relaxed);
    } else if (accepted->refusal != CHAT_REFUSAL_NONE) {
        accepted->listener->n_over--;
    }
    chat_address_give(chatd->addresses, accepted->hold);
    accepted->counted = false;
    accepted->refusal = CHAT_REFUSAL_NONE;
    accepted->hold = NULL;
}

/* Every accepted socket ends here, upgraded or not. */
static void on_socket_close(void *data)
{
    struct accepted *accepted = data;
    uncount(accepted);
    if (accepted->prev != NULL)
        accepted->prev->next = accepted->next;
    else
        accepted->listener->first = accepted->next;
    if (accepted->next != NULL)
        accepted->next->prev = accepted->prev;
}

static struct accepted *accepted_of(const h2o_socket_t *sock)
{
    return sock->on_close.cb == on_socket_close ? sock->on_close.data : NULL;
}

bool chat_listener_knows(const h2o_socket_t *sock)
{
    return accepted_of(sock) != NULL;
}

enum chat_refusal chat_listener_refusal(const h2o_socket_t *sock)
{
    const struct accepted *accepted = accepted_of(sock);
    return accepted == NULL ? CHAT_REFUSAL_NONE : accepted->refusal;
}

bool chat_listener_hand_over(h2o_socket_t *sock, struct chat_address **ret_hold)
{
    struct accepted *accepted = accepted_of(sock);
    if (accepted == NULL)
        return false;
    *ret_hold = accepted->hold;
    accepted->hold = NULL;
    accepted->counted = false;
    atomic_fetch_sub_explicit(&accepted->listener->chatd->handshaking, 1, memory_order_relaxed);
    return true;
}

/* limits.connections: TCP connections, and half as many that are not upgraded. */
static bool take_place(struct chatd *chatd)
{
    unsigned limit = chatd->config->limits_connections;
    unsigned half = limit / 2 > 0 ? limit / 2 : 1;

    if (atomic_fetch_add_explicit(&chatd->connections, 1, memory_order_relaxed) < limit) {
        if (atomic_fetch_add_explicit(&chatd->handshaking, 1, memory_order_relaxed) < half)
            return true;
        atomic_fetch_sub_explicit(&chatd->handshaking, 1, memory_order_relaxed);
    }
    atomic_fetch_sub_explicit(&chatd->connections, 1, memory_order_relaxed);
    return false;
}

void chat_listener_log_refused(struct chatd *chatd, const char *event, const char *reason)
{
    unsigned long long before = atomic_load(&chatd->refused_ms);
    unsigned long long now = uv_hrtime() / 1000000;
    if ((before == 0 || now - before >= LOG_EVERY_MS) &&
        atomic_compare_exchange_strong(&chatd->refused_ms, &before, now))
        chat_log(chatd, CHATD_WARNING, event, {"reason", reason, 0});
}

/* limits.connections_per_address. A trusted proxy's own address is not counted: its clients are,
 * when their handshakes name them. */
static bool take_address(struct chatd *chatd, const struct sockaddr *peer,
                         struct chat_address **ret_hold)
{
    struct chat_ip ip;
    *ret_hold = NULL;
    if (!chat_address_of(peer, &ip) || chat_proxies_trust(&chatd->proxies, &ip))
        return true;
    return chat_address_take(chatd->addresses, &ip, ret_hold);
}

/* False: not even for an answer. */
static bool admit(struct chat_listener *listener, const struct sockaddr *peer,
                  struct accepted *accepted)
{
    if (!take_address(listener->chatd, peer, &accepted->hold)) {
        accepted->refusal = CHAT_REFUSAL_ADDRESS;
    } else if (take_place(listener->chatd)) {
        accepted->counted = true;
        return true;
    } else {
        accepted->refusal = CHAT_REFUSAL_FULL;
        chat_address_give(listener->chatd->addresses, accepted->hold);
        accepted->hold = NULL;
    }
    chat_tally_add(&listener->tally->refused[accepted->refusal == CHAT_REFUSAL_ADDRESS
                                                 ? CHAT_REFUSED_connections_per_address
                                                 : CHAT_REFUSED_connections],
                   1);
    chat_listener_log_refused(listener->chatd, "connection_refused",
                              accepted->refusal == CHAT_REFUSAL_ADDRESS ? "connections_per_address"
                                                                        : "connections");
    if (listener->n_over >= OVER_MAX)
        return false;
    listener->n_over++;
    return true;
}

static void take_socket(struct chat_listener *listener, int fd, const struct sockaddr *peer)
{
    struct accepted *accepted = calloc(1, sizeof(*accepted));
    if (accepted == NULL)
        abort();
    accepted->listener = listener;
    if (!admit(listener, peer, accepted)) {
        close(fd);
        free(accepted);
        return;
    }
    listener->n_sockets++;
    uv_tcp_init(listener->loop, &accepted->tcp);
    if (uv_tcp_open(&accepted->tcp, fd) != 0) {
        close(fd);
        uncount(accepted);
        uv_close((uv_handle_t *)&accepted->tcp, on_freed);
        return;
    }
    uv_tcp_nodelay(&accepted->tcp, 1);
    accepted->next = listener->first;
    if (accepted->next != NULL)
        accepted->next->prev = accepted;
    listener->first = accepted;
    accepted->sock = h2o_uv_socket_create((uv_stream_t *)&accepted->tcp, on_freed);
    accepted->sock->on_close.cb = on_socket_close;
    accepted->sock->on_close.data = accepted;
    h2o_accept(&listener->accept, accepted->sock);
}

/* No descriptor is left: the reserve's is used to accept and end one connection, so that the rest
 * of the queue does not keep the loop busy. False: no more can be done now. */
static bool refuse_one(struct chat_listener *listener)
{
    int error = EMFILE;

    chat_tally_add(&listener->tally->refused[CHAT_REFUSED_descriptors], 1);
    chat_listener_log_refused(listener->chatd, "connection_refused", strerror(EMFILE));
    if (listener->reserve != -1) {
        close(listener->reserve);
        listener->reserve = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
        error = errno;
    }
    if (listener->reserve != -1) {
        /* Ends it and keeps its number: another worker could take that between close and open. */
        dup3(uv_backend_fd(listener->loop), listener->reserve, O_CLOEXEC);
        return true;
    }
    listener->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (error != EAGAIN || listener->reserve == -1)
        uv_poll_stop(&listener->poll); /* the timer looks again */
    return false;
}

static void on_acceptable(uv_poll_t *poll, int status, int events)
{
    struct chat_listener *listener = poll->data;

    (void)status, (void)events;
    for (unsigned i = 0; i < ACCEPTS_PER_TURN; i++) {
        struct sockaddr_storage peer;
        socklen_t length = sizeof(peer);
        int fd =
            accept4(listener->fd, (struct sockaddr *)&peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd != -1)
            take_socket(listener, fd, (struct sockaddr *)&peer);
        else if (errno == EMFILE || errno == ENFILE) {
            if (!refuse_one(listener))
                return;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            if (errno != EAGAIN)
                uv_poll_stop(&listener->poll);
            return;
        }
    }
}

static void end_reading(struct accepted *accepted, int how)
{
    uv_os_fd_t fd;
    if (uv_fileno((uv_handle_t *)&accepted->tcp, &fd) == 0)
        shutdown(fd, how);
}

static void on_timer(uv_timer_t *timer)
{
    struct chat_listener *listener = timer->data;
    for (struct accepted *a = listener->first; a != NULL; a = a->next)
        if (a->sock->input->size > HEAD_BYTES_MAX)
            end_reading(a, SHUT_RD);
    if (listener->reserve == -1)
        listener->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (!uv_is_active((uv_handle_t *)&listener->poll))
        uv_poll_start(&listener->poll, UV_READABLE, on_acceptable);
}

struct chat_listener *chat_listener_open(struct chatd *chatd, h2o_context_t *context,
                                         unsigned worker, int fd)
{
    struct chat_listener *listener = calloc(1, sizeof(*listener));
    if (listener == NULL)
        abort();
    listener->chatd = chatd;
    listener->loop = context->loop;
    listener->accept = (h2o_accept_ctx_t){.ctx = context, .hosts = context->globalconf->hosts};
    listener->fd = fd;
    listener->tally = &chatd->tallies[worker];
    listener->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
    uv_poll_init(listener->loop, &listener->poll, fd);
    uv_timer_init(listener->loop, &listener->timer);
    listener->poll.data = listener->timer.data = listener;
    listener->open_handles = 2;
    uv_poll_start(&listener->poll, UV_READABLE, on_acceptable);
    uv_timer_start(&listener->timer, on_timer, SWEEP_MS, SWEEP_MS);
    return listener;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct chat_listener *listener = handle->data;
    if (handle == (uv_handle_t *)&listener->poll)
        close(listener->fd);
    listener->open_handles--;
    finish_if_done(listener);
}

void chat_listener_close(struct chat_listener *listener, void (*closed)(void *context),
                         void *context)
{
    listener->closing = true;
    listener->closed = closed;
    listener->context = context;
    for (struct accepted *a = listener->first; a != NULL; a = a->next)
        end_reading(a, SHUT_RDWR);
    uv_close((uv_handle_t *)&listener->poll, on_handle_closed);
    uv_close((uv_handle_t *)&listener->timer, on_handle_closed);
}
