/* What bans and mutes (core/sanction.h) mean for this worker's connections, by the worker's own
 * copy of the table: who is refused, and who is put out. Worker thread. */
#ifndef CHAT_NET_BAN_H
#define CHAT_NET_BAN_H

#include "net/worker.h"

/* An address, or a user whom a token names, may not come; either may be left out. */
bool chat_ban_refuses(struct chat_worker *worker, const struct chat_ip *ip, struct chat_slice user);

/* What speaks against a request: CHAT_IS_BANNED, CHAT_IS_MUTED or nothing. */
uint8_t chat_ban_judge(struct chat_conn *conn, const struct chat_call *call);

/* A connection has opened, or a token named its user: the moment before, it might have been banned
 * too late to be refused. */
void chat_ban_judge_conn(struct chat_conn *conn);
/* The same, when a letter gave it a seat in the room. */
void chat_ban_judge_seat(struct chat_worker *worker, uint64_t conn, struct chat_slice room_id);
/* The user, whose connection is lost, is banned from the room: the seat does not wait. */
bool chat_ban_ends_wait(struct chat_worker *worker, struct chat_slice user,
                        struct chat_slice room_id);

/* The ban that keeps the connection's user or address from the server or the room; borrowed until
 * the next change, or NULL. */
struct chat_sanction *chat_ban_of(const struct chat_conn *conn, struct chat_slice room_id);

/* The sanction, a ban, holds for the connection's user or address. */
bool chat_ban_meets(const struct chat_conn *conn, const struct chat_sanction *ban);

#endif
