/* Seats that wait for their users: their connections were lost, and within rooms.resume_window a
 * new one may take each over with the session of the lost one (PROTOCOL §5). Home worker; pure. */
#ifndef CHAT_CORE_RESUME_H
#define CHAT_CORE_RESUME_H

#include "core/room.h"

/* All but the window zero is empty. */
struct chat_resume {
    struct chat_list waiting; /* oldest first, as the window is the same for all */
    uint64_t window_ms;
};

struct chat_waiting {
    struct chat_link link;
    struct chat_room *room;
    struct chat_member *member;
    uint64_t since_mono_ms;
};

/* The member's connection is lost: nobody hears for it until it is resumed or departs. */
void chat_resume_wait(struct chat_resume *resume, struct chat_room *room,
                      struct chat_member *member, struct chat_time now);
/* It waits no more, and its member is about to be attached or removed. NULL is fine. */
void chat_resume_end(struct chat_resume *resume, struct chat_waiting *waiting);
/* The first whose window has passed, or NULL. */
struct chat_waiting *chat_resume_due(const struct chat_resume *resume, struct chat_time now);
/* Frees what waits; the members are gone. */
void chat_resume_finish(struct chat_resume *resume);

static inline struct chat_waiting *chat_waiting_of(struct chat_link *link)
{
    return (struct chat_waiting *)((char *)link - offsetof(struct chat_waiting, link));
}

#endif
