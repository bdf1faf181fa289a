/* The workers' end of net/control.h for tests: holds one question at a time, until the test gives
 * its rows and says that they are all. Tests that define these functions need no workers. */
#ifndef TESTS_UNIT_ADMIN_FAKE_CONTROL_H
#define TESTS_UNIT_ADMIN_FAKE_CONTROL_H

#include "net/control.h"

#include <stdlib.h>

struct chat_control {
    uint32_t tickets; /* that were given */
    uint32_t open;    /* the one under way, or 0 */
    unsigned forgotten, tails;
    enum chat_query_kind kind;
    char user[80], room[80], text[10241];
    chat_control_row_cb *row;
    chat_control_done_cb *done;
    void *context;
};

static inline void keep_slice(char *text, struct chat_slice slice)
{
    if (slice.length > 0)
        memcpy(text, slice.bytes, slice.length);
    text[slice.length] = '\0';
}

uint32_t chat_control_ask(struct chat_control *control, const struct chat_query *query,
                          chat_control_row_cb *row, chat_control_done_cb *done, void *context)
{
    if (control->open != 0)
        abort();
    control->kind = query->kind;
    keep_slice(control->user, query->user);
    keep_slice(control->room, query->room);
    keep_slice(control->text, query->text);
    control->row = row;
    control->done = done;
    control->context = context;
    control->open = ++control->tickets;
    return control->open;
}

void chat_control_forget(struct chat_control *control, uint32_t ticket)
{
    if (control->open != ticket)
        abort();
    control->open = 0;
    control->forgotten++;
}

unsigned chat_control_tails(const struct chat_control *control)
{
    return control->tails;
}

static inline void give(struct chat_control *control, struct chat_row row)
{
    control->row(control->context, &row);
}

static inline void give_all(struct chat_control *control)
{
    control->open = 0;
    control->done(control->context);
}

#endif
