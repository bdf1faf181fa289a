/* What the server's operators say (PROTOCOL §4, notice): in a room, numbered and held like a
 * message, or to everyone, which is no room's. Home worker. */
#ifndef CHAT_CORE_NOTICE_H
#define CHAT_CORE_NOTICE_H

#include "core/coordinator.h"

/* To everyone; the text is borrowed. Each worker gives it to its own connections. */
struct chat_event chat_notice_event(struct chat_slice text, struct chat_time now);

/* In a room. False: there is none of this id. Else, how many connections hear it. */
bool chat_notice_say(struct chat_coordinator *coordinator, struct chat_slice room_id,
                     struct chat_slice text, struct chat_time now, uint64_t *ret_reached);

#endif
