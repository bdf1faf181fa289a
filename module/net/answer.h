/* What a worker answers to the control's questions (control.h): rows about its rooms, members and
 * connections, and the ends of what it was asked. Worker thread. */
#ifndef CHAT_NET_ANSWER_H
#define CHAT_NET_ANSWER_H

#include "net/worker.h"

/* Says whose row it is. */
void chat_answer_row(struct chat_worker *worker, uint32_t ticket, struct chat_row *row);

void chat_answer_status(struct chat_worker *worker, uint32_t ticket, uint64_t queued_bytes);
void chat_answer_room(struct chat_worker *worker, uint32_t ticket, struct chat_room *room);
/* A row for each of its connections. */
void chat_answer_member(struct chat_worker *worker, uint32_t ticket,
                        const struct chat_member *member);
void chat_answer_conn(struct chat_worker *worker, uint32_t ticket, const struct chat_conn *conn);
/* A row for each of its rooms. */
void chat_answer_seats(struct chat_worker *worker, uint32_t ticket, const struct chat_conn *conn);
/* A row for each ban and mute that decided something here. */
void chat_answer_hits(struct chat_worker *worker, uint32_t ticket);

/* The room's row, and the user's seat in it, if they are here. */
void chat_answer_seat(struct chat_worker *worker, uint32_t ticket, struct chat_slice room_id,
                      struct chat_slice user);
/* What its user may do in the room, and the ban that keeps it out, if any. */
void chat_answer_rights(struct chat_worker *worker, uint32_t ticket, const struct chat_conn *conn,
                        struct chat_slice room_id);

/* For a kick or a ban: a connection of it has ended and gives up so many seats; a seat is gone from
 * its room. */
void chat_answer_kicked(struct chat_worker *worker, uint32_t ticket, unsigned seats);
void chat_answer_settled(struct chat_worker *worker, uint32_t ticket);

/* All rows are sent; so many connections are still to end. */
void chat_answer_done(struct chat_worker *worker, uint32_t ticket, uint64_t ending);

#endif
