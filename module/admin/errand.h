/* A command under way that does not only ask the workers and answer: it waits for something first,
 * as for a store (command.h, `begin`). Admin loop. */
#ifndef CHAT_ADMIN_ERRAND_H
#define CHAT_ADMIN_ERRAND_H

#include "admin/command.h"
#include "admin/error.h"

struct chatd;

struct chat_errand {
    struct chatd *chatd; /* whose server it is */
    struct chat_control *control;
    const struct chat_command_arguments *arguments;
    const char *by; /* who asked: where he has a name and changes something, that; or uid */
    int64_t now_ms; /* when it began */
    struct chat_query query;     /* what the workers will be asked; `begin` may change it */
    const char *const *problems; /* lines that an error's answer has besides; borrowed */
    size_t n_problems;
    void *work; /* the command's own, until its `end`; NULL at first */
};

/* What was waited for has come: the workers are asked, or the answer is made. With an error that is
 * the answer, and `why` a better sentence than its own, or empty. Once. */
void chat_errand_go_on(struct chat_errand *errand, enum chat_admin_error error, const char *why);

#endif
