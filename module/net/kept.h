/* What outlives a restart, on its way into this server: opened before the workers attach, and
 * copied by each of them. */
#ifndef CHAT_NET_KEPT_H
#define CHAT_NET_KEPT_H

struct chat_worker;

/* On the worker's thread, before it serves: its copy of the bans and mutes, and the rooms at home
 * here that never end. */
void chat_kept_restore(struct chat_worker *worker);

#endif
