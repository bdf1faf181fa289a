/* kick_user (PROTOCOL §3): a moderator puts a user out of the room: kick_success to the one who
 * asks, kicked to all of the user's devices, user_left to those who stay. The moderator need not
 * sit there. */
#include "core/membership.h"

enum chat_error chat_request_kick_user(struct chat_call *call)
{
    const struct chat_request *request = call->request;
    struct chat_port *port = chat_coordinator_port(call->coordinator);
    struct chat_room *room = NULL;

    if ((call->rights & CHAT_MAY_MODERATE) == 0)
        return CHAT_E_MODERATION_FORBIDDEN;
    struct chat_member *member =
        chat_coordinator_member(call->coordinator, request->room_id, request->user_id, &room);
    if (room == NULL)
        return CHAT_E_MODERATION_ROOM_NOT_FOUND;
    if (member == NULL)
        return CHAT_E_MODERATION_USER_NOT_IN_ROOM;
    struct chat_event reply = {.type = CHAT_EVENT_kick_success,
                               .id = request->id,
                               .room_id = request->room_id,
                               .user_id = request->user_id};
    port->reply(port, call->from, &reply);
    (void)chat_membership_expel(call->coordinator, room, member, request->reason, call->from,
                                call->now);
    return CHAT_OK;
}
