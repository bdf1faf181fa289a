/* A mute is of a user's name in a room, whether he is there or not. */
#include "core/mute.h"

enum chat_error chat_mute_ask(struct chat_call *call, bool lifts)
{
    const struct chat_request *request = call->request;
    struct chat_port *port = chat_coordinator_port(call->coordinator);
    struct chat_sanction mute = {.kind = CHAT_SANCTION_MUTE,
                                 .user = request->user_id,
                                 .room = request->room_id,
                                 .reason = request->reason,
                                 .by = call->user,
                                 .created_ms = call->now.wall_ms};

    if ((call->rights & CHAT_MAY_MODERATE) == 0)
        return CHAT_E_MODERATION_FORBIDDEN;
    if (chat_coordinator_find(call->coordinator, request->room_id) == NULL)
        return CHAT_E_MODERATION_ROOM_NOT_FOUND;
    if (request->duration_ms != 0)
        mute.expires_ms = call->now.wall_ms + request->duration_ms;
    if (!port->sanction(port, call, &mute, lifts))
        return CHAT_E_SERVER_ENGINE_UNAVAILABLE;
    call->passed = true;
    return CHAT_OK;
}

void chat_mute_answer(struct chat_coordinator *coordinator, const struct chat_call *call,
                      enum chat_error error, int64_t expires_ms)
{
    const struct chat_request *request = call->request;
    struct chat_port *port = chat_coordinator_port(coordinator);

    if (error == CHAT_OK) {
        struct chat_event reply = {.type = request->type == CHAT_REQUEST_mute_user
                                               ? CHAT_EVENT_mute_success
                                               : CHAT_EVENT_unmute_success,
                                   .id = request->id,
                                   .room_id = request->room_id,
                                   .user_id = request->user_id,
                                   .time_ms = expires_ms};
        port->reply(port, call->from, &reply);
        port->audit(port, call);
    } else {
        struct chat_fault fault = {.error = error};
        port->refuse(port, call->from, request, &fault);
    }
    port->complete(port, call->from);
}
