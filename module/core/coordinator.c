/* The registry of the rooms at home here, and the one place where a request is judged, answered and
 * completed. */
#include "core/coordinator.h"

#include "core/presence.h"
#include "core/resume.h"
#include "core/table.h"

#include <stdlib.h>

struct chat_coordinator {
    struct chat_coordinator_spec spec;
    struct chat_table index; /* by room_id */
    struct chat_list live;
    struct chat_order order; /* of the same */
    struct chat_list empty;  /* oldest first, as rooms.linger is the same for all */
    struct chat_histories histories;
    uint32_t uncounted; /* rooms of the configuration beyond rooms.max */
    struct chat_resume resume;
    struct chat_presence presence;
    struct chat_page page;
};

struct chat_coordinator *chat_coordinator_create(const struct chat_coordinator_spec *spec)
{
    struct chat_coordinator *coordinator = calloc(1, sizeof(*coordinator));
    if (coordinator == NULL)
        abort();
    coordinator->spec = *spec;
    coordinator->resume.window_ms = spec->limits.resume_window_ms;
    coordinator->presence = (struct chat_presence){
        .port = spec->port, .announce_members = spec->limits.announce_members};
    coordinator->histories = (struct chat_histories){.ttl_ms = spec->limits.history_ttl_ms,
                                                     .max_bytes = spec->limits.history_bytes,
                                                     .total = spec->limits.history_total};
    return coordinator;
}

static void end_room(struct chat_coordinator *coordinator, struct chat_room *room)
{
    struct chat_room_place *place = chat_room_place(room);
    bool permanent = chat_room_facts(room).permanent;
    if (place->lingers)
        chat_list_remove(&coordinator->empty, &place->empty);
    chat_presence_forget(&coordinator->presence, room);
    chat_list_remove(&coordinator->live, &place->live);
    chat_order_remove(&coordinator->order, &place->place);
    chat_table_remove(&coordinator->index, room);
    chat_room_destroy(room);
    /* What was never taken is not given back. */
    if (permanent && coordinator->uncounted != 0)
        coordinator->uncounted--;
    else
        coordinator->spec.port->give_room(coordinator->spec.port);
}

void chat_coordinator_destroy(struct chat_coordinator *coordinator)
{
    while (coordinator->live.first != NULL)
        end_room(coordinator, chat_room_of(coordinator->live.first));
    chat_table_finish(&coordinator->index);
    chat_resume_finish(&coordinator->resume);
    chat_page_finish(&coordinator->page);
    free(coordinator);
}

static bool is_room(const void *item, const void *key)
{
    return chat_slice_equal(chat_room_facts(item).id, *(const struct chat_slice *)key);
}

struct chat_room *chat_coordinator_find(struct chat_coordinator *coordinator, struct chat_slice id)
{
    return chat_table_find(&coordinator->index, (uint32_t)chat_hash(coordinator->spec.secrets, id),
                           is_room, &id);
}

uint32_t chat_coordinator_rooms(const struct chat_coordinator *coordinator)
{
    return coordinator->index.count;
}

uint64_t chat_coordinator_history_bytes(const struct chat_coordinator *coordinator)
{
    return coordinator->histories.bytes;
}

struct chat_list *chat_coordinator_live(struct chat_coordinator *coordinator)
{
    return &coordinator->live;
}

const struct chat_order *chat_coordinator_order(const struct chat_coordinator *coordinator)
{
    return &coordinator->order;
}

struct chat_page *chat_coordinator_page(struct chat_coordinator *coordinator)
{
    return &coordinator->page;
}

const struct chat_coordinator_spec *chat_coordinator_spec(
    const struct chat_coordinator *coordinator)
{
    return &coordinator->spec;
}

static struct chat_room *add_room(struct chat_coordinator *coordinator, struct chat_room_spec spec)
{
    spec.key = chat_room_key(coordinator->spec.worker, coordinator->order.last + 1);
    spec.hash = (uint32_t)chat_hash(coordinator->spec.secrets, spec.id);
    spec.workers = coordinator->spec.workers;
    spec.histories = &coordinator->histories;
    struct chat_room *room = chat_room_create(&spec);
    chat_table_add(&coordinator->index, room);
    chat_list_append(&coordinator->live, &chat_room_place(room)->live);
    chat_order_add(&coordinator->order, &chat_room_place(room)->place);
    return room;
}

struct chat_room *chat_coordinator_make(struct chat_coordinator *coordinator, struct chat_slice id,
                                        struct chat_slice name, uint32_t max_members,
                                        uint32_t history_size, struct chat_time now)
{
    if (!coordinator->spec.port->take_room(coordinator->spec.port))
        return NULL;
    return add_room(coordinator, (struct chat_room_spec){.id = id,
                                                         .name = name,
                                                         .max_members = max_members,
                                                         .history_size = history_size,
                                                         .now_ms = now.wall_ms});
}

void chat_coordinator_keep(struct chat_coordinator *coordinator, struct chat_slice id,
                           struct chat_slice name, struct chat_time now)
{
    /* Counted like any other, but the configuration's own rooms are never refused. */
    if (!coordinator->spec.port->take_room(coordinator->spec.port))
        coordinator->uncounted++;
    add_room(coordinator,
             (struct chat_room_spec){.id = id,
                                     .name = name,
                                     .max_members = coordinator->spec.limits.room_members_max,
                                     .history_size = coordinator->spec.limits.history_size,
                                     .permanent = true,
                                     .now_ms = now.wall_ms});
}

/* For a sentence beside the error: here only a text has a bound, and only a cursor characters. */
static struct chat_fault fault_of(const struct chat_coordinator *coordinator, enum chat_error error)
{
    if (error == CHAT_E_PAYLOAD_BAD_CHARACTERS)
        return (struct chat_fault){
            .error = error, .field = "cursor", .expected = "what the `next` of a page had"};
    return (struct chat_fault){.error = error,
                               .field = "message",
                               .unit = " bytes",
                               .low = 1,
                               .high = coordinator->spec.limits.message_size};
}

void chat_coordinator_request(struct chat_coordinator *coordinator, struct chat_call *call)
{
    typedef enum chat_error handler(struct chat_call *);
    static handler *const handlers[CHAT_REQUESTS] = {
#define REQUEST(name, route, identity, charge, doc) [CHAT_REQUEST_##name] = chat_request_##name,
#include "core/request.def"
    };
    struct chat_port *port = coordinator->spec.port;

    call->coordinator = coordinator;
    /* No request finds a room that has ended, however late the timer's sweep is. */
    chat_coordinator_sweep(coordinator, call->now);
    enum chat_error error = handlers[call->request->type](call);
    if (error != CHAT_OK) {
        struct chat_fault fault = fault_of(coordinator, error);
        port->refuse(port, call->from, call->request, &fault);
    }
    if (!call->listing.passed)
        port->complete(port, call->from);
}

uint64_t chat_call_hash(const struct chat_call *call, struct chat_slice key)
{
    return chat_hash(call->coordinator->spec.secrets, key);
}

struct chat_slice chat_call_epoch(const struct chat_call *call, const struct chat_room *room,
                                  char out[CHAT_TOKEN_LENGTH])
{
    return chat_token(call->coordinator->spec.secrets, 'e', chat_room_facts(room).key, out);
}

struct chat_member *chat_call_member(const struct chat_call *call, struct chat_room *room)
{
    uint32_t hash = (uint32_t)chat_hash(call->coordinator->spec.secrets, call->user);
    return chat_room_find(room, call->user, hash);
}

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
    const struct chat_coordinator_spec *spec = &call->coordinator->spec;
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

struct chat_member *chat_call_seat(struct chat_call *call, struct chat_room *room,
                                   struct chat_event *event)
{
    struct chat_coordinator *coordinator = call->coordinator;
    struct chat_room_place *place = chat_room_place(room);

    if (place->lingers) {
        chat_list_remove(&coordinator->empty, &place->empty);
        place->lingers = false;
    }
    uint32_t hash = (uint32_t)chat_hash(coordinator->spec.secrets, call->user);
    struct chat_member *member =
        chat_room_add(room, call->from, call->user, hash, call->name, call->now.wall_ms);
    member->is_verified = (call->rights & CHAT_VERIFIED) != 0;
    seat(call, room, member, event);
    return member;
}

bool chat_call_resumes(const struct chat_call *call, const struct chat_member *member)
{
    char session[CHAT_TOKEN_LENGTH];
    const struct chat_secrets *secrets = call->coordinator->spec.secrets;
    if (member->is_verified != ((call->rights & CHAT_VERIFIED) != 0))
        return false; /* another user, whatever the name */
    return chat_slice_equal(call->request->session,
                            chat_token(secrets, 's', member->conn, session));
}

void chat_call_take_over(struct chat_call *call, struct chat_room *room, struct chat_member *member,
                         struct chat_event *event)
{
    struct chat_coordinator *coordinator = call->coordinator;
    struct chat_port *port = coordinator->spec.port;

    if (member->waiting == NULL)
        port->replace(port, member->conn, room);
    chat_resume_end(&coordinator->resume, member->waiting);
    chat_room_attach(room, member, call->from);
    seat(call, room, member, event);
}

void chat_call_announce(struct chat_call *call, struct chat_room *room,
                        const struct chat_event *joined)
{
    chat_presence_tell(&call->coordinator->presence, room, call->from, joined, call->now);
}

/* A room without members ends at once, or when it has lingered. */
static void room_emptied(struct chat_coordinator *coordinator, struct chat_room *room,
                         struct chat_time now)
{
    struct chat_room_place *place = chat_room_place(room);
    if (chat_room_facts(room).permanent)
        return;
    if (coordinator->spec.limits.linger_ms == 0) {
        end_room(coordinator, room);
        return;
    }
    place->lingers = true;
    place->empty_mono_ms = now.mono_ms;
    chat_list_append(&coordinator->empty, &place->empty);
}

void chat_coordinator_depart(struct chat_coordinator *coordinator, struct chat_room *room,
                             struct chat_member *member, enum chat_departure departure,
                             struct chat_time now)
{
    static const struct chat_slice reasons[] = {
        [CHAT_LEFT] = {"left", 4},
        [CHAT_DISCONNECTED] = {"disconnected", 12},
        [CHAT_KICKED] = {"kicked", 6},
    };
    char text[CHAT_ID_MAX + 4 * CHAT_NAME_MAX];
    struct chat_slice id = {text, member->id_length};
    struct chat_slice name = {text + member->id_length, member->name_length};

    /* The event is for those who remain, and tells of one who is no longer there. */
    memcpy(text, member->text, id.length + name.length);
    chat_resume_end(&coordinator->resume, member->waiting);
    chat_room_remove(room, member);
    struct chat_room_facts facts = chat_room_facts(room);
    if (facts.members == 0) {
        room_emptied(coordinator, room, now);
        return;
    }
    struct chat_event event = {.type = CHAT_EVENT_user_left,
                               .room_id = facts.id,
                               .user_id = id,
                               .user_name = name,
                               .time_ms = now.wall_ms,
                               .reason = reasons[departure]};
    chat_presence_tell(&coordinator->presence, room, 0, &event, now);
}

void chat_coordinator_gone(struct chat_coordinator *coordinator, uint64_t conn,
                           struct chat_slice room_id, struct chat_slice user_id,
                           enum chat_departure departure, struct chat_time now)
{
    struct chat_room *room = chat_coordinator_find(coordinator, room_id);
    if (room == NULL)
        return;
    uint32_t hash = (uint32_t)chat_hash(coordinator->spec.secrets, user_id);
    struct chat_member *member = chat_room_find(room, user_id, hash);
    if (member == NULL || member->conn != conn || member->waiting != NULL)
        return;
    if (departure == CHAT_LOST && coordinator->resume.window_ms > 0)
        chat_resume_wait(&coordinator->resume, room, member, now);
    else
        chat_coordinator_depart(coordinator, room, member,
                                departure == CHAT_LOST ? CHAT_DISCONNECTED : departure, now);
}

unsigned chat_coordinator_kick(struct chat_coordinator *coordinator, struct chat_slice room_id,
                               struct chat_slice user_id, struct chat_slice reason,
                               struct chat_time now)
{
    struct chat_room *room = chat_coordinator_find(coordinator, room_id);
    if (room == NULL)
        return 0;
    uint32_t hash = (uint32_t)chat_hash(coordinator->spec.secrets, user_id);
    struct chat_member *member = chat_room_find(room, user_id, hash);
    if (member == NULL)
        return 0;
    struct chat_event event = {
        .type = CHAT_EVENT_kicked, .room_id = chat_room_facts(room).id, .reason = reason};
    if (member->waiting == NULL)
        coordinator->spec.port->unseat(coordinator->spec.port, member->conn, room, &event);
    chat_coordinator_depart(coordinator, room, member, CHAT_KICKED, now);
    return 1;
}

unsigned chat_coordinator_kick_waiting(struct chat_coordinator *coordinator,
                                       struct chat_slice user_id, struct chat_time now)
{
    struct chat_cursor cursor;
    struct chat_link *link;
    unsigned n = 0;

    chat_cursor_open(&cursor, &coordinator->resume.waiting);
    while ((link = chat_cursor_next(&cursor)) != NULL) {
        struct chat_waiting *waiting = chat_waiting_of(link);
        if (!chat_slice_equal(chat_member_id(waiting->member), user_id))
            continue;
        chat_coordinator_depart(coordinator, waiting->room, waiting->member, CHAT_KICKED, now);
        n++;
    }
    chat_cursor_close(&cursor, &coordinator->resume.waiting);
    return n;
}

void chat_coordinator_sweep(struct chat_coordinator *coordinator, struct chat_time now)
{
    struct chat_waiting *due;
    while ((due = chat_resume_due(&coordinator->resume, now)) != NULL)
        chat_coordinator_depart(coordinator, due->room, due->member, CHAT_DISCONNECTED, now);
    chat_presence_sweep(&coordinator->presence, now);
    chat_histories_sweep(&coordinator->histories, now.mono_ms);
    while (coordinator->empty.first != NULL) {
        struct chat_room_place *place =
            (struct chat_room_place *)((char *)coordinator->empty.first -
                                       offsetof(struct chat_room_place, empty));
        if (now.mono_ms - place->empty_mono_ms < coordinator->spec.limits.linger_ms)
            return;
        end_room(coordinator, (struct chat_room *)place);
    }
}
