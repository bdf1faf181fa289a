/* Plaintext, straight on libuv's stream (H2O.md §5: no buffer and no allocation per write). */
#include "net/transport.h"

#include "net/address.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECES_MAX = 64 };

struct chat_transport_push {
    uv_write_t request;
    struct chat_transport *transport;
};

static const struct chat_transport_events *events_of(const struct chat_transport *transport)
{
    return transport->tcp.data;
}

static int fd_of(const struct chat_transport *transport)
{
    uv_os_fd_t fd = -1;
    uv_fileno((const uv_handle_t *)&transport->tcp, &fd);
    return fd;
}

static void on_closed(uv_handle_t *handle)
{
    struct chat_transport *transport = (struct chat_transport *)handle;
    events_of(transport)->closed(transport);
}

int chat_transport_open(struct chat_transport *transport, uv_loop_t *loop, int fd,
                        const struct chat_transport_events *events)
{
    uv_tcp_init(loop, &transport->tcp);
    transport->tcp.data = (void *)events;
    int error = uv_tcp_open(&transport->tcp, fd);
    if (error != 0) {
        close(fd);
        uv_close((uv_handle_t *)&transport->tcp, on_closed);
        return error;
    }
    uv_tcp_nodelay(&transport->tcp, 1); /* ENOTSUP on a Unix socket, which has no such delay */
    return 0;
}

static void on_alloc(uv_handle_t *handle, size_t hint, uv_buf_t *ret_buffer)
{
    struct chat_transport *transport = (struct chat_transport *)handle;
    struct chat_slice lent = events_of(transport)->lend(transport);
    (void)hint;
    *ret_buffer = uv_buf_init((char *)lent.bytes, (unsigned)lent.length);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
    struct chat_transport *transport = (struct chat_transport *)stream;
    if (n != 0)
        events_of(transport)->received(transport, n, buffer->base);
}

void chat_transport_read(struct chat_transport *transport, bool on)
{
    if (on)
        uv_read_start((uv_stream_t *)&transport->tcp, on_alloc, on_read);
    else
        uv_read_stop((uv_stream_t *)&transport->tcp);
}

ssize_t chat_transport_read_now(struct chat_transport *transport, char *bytes, size_t size)
{
    ssize_t n;
    do
        n = recv(fd_of(transport), bytes, size, 0);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        return n;
    if (n == 0)
        return UV_EOF;
    return errno == EAGAIN ? 0 : uv_translate_sys_error(errno);
}

ssize_t chat_transport_write(struct chat_transport *transport, const struct chat_slice *pieces,
                             unsigned n)
{
    uv_buf_t buffers[PIECES_MAX];
    if (n > PIECES_MAX)
        n = PIECES_MAX;
    for (unsigned i = 0; i < n; i++)
        buffers[i] = uv_buf_init((char *)pieces[i].bytes, (unsigned)pieces[i].length);
    int written = uv_try_write((uv_stream_t *)&transport->tcp, buffers, n);
    return written == UV_EAGAIN ? 0 : written;
}

static void on_pushed(uv_write_t *request, int status)
{
    struct chat_transport_push *push = (struct chat_transport_push *)request;
    if (status != UV_ECANCELED) /* closing: the owner has dropped it */
        events_of(push->transport)->pushed(push->transport, status);
    free(push);
}

bool chat_transport_push(struct chat_transport *transport, struct chat_slice piece)
{
    struct chat_transport_push *push = malloc(sizeof(*push));
    uv_buf_t buffer = uv_buf_init((char *)piece.bytes, (unsigned)piece.length);
    if (push == NULL)
        abort();
    push->transport = transport;
    if (uv_write(&push->request, (uv_stream_t *)&transport->tcp, &buffer, 1, on_pushed) == 0)
        return true;
    free(push);
    return false;
}

void chat_transport_shutdown(struct chat_transport *transport)
{
    shutdown(fd_of(transport), SHUT_WR);
}

bool chat_transport_hung_up(const struct chat_transport *transport)
{
    struct pollfd p = {.fd = fd_of(transport), .events = 0};
    return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP)) != 0;
}

struct chat_slice chat_transport_peer(const struct chat_transport *transport, char *out,
                                      size_t size)
{
    struct sockaddr_storage peer;
    int length = sizeof(peer);
    if (uv_tcp_getpeername(&transport->tcp, (struct sockaddr *)&peer, &length) != 0)
        return (struct chat_slice){"", 0};
    return chat_address_text((struct sockaddr *)&peer, out, size);
}

void chat_transport_close(struct chat_transport *transport)
{
    uv_close((uv_handle_t *)&transport->tcp, on_closed);
}
