/* Seats begin, change hands and end. Which of it is asked for is request/<name>.c's to judge. */
#include "core/membership.h"

/* All that was missed is of this epoch and still held (PROTOCOL §5). */
static bool recovers(const struct chat_call *call, struct chat_room *room, struct chat_slice epoch,
                     struct chat_run *ret_missed)
{
    return chat_slice_equal(call->request->since_epoch, epoch) &&
           chat_room_missed(room, (uint64_t)call->request->since_seq, call->now.mono_ms,
                            ret_missed);
}

/* What both replies say, the seat, and what its connection missed. */
static void seat(struct chat_call *call, struct chat_room *room, const struct chat_member *member,
                 struct chat_event *event)
{
    const struct chat_coordinator_spec *spec = chat_coordinator_spec(call->coordinator);
    struct chat_room_facts facts = chat_room_facts(room);
    char epoch[CHAT_TOKEN_LENGTH], session[CHAT_TOKEN_LENGTH];
    struct chat_run missed = {0};

    event->id = call->request->id;
    event->room_id = facts.id;
    event->room_name = facts.name;
    event->user_id = chat_member_id(member);
    event->seq = (int64_t)facts.seq;
    event->oldest_seq = (int64_t)chat_room_oldest(room, call->now.mono_ms);
    event->members = facts.members;
    event->epoch = chat_call_epoch(call, room, epoch);
    event->session = chat_token(spec->secrets, 's', call->from, session);
    if (call->request->since)
        event->recovered = chat_flag(recovers(call, room, event->epoch, &missed));
    spec->port->seat(spec->port, call->from, room, event);
    if (missed.frames > 0)
        spec->port->replay(spec->port, call->from, &missed);
}

struct chat_member *chat_membership_begin(struct chat_call *call, struct chat_room *room,
                                          struct chat_event *event)
{
    struct chat_coordinator *coordinator = call->coordinator;

    chat_coordinator_occupied(coordinator, room);
    uint32_t hash = (uint32_t)chat_hash(chat_coordinator_spec(coordinator)->secrets, call->user);
    struct chat_member *member =
        chat_room_add(room, call->from, call->user, hash, call->name, call->now.wall_ms);
    member->is_verified = (call->rights & CHAT_VERIFIED) != 0;
    seat(call, room, member, event);
    return member;
}

bool chat_membership_is_same(const struct chat_call *call, const struct chat_member *member)
{
    return member->is_verified == ((call->rights & CHAT_VERIFIED) != 0);
}

/* Few connections, and each is asked by a keyed hash. */
uint64_t chat_membership_resumed(const struct chat_call *call, const struct chat_member *member)
{
    const struct chat_secrets *secrets = chat_coordinator_spec(call->coordinator)->secrets;
    const struct chat_slice session = call->request->session;
    const struct chat_device *device = member->devices;
    uint64_t conn = member->conn;
    char own[CHAT_TOKEN_LENGTH];

    if (session.length == 0)
        return 0;
    while (!chat_slice_equal(session, chat_token(secrets, 's', conn, own))) {
        device = device != NULL ? device->next : NULL;
        if (device == NULL)
            return 0;
        conn = device->conn;
    }
    return conn;
}

void chat_membership_take_over(struct chat_call *call, struct chat_room *room,
                               struct chat_member *member, uint64_t conn, struct chat_event *event)
{
    struct chat_coordinator *coordinator = call->coordinator;
    struct chat_port *port = chat_coordinator_port(coordinator);

    if (chat_member_has(member, conn))
        port->replace(port, conn, room);
    chat_resume_end(chat_coordinator_resume(coordinator), member, conn);
    chat_room_attach(room, member, conn, call->from);
    seat(call, room, member, event);
}

/* At the bound the one that has waited longest gives way. */
static bool make_place(struct chat_coordinator *coordinator, struct chat_room *room,
                       struct chat_member *member)
{
    const struct chat_device *oldest = NULL;

    if (chat_member_count(member) < CHAT_DEVICES_MAX)
        return true;
    for (const struct chat_device *device = member->devices; device != NULL; device = device->next)
        if (device->waits && (oldest == NULL || device->since_mono_ms < oldest->since_mono_ms))
            oldest = device;
    if (oldest == NULL)
        return false;
    chat_resume_end(chat_coordinator_resume(coordinator), member, oldest->conn);
    chat_room_remove_device(room, member, oldest->conn);
    return true;
}

bool chat_membership_add_device(struct chat_call *call, struct chat_room *room,
                                struct chat_member *member, struct chat_event *event)
{
    if (!make_place(call->coordinator, room, member))
        return false;
    chat_room_add_device(room, member, call->from);
    seat(call, room, member, event);
    return true;
}

void chat_membership_announce(struct chat_call *call, struct chat_room *room,
                              const struct chat_event *joined)
{
    chat_presence_tell(chat_coordinator_presence(call->coordinator), room, call->from, joined,
                       call->now);
}

/* `cause` is the connection whose request it follows from, or 0. */
static void end(struct chat_coordinator *coordinator, struct chat_room *room,
                struct chat_member *member, enum chat_departure departure, uint64_t cause,
                struct chat_time now)
{
    static const struct chat_slice reasons[] = {
        [CHAT_LEFT] = {"left", 4},
        [CHAT_DISCONNECTED] = {"disconnected", 12},
        [CHAT_KICKED] = {"kicked", 6},
        [CHAT_BANNED] = {"banned", 6},
    };
    char text[CHAT_ID_MAX + 4 * CHAT_NAME_MAX];
    struct chat_slice id = {text, member->id_length};
    struct chat_slice name = {text + member->id_length, member->name_length};

    /* The event is for those who remain, and tells of one who is no longer there. */
    memcpy(text, member->text, id.length + name.length);
    chat_resume_end_all(chat_coordinator_resume(coordinator), member);
    chat_room_remove(room, member);
    struct chat_room_facts facts = chat_room_facts(room);
    if (facts.members == 0) {
        chat_coordinator_emptied(coordinator, room, now);
        return;
    }
    struct chat_event event = {.type = CHAT_EVENT_user_left,
                               .room_id = facts.id,
                               .user_id = id,
                               .user_name = name,
                               .time_ms = now.wall_ms,
                               .reason = reasons[departure]};
    chat_presence_tell(chat_coordinator_presence(coordinator), room, cause, &event, now);
}

void chat_membership_end(struct chat_coordinator *coordinator, struct chat_room *room,
                         struct chat_member *member, enum chat_departure departure,
                         struct chat_time now)
{
    end(coordinator, room, member, departure, 0, now);
}

void chat_membership_drop(struct chat_coordinator *coordinator, struct chat_room *room,
                          struct chat_member *member, uint64_t conn, enum chat_departure departure,
                          struct chat_time now)
{
    if (chat_member_count(member) == 1) {
        chat_membership_end(coordinator, room, member, departure, now);
        return;
    }
    chat_resume_end(chat_coordinator_resume(coordinator), member, conn);
    chat_room_remove_device(room, member, conn);
}

void chat_membership_gone(struct chat_coordinator *coordinator, uint64_t conn,
                          struct chat_slice room_id, struct chat_slice user_id,
                          enum chat_departure departure, struct chat_time now)
{
    struct chat_room *room;
    struct chat_member *member = chat_coordinator_member(coordinator, room_id, user_id, &room);
    if (member == NULL || !chat_member_has(member, conn))
        return;
    if (departure == CHAT_LOST && chat_coordinator_resume(coordinator)->window_ms > 0)
        chat_resume_wait(chat_coordinator_resume(coordinator), room, member, conn, now);
    else
        chat_membership_drop(coordinator, room, member, conn,
                             departure == CHAT_LOST ? CHAT_DISCONNECTED : departure, now);
}

/* The event to each of its connections that lives, and nothing more of the room. */
static void unseat(struct chat_coordinator *coordinator, struct chat_room *room,
                   const struct chat_member *member, const struct chat_event *event)
{
    struct chat_port *port = chat_coordinator_port(coordinator);
    uint64_t conns[CHAT_DEVICES_MAX];
    unsigned n = chat_member_living(member, conns);
    for (unsigned i = 0; i < n; i++)
        port->unseat(port, conns[i], room, event);
}

unsigned chat_membership_expel(struct chat_coordinator *coordinator, struct chat_room *room,
                               struct chat_member *member, struct chat_slice reason, uint64_t cause,
                               struct chat_time now)
{
    struct chat_event event = {
        .type = CHAT_EVENT_kicked, .room_id = chat_room_facts(room).id, .reason = reason};
    unsigned seats = chat_member_count(member);
    unseat(coordinator, room, member, &event);
    end(coordinator, room, member, CHAT_KICKED, cause, now);
    return seats;
}

unsigned chat_membership_kick(struct chat_coordinator *coordinator, struct chat_slice room_id,
                              struct chat_slice user_id, struct chat_slice reason,
                              struct chat_time now)
{
    struct chat_room *room;
    struct chat_member *member = chat_coordinator_member(coordinator, room_id, user_id, &room);
    if (member == NULL)
        return 0;
    return chat_membership_expel(coordinator, room, member, reason, 0, now);
}

struct chat_list *chat_membership_waiting(struct chat_coordinator *coordinator)
{
    return &chat_coordinator_resume(coordinator)->waiting;
}

unsigned chat_membership_kick_waiting(struct chat_coordinator *coordinator,
                                      struct chat_device *device, struct chat_slice user_id,
                                      struct chat_slice room_id, enum chat_departure departure,
                                      struct chat_time now)
{
    if (!chat_slice_equal(chat_member_id(device->member), user_id) ||
        (room_id.length != 0 && !chat_slice_equal(chat_room_facts(device->room).id, room_id)))
        return 0;
    chat_membership_drop(coordinator, device->room, device->member, device->conn, departure, now);
    return 1;
}

uint32_t chat_membership_close(struct chat_coordinator *coordinator, struct chat_room *room,
                               struct chat_slice reason)
{
    struct chat_port *port = chat_coordinator_port(coordinator);
    struct chat_room_facts facts = chat_room_facts(room);
    struct chat_event event = {
        .type = CHAT_EVENT_room_closed, .room_id = facts.id, .reason = reason};

    for (struct chat_link *link = chat_room_members(room)->first; link != NULL; link = link->next)
        chat_resume_end_all(chat_coordinator_resume(coordinator), chat_member_of(link));
    port->close(port, room, &event);
    chat_coordinator_end(coordinator, room);
    return facts.members;
}
