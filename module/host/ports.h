/* The listening sockets: one per worker and listener of the configuration, sharing a port. Main
 * thread, at start. */
#ifndef CHAT_HOST_PORTS_H
#define CHAT_HOST_PORTS_H

#include "config/config.h"

struct chat_ports {
    size_t n_listeners;
    unsigned n_workers;
    int *fds;        /* [worker * n_listeners + listener]; taken out by who uses them, then -1 */
    unsigned *ports; /* [listener]: as bound */
};

/* Returns 0, or writes a sentence: the port is taken, no permission, … */
bool chat_ports_open(struct chat_ports *ports, const struct chat_config *config, unsigned workers,
                     char error[256]);
void chat_ports_close(struct chat_ports *ports);

#endif
