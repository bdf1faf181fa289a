/* The registry of the rooms at home here, and the one place where a request is judged, answered and
 * completed. */
#include "core/coordinator.h"

#include "core/membership.h"
#include "core/table.h"

#include <stdlib.h>

/* What one sweep ends at most: 20,000 in a second. A time that was made shorter may make so
 * many due together that ending all would delay a turn. */
enum { SWEPT_MAX = 1024 };

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
    coordinator->presence.port = spec->port;
    chat_coordinator_limit(coordinator, &spec->limits);
    return coordinator;
}

void chat_coordinator_limit(struct chat_coordinator *coordinator, const struct chat_limits *limits)
{
    coordinator->spec.limits = *limits;
    coordinator->resume.window_ms = limits->resume_window_ms;
    coordinator->presence.announce_members = limits->announce_members;
    coordinator->histories.ttl_ms = limits->history_ttl_ms;
    coordinator->histories.max_bytes = limits->history_bytes;
    coordinator->histories.total = limits->history_total;
}

void chat_coordinator_end(struct chat_coordinator *coordinator, struct chat_room *room)
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
        chat_coordinator_end(coordinator, chat_room_of(coordinator->live.first));
    chat_table_finish(&coordinator->index);
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

struct chat_resume *chat_coordinator_resume(struct chat_coordinator *coordinator)
{
    return &coordinator->resume;
}

struct chat_presence *chat_coordinator_presence(struct chat_coordinator *coordinator)
{
    return &coordinator->presence;
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
                           struct chat_slice name, uint32_t max_members, struct chat_time now)
{
    /* Counted like any other, but what an operator asks for is never refused. */
    if (!coordinator->spec.port->take_room(coordinator->spec.port))
        coordinator->uncounted++;
    add_room(coordinator,
             (struct chat_room_spec){.id = id,
                                     .name = name,
                                     .max_members = max_members,
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

/* Those that wait for the state say themselves when they are done. */
static bool is_moderators(enum chat_request_type type)
{
    return type == CHAT_REQUEST_kick_user || type == CHAT_REQUEST_close_room;
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
    } else if (!call->passed && is_moderators(call->request->type)) {
        port->audit(port, call);
    }
    if (!call->passed)
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

struct chat_member *chat_coordinator_member(struct chat_coordinator *coordinator,
                                            struct chat_slice room_id, struct chat_slice user_id,
                                            struct chat_room **ret_room)
{
    struct chat_room *room = chat_coordinator_find(coordinator, room_id);
    if (room == NULL)
        return NULL;
    uint32_t hash = (uint32_t)chat_hash(coordinator->spec.secrets, user_id);
    *ret_room = room;
    return chat_room_find(room, user_id, hash);
}

struct chat_member *chat_call_seated(const struct chat_call *call, struct chat_room **ret_room)
{
    struct chat_member *member =
        chat_coordinator_member(call->coordinator, call->request->room_id, call->user, ret_room);
    return member != NULL && chat_member_has(member, call->from) ? member : NULL;
}

void chat_coordinator_occupied(struct chat_coordinator *coordinator, struct chat_room *room)
{
    struct chat_room_place *place = chat_room_place(room);
    if (!place->lingers)
        return;
    chat_list_remove(&coordinator->empty, &place->empty);
    place->lingers = false;
}

void chat_coordinator_emptied(struct chat_coordinator *coordinator, struct chat_room *room,
                              struct chat_time now)
{
    struct chat_room_place *place = chat_room_place(room);
    if (chat_room_facts(room).permanent)
        return;
    if (coordinator->spec.limits.linger_ms == 0) {
        chat_coordinator_end(coordinator, room);
        return;
    }
    place->lingers = true;
    place->empty_mono_ms = now.mono_ms;
    chat_list_append(&coordinator->empty, &place->empty);
}

void chat_coordinator_sweep(struct chat_coordinator *coordinator, struct chat_time now)
{
    struct chat_device *due;
    unsigned left = SWEPT_MAX;
    while (left-- > 0 && (due = chat_resume_due(&coordinator->resume, now)) != NULL)
        chat_membership_drop(coordinator, due->room, due->member, due->conn, CHAT_DISCONNECTED,
                             now);
    chat_presence_sweep(&coordinator->presence, now);
    chat_histories_sweep(&coordinator->histories, now.mono_ms);
    for (left = SWEPT_MAX; left > 0 && coordinator->empty.first != NULL; left--) {
        struct chat_room_place *place =
            (struct chat_room_place *)((char *)coordinator->empty.first -
                                       offsetof(struct chat_room_place, empty));
        if (now.mono_ms - place->empty_mono_ms < coordinator->spec.limits.linger_ms)
            return;
        chat_coordinator_end(coordinator, (struct chat_room *)place);
    }
}
