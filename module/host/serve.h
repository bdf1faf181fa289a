/* The worker threads of the server program: a loop, an H2O context and listeners on each. */
#ifndef CHAT_HOST_SERVE_H
#define CHAT_HOST_SERVE_H

#include "chatd.h"
#include "host/ports.h"

struct chat_serve;

/* Starts the threads and waits until all are attached. Takes the ports' descriptors. Returns owned.
 */
struct chat_serve *chat_serve_start(struct chatd *chatd, h2o_globalconf_t *globalconf,
                                    struct chat_ports *ports);
/* Main thread: nothing is accepted any more. Threads end when chatd has stopped too. */
void chat_serve_end(struct chat_serve *serve, uv_loop_t *loop, void (*ended)(void *context),
                    void *context);
/* After `ended`: waits for the threads, frees all. */
void chat_serve_join(struct chat_serve *serve);

#endif
