/* How a room tells its members that somebody came or went: by name or, where there are many, by a
 * count at most once a second (PROTOCOL §3, rooms.announce_members). Home worker; pure. */
#ifndef CHAT_CORE_PRESENCE_H
#define CHAT_CORE_PRESENCE_H

#include "core/port.h"

enum { CHAT_PRESENCE_MS = 1000 };

/* The list zero is empty. */
struct chat_presence {
    struct chat_port *port;
    uint32_t announce_members; /* 0: by name always */
    struct chat_list counted;  /* rooms whose last count is not a second old, oldest first */
};

/* user_joined or user_left; the change has been made. `cause` as in port.h. */
void chat_presence_tell(struct chat_presence *presence, struct chat_room *room, uint64_t cause,
                        const struct chat_event *event, struct chat_time now);
/* Tells the counts that have waited for their second. */
void chat_presence_sweep(struct chat_presence *presence, struct chat_time now);
/* The room is about to end. */
void chat_presence_forget(struct chat_presence *presence, struct chat_room *room);

#endif
