/* Each port is bound once alone, so that a second chatd says "taken" instead of getting half of the
 * clients; then once per worker with SO_REUSEPORT (DESIGN, hosting). */
#include "host/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096 };

static socklen_t address_of(const struct chat_config_listener *listener, unsigned port,
                            struct sockaddr_storage *ret_address)
{
    struct sockaddr_in *in = (struct sockaddr_in *)ret_address;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret_address;

    memset(ret_address, 0, sizeof(*ret_address));
    if (inet_pton(AF_INET, listener->address, &in->sin_addr) == 1) {
        in->sin_family = AF_INET;
        in->sin_port = htons((uint16_t)port);
        return sizeof(*in);
    }
    inet_pton(AF_INET6, listener->address, &in6->sin6_addr);
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons((uint16_t)port);
    return sizeof(*in6);
}

/* A bound socket, or -1 with errno. */
static int bind_one(const struct chat_config_listener *listener, unsigned port, bool shared)
{
    struct sockaddr_storage address;
    socklen_t length = address_of(listener, port, &address);
    int on = 1, fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd == -1)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (shared)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
    if (address.ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&address, length) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static unsigned port_of(int fd)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof(address);
    if (getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        return 0;
    return ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
                                              : ((struct sockaddr_in6 *)&address)->sin6_port);
}

/* Bound alone, and listening, as only then two that are allowed to reuse an address collide. */
static int probe(const struct chat_config_listener *listener, unsigned *ret_port)
{
    int fd = bind_one(listener, listener->port, false);
    if (fd == -1)
        return -1;
    if (listen(fd, 1) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    *ret_port = port_of(fd);
    close(fd);
    return 0;
}

static bool open_listener(struct chat_ports *ports, const struct chat_config *config, size_t index)
{
    const struct chat_config_listener *listener = &config->listeners[index];

    if (probe(listener, &ports->ports[index]) != 0)
        return false;
    for (unsigned w = 0; w < ports->n_workers; w++) {
        int fd = bind_one(listener, ports->ports[index], true);
        if (fd == -1)
            return false;
        ports->fds[w * ports->n_listeners + index] = fd;
    }
    /* Only when all are bound: a listening one takes connections. */
    for (unsigned w = 0; w < ports->n_workers; w++)
        if (listen(ports->fds[w * ports->n_listeners + index], BACKLOG) != 0)
            return false;
    return true;
}

bool chat_ports_open(struct chat_ports *ports, const struct chat_config *config, unsigned workers,
                     char error[256])
{
    *ports = (struct chat_ports){.n_listeners = config->n_listeners, .n_workers = workers};
    ports->fds = calloc(workers * config->n_listeners, sizeof(int));
    ports->ports = calloc(config->n_listeners, sizeof(unsigned));
    if (ports->fds == NULL || ports->ports == NULL)
        abort();
    for (size_t i = 0; i < workers * config->n_listeners; i++)
        ports->fds[i] = -1;
    for (size_t i = 0; i < config->n_listeners; i++) {
        if (open_listener(ports, config, i))
            continue;
        snprintf(error, 256, "cannot listen on %s port %u: %s", config->listeners[i].address,
                 config->listeners[i].port,
                 errno == EADDRINUSE ? "the port is taken" : strerror(errno));
        chat_ports_close(ports);
        return false;
    }
    return true;
}

void chat_ports_close(struct chat_ports *ports)
{
    for (size_t i = 0; i < ports->n_workers * ports->n_listeners; i++)
        if (ports->fds[i] != -1)
            close(ports->fds[i]);
    free(ports->fds);
    free(ports->ports);
    *ports = (struct chat_ports){0};
}
