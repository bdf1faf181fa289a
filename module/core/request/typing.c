/* typing (PROTOCOL §3): no reply; user_typing to those who have time for it. */
#include "core/coordinator.h"

enum chat_error chat_request_typing(struct chat_call *call)
{
    struct chat_port *port = chat_coordinator_port(call->coordinator);
    struct chat_room *room;
    struct chat_member *member = chat_call_seated(call, &room);

    if (member == NULL)
        return CHAT_E_MESSAGE_NOT_IN_ROOM;
    if ((call->rights & CHAT_IS_MUTED) != 0)
        return CHAT_E_MESSAGE_MUTED;
    if ((call->rights & CHAT_MAY_SEND) == 0)
        return CHAT_E_MESSAGE_FORBIDDEN;
    struct chat_event event = {.type = CHAT_EVENT_user_typing,
                               .room_id = chat_room_facts(room).id,
                               .user_id = chat_member_id(member),
                               .user_name = chat_member_name(member)};
    port->whisper(port, room, call->from, &event);
    return CHAT_OK;
}
