/* core/port.h as a worker implements it for the rooms at home on it. */
#ifndef CHAT_NET_PORT_H
#define CHAT_NET_PORT_H

#include "net/worker.h"

void chat_port_init(struct chat_worker *worker);

/* The completions that were kept back under pressure go out. */
void chat_port_release(struct chat_worker *worker);

#endif
