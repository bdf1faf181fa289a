/* Plaintext: the descriptor itself, no buffer and no allocation; TLS is secure.c's. What every
 * message does is asked of the kernel directly: in a process of several threads the C library's
 * send and recv set and clear a state for pthread_cancel around each call, and nobody here is ever
 * cancelled. */
#include "net/transport.h"

#include "net/address.h"
#include "net/secure.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static struct chat_secure *secure_of(struct chat_transport *transport)
{
    return (struct chat_secure *)(void *)((char *)transport + transport->secure_at);
}

bool chat_transport_open(struct chat_transport *transport, struct chat_poller *poller, int fd,
                         struct chat_secure *secure)
{
    int on = 1;
    ptrdiff_t at = secure == NULL ? 0 : (char *)secure - (char *)transport;

    assert(at >= 0 && at <= UINT16_MAX);
    *transport = (struct chat_transport){.fd = fd, .secure_at = (uint16_t)at};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* a Unix socket has no such delay */
    if (chat_poller_add(poller, transport))
        return true;
    chat_transport_close(transport);
    return false;
}

void chat_transport_close(struct chat_transport *transport)
{
    if (transport->secure_at != 0)
        chat_secure_close(secure_of(transport));
    close(transport->fd); /* which takes it out of the epoll set, as it is the only descriptor */
    transport->fd = -1;
}

void chat_transport_want(struct chat_transport *transport, struct chat_poller *poller, bool reads,
                         bool writes)
{
    if (transport->reads == reads && transport->writes == writes)
        return;
    transport->reads = reads;
    transport->writes = writes;
    chat_poller_update(poller, transport);
}

ssize_t chat_transport_read(struct chat_transport *transport, char *bytes, size_t size)
{
    ssize_t n;
    if (transport->secure_at != 0)
        return chat_secure_read(secure_of(transport), bytes, size + CHAT_TRANSPORT_OVER);
    do
        n = syscall(SYS_recvfrom, transport->fd, bytes, size, MSG_DONTWAIT, NULL, NULL);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        return n;
    if (n == 0)
        return CHAT_TRANSPORT_END;
    return errno == EAGAIN ? 0 : -errno;
}

ssize_t chat_transport_write(struct chat_transport *transport, const struct chat_slice *pieces,
                             unsigned n)
{
    const int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    struct iovec vectors[CHAT_TRANSPORT_PIECES];
    struct msghdr message = {.msg_iov = vectors};
    ssize_t written;

    if (n > CHAT_TRANSPORT_PIECES)
        n = CHAT_TRANSPORT_PIECES;
    if (transport->secure_at != 0)
        return chat_secure_write(secure_of(transport), pieces, n);
    for (unsigned i = 0; i < n; i++)
        vectors[i] = (struct iovec){(char *)pieces[i].bytes, pieces[i].length};
    message.msg_iovlen = n;
    do
        written = n == 1 ? syscall(SYS_sendto, transport->fd, pieces->bytes, pieces->length, flags,
                                   NULL, 0)
                         : syscall(SYS_sendmsg, transport->fd, &message, flags);
    while (written < 0 && errno == EINTR);
    if (written >= 0)
        return written;
    return errno == EAGAIN ? 0 : -errno;
}

void chat_transport_shutdown(struct chat_transport *transport)
{
    if (transport->secure_at != 0)
        chat_secure_shutdown(secure_of(transport));
    shutdown(transport->fd, SHUT_WR);
}

struct chat_slice chat_transport_peer(const struct chat_transport *transport, char *out,
                                      size_t size)
{
    struct sockaddr_storage peer;
    socklen_t length = sizeof(peer);
    if (getpeername(transport->fd, (struct sockaddr *)&peer, &length) != 0)
        return (struct chat_slice){"", 0};
    return chat_address_text((struct sockaddr *)&peer, out, size);
}

bool chat_transport_ip(const struct chat_transport *transport, struct chat_ip *ret_ip)
{
    struct sockaddr_storage peer;
    socklen_t length = sizeof(peer);
    return getpeername(transport->fd, (struct sockaddr *)&peer, &length) == 0 &&
           chat_address_of((struct sockaddr *)&peer, ret_ip);
}
