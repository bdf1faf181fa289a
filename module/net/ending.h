/* What is told of a connection's end. Worker thread. */
#ifndef CHAT_NET_ENDING_H
#define CHAT_NET_ENDING_H

struct chat_conn;

/* Once it is known how it ends, while it still has its user or its socket: the first call counts.
 */
void chat_ending_note(struct chat_conn *conn);

/* It is closed because it does not take what is queued for it. */
void chat_ending_log_slow(const struct chat_conn *conn);

#endif
