/* One look at the server for `top`: what it counts now, and how fast it counts since the look
 * before. */
#ifndef CHAT_CLI_LOOK_H
#define CHAT_CLI_LOOK_H

#include "link.h"
#include "node.h"

#include <stddef.h>
#include <stdint.h>

/* Of the rooms with the most messages so many are looked at. */
enum { CHAT_LOOK_ROOMS = 200 };

struct chat_look_room {
    const struct chat_node *row;
    uint64_t members, messages, age_ms;
    double rate; /* messages in a second since the look before; 0 if it was not among them then */
};

struct chat_look {
    int64_t at_ms; /* of a clock that does not turn back */
    char *status_text, *rooms_text;
    struct chat_tree *status_tree, *rooms_tree;
    const struct chat_node *status; /* its data */
    struct chat_look_room rooms[CHAT_LOOK_ROOMS];
    size_t room_count;
    double in_rate, out_rate;
};

/* Asks; `before` is the look before, or all zero. Returns 0 or an exit code and a sentence; then
 * there is nothing to finish. */
int chat_look_take(struct chat_look *look, const struct chat_look *before, int link,
                   int64_t timeout_ms, char ret_why[CHAT_LINK_WHY_MAX]);
void chat_look_finish(struct chat_look *look);

/* A number of the status; 0: there is none of this name. */
uint64_t chat_look_number(const struct chat_node *object, const char *name);

#endif
