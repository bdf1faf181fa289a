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

/* A turn's share of the jobs; true: there is more to do, now. */
bool chat_query_step(struct chat_worker *worker);

/* The jobs that are left. */
void chat_query_finish(struct chat_worker *worker);

#endif
