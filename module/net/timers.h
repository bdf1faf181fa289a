/* One timer per worker: a sweep of its connections' deadlines in slices, and of the rooms that
 * linger. Worker thread. */
#ifndef CHAT_NET_TIMERS_H
#define CHAT_NET_TIMERS_H

#include <stdint.h>

struct chat_conn;
struct chat_worker;

/* One connection's deadlines, as the sweep judges them (PROTOCOL §1, §8). */
void chat_conn_check(struct chat_conn *conn, uint32_t now_ms);

void chat_timers_start(struct chat_worker *worker);

#endif
