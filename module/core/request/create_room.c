/* create_room (PROTOCOL §3): the author is its first member, and new_room the only reply. */
#include "core/membership.h"

/* The server's limit of rooms is judged first (PROTOCOL §7). */
static enum chat_error forbidden(const struct chat_call *call)
{
    struct chat_port *port = chat_coordinator_port(call->coordinator);
    if (!port->take_room(port))
        return CHAT_E_CREATE_TOO_MANY_ROOMS;
    port->give_room(port);
    return CHAT_E_CREATE_FORBIDDEN;
}

enum chat_error chat_request_create_room(struct chat_call *call)
{
    const struct chat_request *request = call->request;
    const struct chat_limits *limits = chat_coordinator_limits(call->coordinator);
    uint32_t max_members =
        request->max_members != 0 ? (uint32_t)request->max_members : limits->room_members_max;
    uint32_t history_size =
        request->history.given ? (uint32_t)request->history.value : limits->history_size;

    if (chat_coordinator_find(call->coordinator, request->room_id) != NULL)
        return CHAT_E_CREATE_ROOM_EXISTS;
    if ((call->rights & CHAT_MAY_CREATE) == 0 || (call->rights & CHAT_IS_BANNED) != 0)
        return forbidden(call);
    struct chat_room *room =
        chat_coordinator_make(call->coordinator, request->room_id, request->room_name, max_members,
                              history_size, call->now);
    if (room == NULL)
        return CHAT_E_CREATE_TOO_MANY_ROOMS;
    struct chat_event event = {.type = CHAT_EVENT_new_room};
    chat_membership_begin(call, room, &event);
    return CHAT_OK;
}
