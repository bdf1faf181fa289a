/* The commands of the server by name: what each asks the workers and what it makes of their rows.
 * Any thread. */
#ifndef CHAT_ADMIN_COMMAND_H
#define CHAT_ADMIN_COMMAND_H

#include "admin/error.h"
#include "admin/rows.h"
#include "net/control.h"

enum { CHAT_COMMAND_ARGUMENTS_MAX = 8 };

struct chat_command_arguments {
    const struct chat_argument_row *rows;
    size_t count;
    struct chat_slice
        values[CHAT_COMMAND_ARGUMENTS_MAX]; /* NUL follows each; none where left out */
};

struct chat_report;
struct chat_errand;

/* What it does comes in this order, each part only where it is there: `begin`, which may take its
 * time (errand.h); the question to the workers; the answer. */
struct chat_command {
    /* Calls chat_errand_go_on once: before it returns, or later from the loop. */
    void (*begin)(struct chat_errand *errand);
    /* The errand is over, whether it went on or not: its `work` is the command's to free, and what
     * would have called chat_errand_go_on does not any more. */
    void (*end)(struct chat_errand *errand);
    bool asks;    /* the workers */
    bool streams; /* each row is a line, until the client goes; there is no answer */
    enum chat_query_kind query;
    bool (*keeps)(const struct chat_command_arguments *arguments, const struct chat_row *row);
    /* Writes the value of `data`, or nothing and returns what is wrong. */
    enum chat_admin_error (*answer)(struct chat_report *report);
};

struct chat_command_row {
    const char *name, *words; /* in the tables; as it is sent */
    enum chat_command_effect effect;
    const struct chat_command *command;
};

/* NULL: the server has no such command. */
const struct chat_command_row *chat_command_find(struct chat_slice words);

/* The value of an argument; no bytes where it was left out or the command has none of this name. */
static inline struct chat_slice chat_command_argument(
    const struct chat_command_arguments *arguments, const char *name)
{
    for (size_t i = 0; i < arguments->count; i++)
        if (strcmp(arguments->rows[i].name, name) == 0)
            return arguments->values[i];
    return (struct chat_slice){NULL, 0};
}

#endif
