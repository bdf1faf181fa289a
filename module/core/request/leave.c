/* leave (PROTOCOL §3): leave_success to the one who leaves, user_left to those who stay. */
#include "core/membership.h"

enum chat_error chat_request_leave(struct chat_call *call)
{
    struct chat_port *port = chat_coordinator_port(call->coordinator);
    struct chat_room *room = chat_coordinator_find(call->coordinator, call->request->room_id);
    struct chat_member *member = room != NULL ? chat_call_member(call, room) : NULL;
    if (member == NULL || member->conn != call->from)
        return CHAT_E_LEAVE_NOT_IN_ROOM;

    struct chat_event reply = {.type = CHAT_EVENT_leave_success,
                               .id = call->request->id,
                               .room_id = chat_room_facts(room).id};
    port->unseat(port, call->from, room, &reply);
    chat_membership_end(call->coordinator, room, member, CHAT_LEFT, call->now);
    return CHAT_OK;
}
