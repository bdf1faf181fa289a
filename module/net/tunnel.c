/* Nothing is kept here: what can not be passed on now stays where it is, in the pair or in OpenSSL,
 * and is looked at again. */
#include "net/tunnel.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 16 * 1024 };

struct chat_tunnel {
    uv_poll_t outer, inner; /* the client's socket, the near end of the pair */
    h2o_timeout_t *patience;
    h2o_timeout_entry_t farewell; /* runs when H2O has ended and the client takes nothing */
    SSL *ssl;
    int fd, near;
    bool is_ready;    /* the handshake is done */
    bool outer_wants; /* OpenSSL waits until it can write */
    bool inner_full;  /* H2O does not read */
    bool client_ended, h2o_ended;
    unsigned open_handles;
    void (*ended)(void *data, const char *wrong);
    void *data;
};

static void on_handle_closed(uv_handle_t *handle)
{
    struct chat_tunnel *tunnel = handle->data;
    if (--tunnel->open_handles == 0)
        free(tunnel);
}

/* The descriptors may be used elsewhere at once. */
static void let_go(struct chat_tunnel *tunnel)
{
    if (h2o_timeout_is_linked(&tunnel->farewell))
        h2o_timeout_unlink(&tunnel->farewell);
    uv_close((uv_handle_t *)&tunnel->outer, on_handle_closed);
    uv_close((uv_handle_t *)&tunnel->inner, on_handle_closed);
    close(tunnel->near);
}

void chat_tunnel_drop(struct chat_tunnel *tunnel)
{
    SSL_free(tunnel->ssl);
    let_go(tunnel);
    close(tunnel->fd);
}

static void end(struct chat_tunnel *tunnel, const char *wrong)
{
    chat_tunnel_drop(tunnel);
    tunnel->ended(tunnel->data, wrong);
}

static void on_farewell(h2o_timeout_entry_t *entry)
{
    end((struct chat_tunnel *)((char *)entry - offsetof(struct chat_tunnel, farewell)), NULL);
}

/* What OpenSSL says of a call that did nothing. False: the connection is of no use any more. */
static bool may_go_on(struct chat_tunnel *tunnel, int result)
{
    switch (SSL_get_error(tunnel->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return true;
    case SSL_ERROR_WANT_WRITE:
        tunnel->outer_wants = true;
        return true;
    case SSL_ERROR_ZERO_RETURN:
        tunnel->client_ended = true;
        shutdown(tunnel->near, SHUT_WR);
        return true;
    default:
        return false;
    }
}

/* From the client to H2O, as much as H2O takes. */
static bool pass_in(struct chat_tunnel *tunnel)
{
    char bytes[PIECE];

    while (!tunnel->client_ended && !tunnel->inner_full) {
        int n = SSL_peek(tunnel->ssl, bytes, sizeof(bytes));
        if (n <= 0)
            return may_go_on(tunnel, n);
        ssize_t sent = send(tunnel->near, bytes, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
        tunnel->inner_full = sent < n;
        if (sent > 0 && SSL_read(tunnel->ssl, bytes, (int)sent) != sent)
            return false; /* never: they are there */
        if (sent < 0 && errno != EAGAIN)
            tunnel->client_ended = true; /* H2O has ended */
    }
    return true;
}

/* From H2O to the client, as much as the client takes. */
static bool pass_out(struct chat_tunnel *tunnel)
{
    char bytes[PIECE];

    while (!tunnel->h2o_ended) {
        ssize_t n = recv(tunnel->near, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return true;
        if (n <= 0) {
            tunnel->h2o_ended = true;
            return true;
        }
        int written = SSL_write(tunnel->ssl, bytes, (int)n);
        if (written <= 0)
            return may_go_on(tunnel, written);
        if (recv(tunnel->near, bytes, (size_t)written, MSG_DONTWAIT) != written)
            return false; /* never: they are there */
    }
    return true;
}

/* Nothing has come, not even an end. */
static bool is_empty(int near)
{
    char byte;
    return recv(near, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1 && errno == EAGAIN;
}

static bool shake_hands(struct chat_tunnel *tunnel)
{
    if (tunnel->is_ready)
        return true;
    int result = SSL_do_handshake(tunnel->ssl);
    tunnel->is_ready = result == 1;
    return tunnel->is_ready || may_go_on(tunnel, result);
}

static void on_outer(uv_poll_t *poll, int status, int events);
static void on_inner(uv_poll_t *poll, int status, int events);

static void watch(struct chat_tunnel *tunnel)
{
    int outer = (tunnel->client_ended || tunnel->inner_full ? 0 : UV_READABLE) |
                (tunnel->outer_wants ? UV_WRITABLE : 0);
    int inner = (tunnel->outer_wants && tunnel->is_ready ? 0 : UV_READABLE) |
                (tunnel->inner_full ? UV_WRITABLE : 0);

    if (outer != 0)
        uv_poll_start(&tunnel->outer, outer, on_outer);
    else
        uv_poll_stop(&tunnel->outer);
    if (inner != 0)
        uv_poll_start(&tunnel->inner, inner, on_inner);
    else
        uv_poll_stop(&tunnel->inner);
}

static void step(struct chat_tunnel *tunnel)
{
    bool good;

    ERR_clear_error();
    tunnel->outer_wants = false;
    if (!tunnel->is_ready) /* has H2O's patience ended? It says nothing before. */
        tunnel->h2o_ended = !is_empty(tunnel->near);
    good = tunnel->h2o_ended || shake_hands(tunnel);
    if (good && tunnel->is_ready)
        good = pass_out(tunnel) && (tunnel->h2o_ended || pass_in(tunnel));
    if (!good) {
        const char *wrong = ERR_reason_error_string(ERR_peek_error());
        end(tunnel, wrong != NULL ? wrong : "connection lost");
        ERR_clear_error();
    } else if (!tunnel->h2o_ended) {
        watch(tunnel);
        if (tunnel->outer_wants && !h2o_timeout_is_linked(&tunnel->farewell))
            h2o_timeout_link(tunnel->outer.loop, tunnel->patience, &tunnel->farewell);
        else if (!tunnel->outer_wants && h2o_timeout_is_linked(&tunnel->farewell))
            h2o_timeout_unlink(&tunnel->farewell);
    } else {
        if (tunnel->is_ready)
            SSL_shutdown(tunnel->ssl);
        ERR_clear_error();
        end(tunnel, NULL);
    }
}

static void on_outer(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    step(poll->data);
}

static void on_inner(uv_poll_t *poll, int status, int events)
{
    struct chat_tunnel *tunnel = poll->data;
    (void)status;
    if (events & UV_WRITABLE)
        tunnel->inner_full = false;
    step(tunnel);
}

struct chat_tunnel *chat_tunnel_open(h2o_context_t *context, SSL *ssl, int fd, int *ret_inner,
                                     void (*ended)(void *data, const char *wrong), void *data)
{
    int pair[2], on = 1;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0) {
        SSL_free(ssl);
        close(fd);
        return NULL;
    }
    struct chat_tunnel *tunnel = calloc(1, sizeof(*tunnel));
    if (tunnel == NULL || SSL_set_fd(ssl, fd) != 1 ||
        uv_poll_init(context->loop, &tunnel->outer, fd) != 0 ||
        uv_poll_init(context->loop, &tunnel->inner, pair[0]) != 0)
        abort();
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    tunnel->outer.data = tunnel->inner.data = tunnel;
    tunnel->patience = &context->http1.req_timeout;
    tunnel->farewell.cb = on_farewell;
    tunnel->ssl = ssl;
    tunnel->fd = fd;
    tunnel->near = pair[0];
    tunnel->open_handles = 2;
    tunnel->ended = ended;
    tunnel->data = data;
    watch(tunnel);
    *ret_inner = pair[1];
    return tunnel;
}

/* Of the pair, then what OpenSSL has of a record. */
static void take_unread(SSL *ssl, int inner, h2o_buffer_t **input)
{
    ssize_t n;
    do {
        h2o_iovec_t room = h2o_buffer_reserve(input, PIECE);
        n = recv(inner, room.base, PIECE, MSG_DONTWAIT);
        (*input)->size += n > 0 ? (size_t)n : 0;
    } while (n > 0);
    while (SSL_pending(ssl) > 0) {
        h2o_iovec_t room = h2o_buffer_reserve(input, PIECE);
        n = SSL_read(ssl, room.base, PIECE);
        if (n <= 0)
            break;
        (*input)->size += (size_t)n;
    }
}

bool chat_tunnel_leave(struct chat_tunnel *tunnel, int inner, h2o_buffer_t **input, SSL **ret_ssl,
                       int *ret_fd)
{
    bool good = pass_out(tunnel) && is_empty(tunnel->near);

    if (good) {
        take_unread(tunnel->ssl, inner, input);
        *ret_ssl = tunnel->ssl;
        *ret_fd = tunnel->fd;
        let_go(tunnel);
    } else {
        chat_tunnel_drop(tunnel);
    }
    ERR_clear_error();
    return good;
}
