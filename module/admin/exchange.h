/* One command on its way: a line in, the workers asked, a line out. No socket, no clock. Admin
 * loop. */
#ifndef CHAT_ADMIN_EXCHANGE_H
#define CHAT_ADMIN_EXCHANGE_H

#include "admin/report.h"

struct chat_exchange;
struct chat_json_reader;

/* What all exchanges share; borrowed for as long as they live. */
struct chat_exchange_site {
    struct chatd *chatd; /* for commands that change more than the workers can */
    struct chat_control *control;
    struct chat_report_facts facts;
    int64_t (*now_ms)(void); /* since 1970 */
    struct chat_json_reader *reader;
};

/* Borrows the line, without its end. Returns owned, with the answer at hand if the line is wrong.
 */
struct chat_exchange *chat_exchange_create(const struct chat_exchange_site *site,
                                           struct chat_slice line);

/* One that answers with an error, whatever was asked. Returns owned. */
struct chat_exchange *chat_exchange_refuse(const struct chat_exchange_site *site,
                                           enum chat_admin_error error);

/* Takes the exchange, NULL too. A question to the workers is forgotten, and what
 * was begun is ended; what it asked is done all the same. */
void chat_exchange_destroy(struct chat_exchange *exchange);

/* It asks for something to be changed, and nothing is wrong with how it asks. */
bool chat_exchange_changes(const struct chat_exchange *exchange);

/* Once. True: the answer is there. Else `done` is called later, once, when it is. `by`: who asks,
 * copied. */
bool chat_exchange_start(struct chat_exchange *exchange, const char *by,
                         void (*done)(void *context), void *context);

/* Before the start. A command that streams gives its lines to this, with the context of `done`,
 * which then comes for an error only. False: the client has no room; the line is counted as missed.
 */
void chat_exchange_listen(struct chat_exchange *exchange,
                          bool (*line)(void *context, struct chat_slice line));
/* The client has room again: it is told what it missed. */
void chat_exchange_drained(struct chat_exchange *exchange);

/* The answer with its line's end; borrowed from the exchange. */
struct chat_slice chat_exchange_answer(const struct chat_exchange *exchange);

/* For the log: what was asked, and how it ended; CHAT_ADMIN_OK before the answer is there. */
const char *chat_exchange_command(const struct chat_exchange *exchange);
const struct chat_command_arguments *chat_exchange_arguments(const struct chat_exchange *exchange);
enum chat_admin_error chat_exchange_error(const struct chat_exchange *exchange);

#endif
