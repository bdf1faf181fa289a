/* One timer per worker: a sweep of its connections' deadlines in slices, and of the rooms that
 * linger. Worker thread. */
#ifndef CHAT_NET_TIMERS_H
#define CHAT_NET_TIMERS_H

struct chat_worker;

void chat_timers_start(struct chat_worker *worker);

#endif
