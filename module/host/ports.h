/* The listening sockets: one per worker and listener of the configuration, sharing a port, or being
 * one and the same at a path. Main thread, at start and end. */
#ifndef CHAT_HOST_PORTS_H
#define CHAT_HOST_PORTS_H

#include "config/config.h"

struct chat_port_file;

struct chat_ports {
    size_t n_listeners;
    unsigned n_workers;
    int *fds;        /* [worker * n_listeners + listener]; taken out by who uses them, then -1 */
    unsigned *ports; /* [listener]: as bound; 0: at a path */
    struct chat_port_file *files; /* [listener] */
};

/* False: a sentence says why: the port is taken, no permission, … */
bool chat_ports_open(struct chat_ports *ports, const struct chat_config *config, unsigned workers,
                     char error[256]);
/* Unix sockets are removed, unless another has taken their place. */
void chat_ports_close(struct chat_ports *ports);

/* The path of a Unix socket, or NULL. */
const char *chat_ports_path(const struct chat_ports *ports, size_t listener);

#endif
