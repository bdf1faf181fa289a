/* join (PROTOCOL §3, §5): join_success to the joiner, what it missed, then user_joined to all, the
 * joiner included; or the seat of a connection that was lost, of which the others see nothing. */
#include "core/membership.h"

/* rooms.auto_create: the joiner makes the room, and has to be allowed both. The server's limit of
 * rooms is judged first (PROTOCOL §7). */
static enum chat_error admit_new(struct chat_call *call, struct chat_room **ret_room)
{
    struct chat_port *port = chat_coordinator_port(call->coordinator);
    struct chat_slice id = call->request->room_id;
    const struct chat_limits *limits = chat_coordinator_limits(call->coordinator);
    const unsigned both = CHAT_MAY_CREATE | CHAT_MAY_JOIN;

    if (!limits->auto_create)
        return CHAT_E_JOIN_ROOM_NOT_FOUND;
    if ((call->rights & both) != both) {
        if (!port->take_room(port))
            return CHAT_E_JOIN_TOO_MANY_ROOMS;
        port->give_room(port);
        return CHAT_E_JOIN_FORBIDDEN;
    }
    *ret_room = chat_coordinator_make(call->coordinator, id, id, limits->room_members_max,
                                      limits->history_size, call->now);
    return *ret_room != NULL ? CHAT_OK : CHAT_E_JOIN_TOO_MANY_ROOMS;
}

/* *ret_seat: the one that is taken over, or NULL. */
static enum chat_error admit(struct chat_call *call, struct chat_room **ret_room,
                             struct chat_member **ret_seat)
{
    struct chat_room *room = chat_coordinator_find(call->coordinator, call->request->room_id);

    *ret_seat = NULL;
    if (room == NULL)
        return admit_new(call, ret_room);
    struct chat_room_facts facts = chat_room_facts(room);
    struct chat_member *seat = chat_call_member(call, room);
    if (seat != NULL && (seat->conn == call->from || !chat_membership_resumes(call, seat)))
        return CHAT_E_JOIN_USER_ALREADY_IN_ROOM;
    if (seat == NULL && facts.members >= facts.max_members)
        return CHAT_E_JOIN_ROOM_FULL;
    if ((call->rights & CHAT_MAY_JOIN) == 0)
        return CHAT_E_JOIN_FORBIDDEN;
    *ret_room = room;
    *ret_seat = seat;
    return CHAT_OK;
}

enum chat_error chat_request_join(struct chat_call *call)
{
    struct chat_room *room;
    struct chat_member *seat;
    enum chat_error error = admit(call, &room, &seat);
    if (error != CHAT_OK)
        return error;

    struct chat_event reply = {.type = CHAT_EVENT_join_success};
    if (seat != NULL) {
        chat_membership_take_over(call, room, seat, &reply);
        return CHAT_OK; /* nobody has left, so nobody joins (PROTOCOL §5) */
    }
    struct chat_member *member = chat_membership_begin(call, room, &reply);
    struct chat_event joined = {.type = CHAT_EVENT_user_joined,
                                .room_id = reply.room_id,
                                .user_id = chat_member_id(member),
                                .user_name = chat_member_name(member),
                                .time_ms = call->now.wall_ms};
    chat_membership_announce(call, room, &joined);
    return CHAT_OK;
}
