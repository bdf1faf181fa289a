/* Each port is bound once alone, so that a second chatd says "taken" instead of getting half of the
 * clients; then once per worker with SO_REUSEPORT (DESIGN, hosting). A path cannot be shared so:
 * there all workers accept from one socket. */
#include "host/ports.h"

#include "host/inherited.h"

#include "admin/socket.h"
#include "config/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A Unix socket is as open as a port on the loopback address; the directory may say otherwise. */
enum { BACKLOG = 4096, FILE_MODE = 0666 };

struct chat_port_file {
    char path[CHAT_UNIX_PATH_MAX + 1]; /* empty: not at a path */
    struct chat_socket_file file;
    bool is_inherited;
};

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

/* One and the same socket for all workers. */
static bool share(struct chat_ports *ports, size_t index)
{
    for (unsigned w = 1; w < ports->n_workers; w++) {
        int *fd = &ports->fds[w * ports->n_listeners + index];
        *fd = fcntl(ports->fds[index], F_DUPFD_CLOEXEC, 0);
        if (*fd == -1)
            return false;
    }
    return true;
}

static bool open_path(struct chat_ports *ports, size_t index, const char *path, char error[256])
{
    struct chat_port_file *file = &ports->files[index];
    int *first = &ports->fds[index];

    *first = chat_socket_open(path, FILE_MODE, NULL, &file->file, error);
    if (*first == -1)
        return false;
    snprintf(file->path, sizeof(file->path), "%s", path);
    listen(*first, BACKLOG); /* it does, with a shorter one */
    if (share(ports, index))
        return true;
    snprintf(error, 256, "socket %s: %s", path, strerror(errno));
    return false;
}

/* Somebody else made it, and will remove it. */
static bool use_inherited(struct chat_ports *ports, const struct chat_config_listener *listener,
                          size_t index, int fd)
{
    struct chat_port_file *file = &ports->files[index];

    ports->fds[index] = fd;
    if (chat_endpoint_is_unix(listener->address, strlen(listener->address)))
        snprintf(file->path, sizeof(file->path), "%s",
                 listener->address + strlen(CHAT_UNIX_PREFIX));
    else
        ports->ports[index] = port_of(fd);
    file->is_inherited = true;
    return share(ports, index);
}

static bool open_port(struct chat_ports *ports, const struct chat_config_listener *listener,
                      size_t index)
{
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

static bool open_listener(struct chat_ports *ports, const struct chat_config_listener *listener,
                          size_t index, char error[256])
{
    int inherited = chat_inherited_take(listener, index);
    if (inherited != -1 && use_inherited(ports, listener, index, inherited))
        return true;
    if (chat_endpoint_is_unix(listener->address, strlen(listener->address)))
        return open_path(ports, index, listener->address + strlen(CHAT_UNIX_PREFIX), error);
    if (open_port(ports, listener, index))
        return true;
    snprintf(error, 256, "cannot listen on %s port %u: %s", listener->address, listener->port,
             errno == EADDRINUSE ? "the port is taken" : strerror(errno));
    return false;
}

bool chat_ports_open(struct chat_ports *ports, const struct chat_config *config, unsigned workers,
                     char error[256])
{
    *ports = (struct chat_ports){.n_listeners = config->n_listeners, .n_workers = workers};
    ports->fds = calloc(workers * config->n_listeners, sizeof(int));
    ports->ports = calloc(config->n_listeners, sizeof(unsigned));
    ports->files = calloc(config->n_listeners, sizeof(*ports->files));
    if (ports->fds == NULL || ports->ports == NULL || ports->files == NULL)
        abort();
    for (size_t i = 0; i < workers * config->n_listeners; i++)
        ports->fds[i] = -1;
    for (size_t i = 0; i < config->n_listeners; i++) {
        if (open_listener(ports, &config->listeners[i], i, error))
            continue;
        chat_ports_close(ports);
        return false;
    }
    if (chat_inherited_finish(error))
        return true;
    chat_ports_close(ports);
    return false;
}

void chat_ports_close(struct chat_ports *ports)
{
    for (size_t i = 0; i < ports->n_workers * ports->n_listeners; i++)
        if (ports->fds[i] != -1)
            close(ports->fds[i]);
    for (size_t i = 0; i < ports->n_listeners; i++)
        if (ports->files[i].path[0] != '\0' && !ports->files[i].is_inherited)
            chat_socket_remove(ports->files[i].path, &ports->files[i].file);
    free(ports->files);
    free(ports->fds);
    free(ports->ports);
    *ports = (struct chat_ports){0};
}

const char *chat_ports_path(const struct chat_ports *ports, size_t listener)
{
    const char *path = ports->files[listener].path;
    return path[0] != '\0' ? path : NULL;
}
