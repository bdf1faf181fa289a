/* close_room (PROTOCOL §3): a moderator ends the room: close_success to the one who asks, then
 * room_closed to all who sit there. One that never ends is an operator's to close. */
#include "core/membership.h"

enum chat_error chat_request_close_room(struct chat_call *call)
{
    const struct chat_request *request = call->request;
    struct chat_port *port = chat_coordinator_port(call->coordinator);

    if ((call->rights & CHAT_MAY_MODERATE) == 0)
        return CHAT_E_MODERATION_FORBIDDEN;
    struct chat_room *room = chat_coordinator_find(call->coordinator, request->room_id);
    if (room == NULL)
        return CHAT_E_MODERATION_ROOM_NOT_FOUND;
    if (chat_room_facts(room).permanent)
        return CHAT_E_MODERATION_ROOM_PERMANENT;
    struct chat_event reply = {
        .type = CHAT_EVENT_close_success, .id = request->id, .room_id = request->room_id};
    port->reply(port, call->from, &reply);
    (void)chat_membership_close(call->coordinator, room, request->reason);
    return CHAT_OK;
}
