/* The descriptors are the process's, so the record of them is too: it is made once and used up. */
#include "host/inherited.h"

#include "config/endpoint.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

static struct {
    bool asked;
    int count, error;
    char **names; /* [count]; NULL: given away */
} passed;

static void ask(void)
{
    if (passed.asked)
        return;
    passed.asked = true;
    passed.count = sd_listen_fds_with_names(1, &passed.names);
    if (passed.count < 0) {
        passed.error = -passed.count;
        passed.count = 0;
    }
}

/* One spelling for each address, as the configuration has it. */
static bool is_at(int fd, const struct chat_config_listener *listener)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof(address);
    char text[INET6_ADDRSTRLEN];
    const struct sockaddr_in *in = (const struct sockaddr_in *)&address;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address;
    bool is_v6;

    if (chat_endpoint_is_unix(listener->address, strlen(listener->address)))
        return sd_is_socket_unix(fd, SOCK_STREAM, 1, listener->address + strlen(CHAT_UNIX_PREFIX),
                                 0) > 0;
    if (getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        return false;
    is_v6 = address.ss_family == AF_INET6;
    if (address.ss_family != AF_INET && !is_v6)
        return false;
    if (ntohs(is_v6 ? in6->sin6_port : in->sin_port) != listener->port)
        return false;
    return inet_ntop(address.ss_family, is_v6 ? (const void *)&in6->sin6_addr : &in->sin_addr, text,
                     sizeof(text)) != NULL &&
           strcmp(text, listener->address) == 0;
}

int chat_inherited_take(const struct chat_config_listener *listener, size_t index)
{
    char name[32];

    ask();
    snprintf(name, sizeof(name), "listen.%zu", index);
    for (int i = 0; i < passed.count; i++) {
        int fd = SD_LISTEN_FDS_START + i;
        if (passed.names[i] == NULL || sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0 ||
            (strcmp(passed.names[i], name) != 0 && !is_at(fd, listener)))
            continue;
        free(passed.names[i]);
        passed.names[i] = NULL;
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
        return fd;
    }
    return -1;
}

bool chat_inherited_finish(char error[256])
{
    bool is_right = true;

    ask();
    if (passed.error != 0) {
        snprintf(error, 256, "what the service manager passes (LISTEN_FDS) cannot be taken: %s",
                 strerror(passed.error));
        return false;
    }
    for (int i = 0; i < passed.count; i++) {
        if (passed.names[i] == NULL)
            continue;
        if (is_right)
            snprintf(error, 256,
                     "the service manager passes a socket called %.80s that no listener has, "
                     "expected the address of one in listen, or the name listen.N",
                     passed.names[i]);
        is_right = false;
        free(passed.names[i]);
        close(SD_LISTEN_FDS_START + i);
    }
    if (passed.count > 0)
        free(passed.names);
    passed.count = 0;
    return is_right;
}
