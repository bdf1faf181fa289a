/* join (PROTOCOL §3, §5): join_success to the joiner, what it missed, then user_joined to all, the
 * joiner included; or the seat of a connection that was lost, or one more device of a verified
 * user: of these the others see nothing. */
#include "core/membership.h"

static enum chat_error refusal_of(const struct chat_call *call)
{
    if ((call->rights & CHAT_IS_BANNED) != 0)
        return CHAT_E_JOIN_BANNED;
    return (call->rights & CHAT_MAY_JOIN) == 0 ? CHAT_E_JOIN_FORBIDDEN : CHAT_OK;
}

/* rooms.auto_create: the joiner makes the room, and has to be allowed both. The server's limit of
 * rooms is judged first (PROTOCOL §7). */
static enum chat_error admit_new(struct chat_call *call, struct chat_room **ret_room)
{
    struct chat_port *port = chat_coordinator_port(call->coordinator);
    struct chat_slice id = call->request->room_id;
    const struct chat_limits *limits = chat_coordinator_limits(call->coordinator);
    enum chat_error refusal = refusal_of(call);

    if (!limits->auto_create)
        return CHAT_E_JOIN_ROOM_NOT_FOUND;
    if (refusal == CHAT_OK && (call->rights & CHAT_MAY_CREATE) == 0)
        refusal = CHAT_E_JOIN_FORBIDDEN;
    if (refusal != CHAT_OK) {
        if (!port->take_room(port))
            return CHAT_E_JOIN_TOO_MANY_ROOMS;
        port->give_room(port);
        return refusal;
    }
    *ret_room = chat_coordinator_make(call->coordinator, id, id, limits->room_members_max,
                                      limits->history_size, call->now);
    return *ret_room != NULL ? CHAT_OK : CHAT_E_JOIN_TOO_MANY_ROOMS;
}

/* How the caller comes: into `room`, as a new member (`member` is NULL), in the place of the
 * connection `lost`, or as one more device. */
struct entry {
    struct chat_room *room;
    struct chat_member *member;
    uint64_t lost;
};

/* The user sits there already: of an unverified one anybody could claim the name, a verified one
 * has another device. */
static enum chat_error admit_again(const struct chat_call *call, struct entry *entry)
{
    const struct chat_member *member = entry->member;

    if (!chat_membership_is_same(call, member) || chat_member_has(member, call->from))
        return CHAT_E_JOIN_USER_ALREADY_IN_ROOM;
    entry->lost = chat_membership_resumed(call, member);
    return entry->lost != 0 || member->is_verified ? CHAT_OK : CHAT_E_JOIN_USER_ALREADY_IN_ROOM;
}

static enum chat_error admit(struct chat_call *call, struct entry *entry)
{
    enum chat_error error = CHAT_OK;

    *entry = (struct entry){0};
    entry->member = chat_coordinator_member(call->coordinator, call->request->room_id, call->user,
                                            &entry->room);
    if (entry->room == NULL)
        return admit_new(call, &entry->room);
    struct chat_room_facts facts = chat_room_facts(entry->room);
    if (entry->member != NULL)
        error = admit_again(call, entry);
    else if (facts.members >= facts.max_members)
        error = CHAT_E_JOIN_ROOM_FULL;
    return error != CHAT_OK ? error : refusal_of(call);
}

/* A new member: all are told. */
static void enter(struct chat_call *call, struct chat_room *room, struct chat_event *reply)
{
    struct chat_member *member = chat_membership_begin(call, room, reply);
    struct chat_event joined = {.type = CHAT_EVENT_user_joined,
                                .room_id = reply->room_id,
                                .user_id = chat_member_id(member),
                                .user_name = chat_member_name(member),
                                .time_ms = call->now.wall_ms};
    chat_membership_announce(call, room, &joined);
}

enum chat_error chat_request_join(struct chat_call *call)
{
    struct chat_event reply = {.type = CHAT_EVENT_join_success};
    struct entry entry;
    enum chat_error error = admit(call, &entry);

    if (error != CHAT_OK)
        return error;
    /* Where nobody has left, nobody joins (PROTOCOL §3, §5). */
    if (entry.lost != 0)
        chat_membership_take_over(call, entry.room, entry.member, entry.lost, &reply);
    else if (entry.member == NULL)
        enter(call, entry.room, &reply);
    else if (!chat_membership_add_device(call, entry.room, entry.member, &reply))
        return CHAT_E_JOIN_USER_ALREADY_IN_ROOM;
    return CHAT_OK;
}
