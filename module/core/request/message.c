/* message (PROTOCOL §3): numbered by the room, acknowledged when the request has an id, then told
 * to every member, the sender included. */
#include "core/coordinator.h"

enum chat_error chat_request_message(struct chat_call *call)
{
    const struct chat_request *request = call->request;
    struct chat_port *port = chat_coordinator_port(call->coordinator);
    struct chat_room *room = chat_coordinator_find(call->coordinator, request->room_id);
    struct chat_member *member = room != NULL ? chat_call_member(call, room) : NULL;

    if (member == NULL || member->conn != call->from)
        return CHAT_E_MESSAGE_NOT_IN_ROOM;
    if (request->message.length == 0)
        return CHAT_E_MESSAGE_EMPTY;
    if (request->message.length > CHAT_TEXT_MAX)
        return CHAT_E_MESSAGE_TOO_LARGE;

    struct chat_event event = {.type = CHAT_EVENT_message_ack,
                               .id = request->id,
                               .room_id = request->room_id,
                               .seq = (int64_t)chat_room_say(room, call->now.wall_ms)};
    if (request->id.length != 0)
        port->reply(port, call->from, &event);
    event.type = CHAT_EVENT_new_message;
    event.id = (struct chat_slice){0};
    event.user_id = chat_member_id(member);
    event.user_name = chat_member_name(member);
    event.message = request->message;
    event.client_msg_id = request->client_msg_id;
    event.time_ms = call->now.wall_ms;
    port->broadcast(port, room, call->from, &event);
    return CHAT_OK;
}
