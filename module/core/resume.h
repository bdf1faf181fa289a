/* Connections that were lost and whose seats wait for them: within rooms.resume_window a new one
 * may take each over with the session of the lost one (PROTOCOL §5). Home worker; pure. */
#ifndef CHAT_CORE_RESUME_H
#define CHAT_CORE_RESUME_H

#include "core/room.h"

/* All but the window zero is empty. The devices are their members'. */
struct chat_resume {
    struct chat_list waiting; /* oldest first, as the window is the same for all */
    uint64_t window_ms;
};

/* The member's connection is lost: nobody hears by it until it is resumed or ends. */
void chat_resume_wait(struct chat_resume *resume, struct chat_room *room,
                      struct chat_member *member, uint64_t conn, struct chat_time now);
/* The member's devices wait no more, and are about to end; `conn`'s, is about to live again or end.
 * Those that do not wait are left as they are. */
void chat_resume_end_all(struct chat_resume *resume, struct chat_member *member);
void chat_resume_end(struct chat_resume *resume, struct chat_member *member, uint64_t conn);
/* The first whose window has passed, or NULL. */
struct chat_device *chat_resume_due(const struct chat_resume *resume, struct chat_time now);

static inline struct chat_device *chat_device_of(struct chat_link *link)
{
    return (struct chat_device *)((char *)link - offsetof(struct chat_device, link));
}

#endif
