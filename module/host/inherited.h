/* Listening sockets that the service manager has opened (sd_listen_fds(3)): each belongs to the
 * listener of the configuration that has its address, or is called `listen.N` like the N-th. Main
 * thread, at start. */
#ifndef CHAT_HOST_INHERITED_H
#define CHAT_HOST_INHERITED_H

#include "config/config.h"

/* Gives away the socket of that listener, non-blocking; -1: none was passed. */
int chat_inherited_take(const struct chat_config_listener *listener, size_t index);

/* Once all were asked for. False: one was passed that no listener wants, and `error` says which. */
bool chat_inherited_finish(char error[256]);

#endif
