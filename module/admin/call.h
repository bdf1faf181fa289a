/* One command on its way: a line in, the workers asked, a line out. No socket, no clock. Admin
 * loop. */
#ifndef CHAT_ADMIN_CALL_H
#define CHAT_ADMIN_CALL_H

#include "admin/report.h"

struct chat_call;
struct chat_json_reader;

/* What all calls share; borrowed for as long as they live. */
struct chat_call_site {
    struct chat_control *control;
    struct chat_report_facts facts;
    int64_t (*now_ms)(void); /* since 1970 */
    struct chat_json_reader *reader;
};

/* Borrows the line, without its end. Returns owned, with the answer at hand if the line is wrong.
 */
struct chat_call *chat_call_create(const struct chat_call_site *site, struct chat_slice line);

/* A call that answers with an error, whatever was asked. Returns owned. */
struct chat_call *chat_call_refuse(const struct chat_call_site *site, enum chat_admin_error error);

/* Takes the call, NULL too. A question to the workers is forgotten; what it asked is done all the
 * same. */
void chat_call_destroy(struct chat_call *call);

/* It asks for something to be changed, and nothing is wrong with how it asks. */
bool chat_call_changes(const struct chat_call *call);

/* Once. True: the answer is there. Else `done` is called later, once, when it is. */
bool chat_call_start(struct chat_call *call, void (*done)(void *context), void *context);

/* The answer with its line's end; borrowed from the call. */
struct chat_slice chat_call_answer(const struct chat_call *call);

/* For the log: what was asked, and how it ended; CHAT_ADMIN_OK before the answer is there. */
const char *chat_call_command(const struct chat_call *call);
const struct chat_command_arguments *chat_call_arguments(const struct chat_call *call);
enum chat_admin_error chat_call_error(const struct chat_call *call);

#endif
