/* leave (PROTOCOL §3): leave_success to the one who leaves, user_left to those who stay, when it
 * was the user's last device. */
#include "core/membership.h"

enum chat_error chat_request_leave(struct chat_call *call)
{
    struct chat_port *port = chat_coordinator_port(call->coordinator);
    struct chat_room *room;
    struct chat_member *member = chat_call_seated(call, &room);
    if (member == NULL)
        return CHAT_E_LEAVE_NOT_IN_ROOM;

    struct chat_event reply = {.type = CHAT_EVENT_leave_success,
                               .id = call->request->id,
                               .room_id = chat_room_facts(room).id};
    port->unseat(port, call->from, room, &reply);
    chat_membership_drop(call->coordinator, room, member, call->from, CHAT_LEFT, call->now);
    return CHAT_OK;
}
