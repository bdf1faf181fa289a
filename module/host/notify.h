/* What the service manager is told (sd_notify(3)): ready, reloading, stopping, how many there are;
 * and its watchdog, which is fed only while every worker's loop turns. Silent where there is none.
 * Main thread. */
#ifndef CHAT_HOST_NOTIFY_H
#define CHAT_HOST_NOTIFY_H

#include "chatd.h"

#include <stdbool.h>

struct chat_notify;

/* Begins to watch the workers, which are all attached, and says READY. Returns owned. */
struct chat_notify *chat_notify_start(struct chatd *chatd, uv_loop_t *loop);

/* A reload begins, or has ended, well or not. */
void chat_notify_reload(struct chat_notify *notify, bool begins);

/* The server ends: says STOPPING, and goes on feeding the watchdog. */
void chat_notify_stopping(struct chat_notify *notify);

/* Takes it, NULL too; its memory goes with its handle. */
void chat_notify_close(struct chat_notify *notify);

#endif
