/* A notice is a message without an author: nobody asked for it, and nobody may repeat it. */
#include "core/notice.h"

struct chat_event chat_notice_event(struct chat_slice text, struct chat_time now)
{
    return (struct chat_event){.type = CHAT_EVENT_notice, .message = text, .time_ms = now.wall_ms};
}

bool chat_notice_say(struct chat_coordinator *coordinator, struct chat_slice room_id,
                     struct chat_slice text, struct chat_time now, uint64_t *ret_reached)
{
    const struct chat_coordinator_spec *spec = chat_coordinator_spec(coordinator);
    struct chat_room *room = chat_coordinator_find(coordinator, room_id);
    if (room == NULL)
        return false;

    struct chat_event event = chat_notice_event(text, now);
    event.room_id = room_id;
    event.seq = (int64_t)chat_room_say(room, now.wall_ms);
    struct chat_slice frame = spec->port->broadcast(spec->port, room, 0, &event);
    chat_room_keep(room, frame, 0, now.mono_ms);
    *ret_reached = 0;
    for (unsigned w = 0; w < spec->workers; w++)
        *ret_reached += chat_room_conns_on(room, w);
    return true;
}
