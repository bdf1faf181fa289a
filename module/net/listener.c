/* Accepting, and each socket's way to H2O: first its PROXY header, where the listener wants one. */
#define _GNU_SOURCE /* accept4 */

#include "net/listener.h"

#include "net/preface.h"
#include "net/tally.h"
#include "net/tls.h"
#include "net/tunnel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ACCEPTS_PER_TURN = 64,
    HEAD_BYTES_MAX = 16 * 1024, /* H2O would take 400 KiB (H2O.md §11) */
    SWEEP_MS = 500,
};

struct accepted {
    uv_tcp_t tcp;       /* first: its close callback frees the whole */
    h2o_socket_t *sock; /* NULL: the preface is awaited */
    struct chat_listener *listener;
    struct accepted *prev, *next;
    struct chat_preface *preface;
    int fd;                     /* until the preface has come */
    struct chat_tunnel *tunnel; /* NULL: plaintext, or gone */
    unsigned parts;             /* that are there: H2O's socket, the tunnel */
    struct chat_admission admission;
    struct chat_ip peer; /* or for whom the PROXY header speaks */
    bool has_peer, is_proxied;
};

struct chat_listener {
    struct chat_door door;
    const struct chat_config_listener *config;
    size_t index;
    uv_loop_t *loop;
    h2o_accept_ctx_t accept;
    int fd;
    int reserve; /* given up for a moment to accept and refuse when there is no descriptor left */
    uv_poll_t poll;
    uv_timer_t timer;
    struct accepted *first;
    unsigned n_sockets, open_handles;
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

static void part_ended(struct accepted *accepted)
{
    struct chat_listener *listener = accepted->listener;
    if (--accepted->parts > 0)
        return;
    free(accepted);
    listener->n_sockets--;
    finish_if_done(listener);
}

static void on_freed(uv_handle_t *handle)
{
    part_ended((struct accepted *)handle);
}

static void uncount(struct accepted *accepted)
{
    struct chat_listener *listener = accepted->listener;
    chat_admission_give(&listener->door, &accepted->admission);
}

static void enter_list(struct accepted *accepted)
{
    struct chat_listener *listener = accepted->listener;
    accepted->next = listener->first;
    if (accepted->next != NULL)
        accepted->next->prev = accepted;
    listener->first = accepted;
}

static void leave_list(struct accepted *accepted)
{
    if (accepted->prev != NULL)
        accepted->prev->next = accepted->next;
    else
        accepted->listener->first = accepted->next;
    if (accepted->next != NULL)
        accepted->next->prev = accepted->prev;
}

/* Every socket of H2O's ends here, upgraded or not. */
static void on_socket_close(void *data)
{
    struct accepted *accepted = data;
    if (accepted->tunnel == NULL)
        uncount(accepted);
    accepted->sock = NULL;
    leave_list(accepted);
}

static void end_reading(struct accepted *accepted, int how)
{
    uv_os_fd_t fd;
    if (uv_fileno((uv_handle_t *)&accepted->tcp, &fd) == 0)
        shutdown(fd, how);
}

static struct accepted *accepted_of(const h2o_socket_t *sock)
{
    return sock->on_close.cb == on_socket_close ? sock->on_close.data : NULL;
}

bool chat_listener_peer(const h2o_socket_t *sock, struct chat_peer *ret_peer)
{
    const struct accepted *accepted = accepted_of(sock);
    if (accepted == NULL)
        return false;
    *ret_peer = (struct chat_peer){accepted->peer, accepted->has_peer, accepted->is_proxied};
    return true;
}

enum chat_refusal chat_listener_refusal(const h2o_socket_t *sock)
{
    const struct accepted *accepted = accepted_of(sock);
    return accepted == NULL ? CHAT_REFUSAL_NONE : accepted->admission.refusal;
}

void chat_listener_hand_over(h2o_socket_t *sock, struct chat_address **ret_hold,
                             struct chat_tunnel **ret_tunnel)
{
    struct accepted *accepted = accepted_of(sock);
    if (accepted == NULL)
        return;
    *ret_hold = accepted->admission.hold;
    *ret_tunnel = accepted->tunnel;
    accepted->admission.hold = NULL;
    accepted->admission.counted = false;
    accepted->parts -= accepted->tunnel != NULL;
    accepted->tunnel = NULL;
    atomic_fetch_sub_explicit(&accepted->listener->door.chatd->handshaking, 1,
                              memory_order_relaxed);
}

static const struct chat_ip *peer_of(const struct accepted *accepted)
{
    return accepted->has_peer ? &accepted->peer : NULL;
}

/* No socket of libuv's has it, and its descriptor is closed. */
static void forget(struct accepted *accepted)
{
    leave_list(accepted);
    uncount(accepted);
    accepted->listener->n_sockets--;
    free(accepted);
}

static void on_tunnel_ended(void *data, const char *wrong)
{
    struct accepted *accepted = data;
    const struct chat_listener *listener = accepted->listener;

    accepted->tunnel = NULL;
    if (accepted->sock == NULL)
        uncount(accepted);
    else
        end_reading(accepted, SHUT_RDWR); /* H2O ends too, then */
    if (wrong != NULL) {
        char address[64] = "";
        if (accepted->has_peer)
            chat_address_spell(&accepted->peer, address, sizeof(address));
        chat_log(listener->door.chatd, CHATD_DEBUG, "tls_failed", {"address", address, 0},
                 {"reason", wrong, 0});
    }
    part_ended(accepted);
}

static void hand_to_h2o(struct accepted *accepted, int fd)
{
    struct chat_listener *listener = accepted->listener;
    SSL *ssl = chat_tls_begin(listener->door.chatd->tls, listener->index);

    accepted->parts = 1;
    if (ssl != NULL) {
        accepted->tunnel =
            chat_tunnel_open(listener->accept.ctx, ssl, fd, &fd, on_tunnel_ended, accepted);
        if (accepted->tunnel == NULL) {
            chat_admission_tell(&listener->door, CHAT_REFUSED_descriptors, peer_of(accepted),
                                strerror(errno));
            forget(accepted);
            return;
        }
        accepted->parts = 2;
    }
    uv_tcp_init(listener->loop, &accepted->tcp);
    if (uv_tcp_open(&accepted->tcp, fd) != 0)
        abort(); /* it is a new socket */
    uv_tcp_nodelay(&accepted->tcp, 1);
    accepted->sock = h2o_uv_socket_create((uv_stream_t *)&accepted->tcp, on_freed);
    accepted->sock->on_close.cb = on_socket_close;
    accepted->sock->on_close.data = accepted;
    h2o_accept(&listener->accept, accepted->sock);
}

/* The PROXY header has come, or will not. */
static void on_preface(void *data, enum chat_proxy_state state, const struct chat_ip *client)
{
    struct accepted *accepted = data;
    struct chat_listener *listener = accepted->listener;
    bool is_good = state == CHAT_PROXY_CLIENT || state == CHAT_PROXY_LOCAL;

    accepted->preface = NULL;
    if (state == CHAT_PROXY_CLIENT) {
        accepted->peer = *client;
        accepted->has_peer = accepted->is_proxied = true;
    }
    if (!is_good) {
        chat_admission_tell(&listener->door, CHAT_REFUSED_proxy_header, peer_of(accepted),
                            state == CHAT_PROXY_BAD ? "not a PROXY header" : "no PROXY header");
    }
    if (is_good && chat_admission_count(&listener->door, &accepted->admission, peer_of(accepted)))
        hand_to_h2o(accepted, accepted->fd);
    else {
        close(accepted->fd);
        forget(accepted);
    }
}

/* False: it is not even given an answer. Whose it is may only be known by its PROXY header. */
static bool admit(struct accepted *accepted)
{
    struct chat_listener *listener = accepted->listener;
    struct chat_admission *admission = &accepted->admission;

    if (!listener->config->proxy_protocol &&
        !chat_admission_count(&listener->door, admission, peer_of(accepted)))
        return false;
    return chat_admission_take(&listener->door, admission, peer_of(accepted));
}

static void take_socket(struct chat_listener *listener, int fd, const struct sockaddr *peer)
{
    struct accepted *accepted = calloc(1, sizeof(*accepted));
    if (accepted == NULL)
        abort();
    accepted->listener = listener;
    accepted->has_peer = chat_address_of(peer, &accepted->peer);
    if (!admit(accepted)) {
        close(fd);
        free(accepted);
        return;
    }
    listener->n_sockets++;
    enter_list(accepted);
    if (!listener->config->proxy_protocol) {
        hand_to_h2o(accepted, fd);
        return;
    }
    accepted->fd = fd;
    accepted->preface = chat_preface_await(listener->accept.ctx, fd, on_preface, accepted);
}

/* No descriptor is left: the reserve's is used to accept and end one connection, so that the rest
 * of the queue does not keep the loop busy. False: no more can be done now. */
static bool refuse_one(struct chat_listener *listener)
{
    int error = EMFILE;

    chat_admission_tell(&listener->door, CHAT_REFUSED_descriptors, NULL, strerror(EMFILE));
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

static void on_timer(uv_timer_t *timer)
{
    struct chat_listener *listener = timer->data;
    for (struct accepted *a = listener->first; a != NULL; a = a->next)
        if (a->sock != NULL && a->sock->input->size > HEAD_BYTES_MAX)
            end_reading(a, SHUT_RD);
    if (listener->reserve == -1)
        listener->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (!uv_is_active((uv_handle_t *)&listener->poll))
        uv_poll_start(&listener->poll, UV_READABLE, on_acceptable);
}

struct chat_listener *chat_listener_open(struct chatd *chatd, h2o_context_t *context,
                                         unsigned worker, size_t index, int fd)
{
    struct chat_listener *listener = calloc(1, sizeof(*listener));
    if (listener == NULL)
        abort();
    listener->door.chatd = chatd;
    listener->door.worker = chatd->workers[worker];
    listener->door.tally = &chatd->tallies[worker];
    listener->config = &chatd->config->listeners[index];
    listener->index = index;
    listener->loop = context->loop;
    listener->accept = (h2o_accept_ctx_t){.ctx = context, .hosts = context->globalconf->hosts};
    listener->fd = fd;
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
    for (struct accepted *a = listener->first, *next; a != NULL; a = next) {
        next = a->next;
        if (a->preface != NULL) {
            chat_preface_cancel(a->preface);
            close(a->fd);
            forget(a);
        } else {
            end_reading(a, SHUT_RDWR);
        }
    }
    uv_close((uv_handle_t *)&listener->poll, on_handle_closed);
    uv_close((uv_handle_t *)&listener->timer, on_handle_closed);
}
