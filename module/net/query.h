/* The workers' side of the control's questions (control.h): each is a job that goes on in slices,
 * so that a long list delays no turn. Worker thread. */
#ifndef CHAT_NET_QUERY_H
#define CHAT_NET_QUERY_H

#include "net/control.h"
#include "net/mailbox.h"

#include <stdbool.h>

struct chat_worker;
struct chat_query_job;

/* A letter of the control. */
void chat_query_begin(struct chat_worker *worker, const struct chat_letter *letter);

/* One slice of each job; true: there is more to do. */
bool chat_query_step(struct chat_worker *worker);

/* For a kick: a connection of it has ended and gives up so many seats; a seat is gone from its
 * room. */
void chat_query_kicked(struct chat_worker *worker, uint32_t ticket, unsigned seats);
void chat_query_settled(struct chat_worker *worker, uint32_t ticket);

/* The jobs that are left. */
void chat_query_finish(struct chat_worker *worker);

/* A row on its way: the struct as it is, its strings one behind the other. */
enum { CHAT_ROW_STRINGS_MAX = 1536 };
void chat_row_pack(const struct chat_row *row, char strings[CHAT_ROW_STRINGS_MAX],
                   struct chat_letter *ret_letter);
/* The slices borrow from the letter. */
void chat_row_unpack(const struct chat_letter *letter, struct chat_row *ret_row);

#endif
