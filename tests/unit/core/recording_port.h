/* A coordinator and, behind it, a port that writes down what the core asks of it, one line a call:
 *
 *   reply ann: pong id=7                  refuse ann: message_error/empty
 *   seat ann: join_success room_id=r …    unseat ann: leave_success room_id=r
 *   replace ann: r                       (by a newer connection)
 *   all of r, by ann: new_message …       all of r: user_left …      (without a cause)
 *   end of r: room_closed …               (to all, who then hear nothing more)
 *   others of r, by ann: user_typing …    (whispered)
 *   keep ann: ben in r by ann …           (and lift)
 *   pass ann: 2                           (to that home)
 *   reply ann/2: …                        (to her second device)
 *
 * An event shows the members that its rows name. Epochs and sessions stand as #1, #2 … in the order
 * in which they were first seen. What holds for every call is asserted here and not written:
 * completed exactly once, nothing after it, answers have the request's id and broadcasts none. */
#ifndef CHAT_TEST_RECORDING_PORT_H
#define CHAT_TEST_RECORDING_PORT_H

#include "core/recording_event.h"

/* One more call to the port, about a connection. */
static inline struct recording_port *recording_line(struct chat_port *port, const char *verb,
                                                    uint64_t to)
{
    struct recording_port *recording = (struct recording_port *)port;

    assert_int_equal(recording->completed, 0);
    assert_in_range(chat_conn_id_slot(to), ANN, PERSONS - 1);
    recording_put(recording, "%s %s", verb, person_id((enum person)chat_conn_id_slot(to)));
    unsigned device = (unsigned)(to & ((1u << CHAT_CONN_GENERATION_BITS) - 1));
    if (device > 1)
        recording_put(recording, "/%u", device);
    return recording;
}

static inline void recording_answer(struct chat_port *port, const char *verb, uint64_t to,
                                    const struct chat_event *event)
{
    struct recording_port *recording = recording_line(port, verb, to);

    if (recording->asked != NULL && event->type != CHAT_EVENT_kicked) {
        assert_int_equal(to, recording->asker);
        assert_true(chat_slice_equal(event->id, recording->asked->id));
    } else {
        assert_int_equal(event->id.length, 0);
    }
    recording_put_event(recording, event);
}

static inline void recording_reply(struct chat_port *port, uint64_t to,
                                   const struct chat_event *event)
{
    recording_answer(port, "reply", to, event);
}

static inline void recording_refuse(struct chat_port *port, uint64_t to,
                                    const struct chat_request *request,
                                    const struct chat_fault *fault)
{
    struct recording_port *recording = recording_line(port, "refuse", to);
    const struct chat_error_row *row = chat_error_row(fault->error);

    assert_int_equal(to, recording->asker);
    assert_ptr_equal(request, recording->asked);
    assert_int_not_equal(fault->error, CHAT_OK);
    recording->refused = fault->error;
    recording_put(recording, ": %s/%s", row->code, row->reason);
    if (strstr(row->sentence, "{high}") != NULL)
        recording_put(recording, " high=%lld%s", (long long)fault->high, fault->unit);
    recording_put(recording, "\n");
}

static inline void recording_seat(struct chat_port *port, uint64_t to, const struct chat_room *room,
                                  const struct chat_event *event)
{
    assert_true(chat_slice_equal(event->room_id, chat_room_facts(room).id));
    recording_answer(port, "seat", to, event);
}

static inline void recording_unseat(struct chat_port *port, uint64_t to,
                                    const struct chat_room *room, const struct chat_event *event)
{
    assert_true(chat_slice_equal(event->room_id, chat_room_facts(room).id));
    recording_answer(port, "unseat", to, event);
}

static inline void recording_replace(struct chat_port *port, uint64_t to,
                                     const struct chat_room *room)
{
    struct recording_port *recording = recording_line(port, "replace", to);
    struct chat_slice id = chat_room_facts(room).id;
    recording_put(recording, ": %.*s\n", (int)id.length, id.bytes);
}

/* What the event's line says, from its type on, is what is held of it. */
static inline struct chat_slice recording_broadcast(struct chat_port *port,
                                                    const struct chat_room *room, uint64_t cause,
                                                    const struct chat_event *event)
{
    struct recording_port *recording = (struct recording_port *)port;
    struct chat_slice id = chat_room_facts(room).id;

    assert_int_equal(recording->completed, 0);
    assert_int_equal(event->id.length, 0);
    assert_true(chat_slice_equal(event->room_id, id));
    recording_put(recording, "all of %.*s", (int)id.length, id.bytes);
    if (cause != 0) {
        assert_int_equal(cause, recording->asker);
        recording_line(port, ", by", cause);
    }
    size_t from = recording->length + strlen(": ");
    recording_put_event(recording, event);
    return (struct chat_slice){recording->log + from, recording->length - from};
}

static inline void recording_whisper(struct chat_port *port, const struct chat_room *room,
                                     uint64_t from, const struct chat_event *event)
{
    struct recording_port *recording = (struct recording_port *)port;
    struct chat_slice id = chat_room_facts(room).id;

    assert_int_equal(event->id.length, 0);
    assert_true(chat_slice_equal(event->room_id, id));
    assert_int_equal(from, recording->asker);
    recording_put(recording, "others of %.*s", (int)id.length, id.bytes);
    recording_line(port, ", by", from);
    recording_put_event(recording, event);
}

static inline void recording_close_room(struct chat_port *port, const struct chat_room *room,
                                        const struct chat_event *event)
{
    struct recording_port *recording = (struct recording_port *)port;
    struct chat_slice id = chat_room_facts(room).id;

    assert_int_equal(recording->completed, 0);
    assert_int_equal(event->id.length, 0);
    assert_true(chat_slice_equal(event->room_id, id));
    recording_put(recording, "end of %.*s", (int)id.length, id.bytes);
    recording_put_event(recording, event);
}

/* Each line of what is replayed is an event's. */
static inline void recording_replay(struct chat_port *port, uint64_t to,
                                    const struct chat_run *frames)
{
    struct recording_port *recording = recording_line(port, "replay", to);

    assert_int_equal(to, recording->asker);
    recording_put(recording, ": %u\n", frames->frames);
    for (unsigned i = 0; i < 2; i++)
        if (frames->parts[i].length > 0)
            recording_put(recording, "%.*s", (int)frames->parts[i].length, frames->parts[i].bytes);
}

static inline void recording_complete(struct chat_port *port, uint64_t to)
{
    struct recording_port *recording = (struct recording_port *)port;

    assert_int_equal(to, recording->asker);
    recording->completed++;
}

static inline enum chat_error recording_verify(struct chat_port *port, uint64_t from,
                                               struct chat_slice token, struct chat_time now,
                                               struct chat_event *event)
{
    const struct recording_port *recording = (const struct recording_port *)port;
    assert_true(chat_slice_equal(token, recording->asked->token));
    event->user_id = slice_of(person_id((enum person)chat_conn_id_slot(from)));
    event->time_ms = now.wall_ms + 60000;
    return recording->verdict;
}

/* The call goes on elsewhere, so here it is done. */
static inline void recording_pass(struct chat_port *port, unsigned home,
                                  const struct chat_call *call)
{
    struct recording_port *recording = recording_line(port, "pass", call->from);

    assert_int_equal(call->from, recording->asker);
    assert_int_not_equal(home, chat_coordinator_spec(recording->coordinator)->worker);
    assert_in_range(call->listing.rows.length, 0, sizeof(recording->passed_rows));
    recording_put(recording, ": %u\n", home);
    recording->passed = call->listing;
    if (call->listing.rows.length > 0)
        memcpy(recording->passed_rows, call->listing.rows.bytes, call->listing.rows.length);
    recording->passed.rows.bytes = recording->passed_rows;
    recording->passed_to = home;
    recording->completed++;
}

/* Written down; the test answers it, so here the request is done. */
static inline bool recording_sanction(struct chat_port *port, const struct chat_call *call,
                                      const struct chat_sanction *sanction, bool lifts)
{
    struct recording_port *recording = recording_line(port, lifts ? "lift" : "keep", call->from);

    assert_int_equal(sanction->kind, CHAT_SANCTION_MUTE);
    recording_put(recording, ": %.*s in %.*s by %.*s from %lld to %lld: %.*s\n",
                  (int)sanction->user.length, sanction->user.bytes, (int)sanction->room.length,
                  sanction->room.bytes, (int)sanction->by.length, sanction->by.bytes,
                  (long long)sanction->created_ms, (long long)sanction->expires_ms,
                  (int)sanction->reason.length, sanction->reason.bytes);
    recording->completed += recording->keeps;
    return recording->keeps;
}

static inline void recording_audit(struct chat_port *port, const struct chat_call *call)
{
    (void)call;
    ((struct recording_port *)port)->audited++;
}

static inline uint32_t recording_rooms(struct chat_port *port)
{
    return ((struct recording_port *)port)->rooms;
}

static inline bool recording_take_room(struct chat_port *port)
{
    struct recording_port *recording = (struct recording_port *)port;

    if (recording->rooms >= recording->rooms_max)
        return false;
    recording->rooms++;
    return true;
}

static inline void recording_give_room(struct chat_port *port)
{
    struct recording_port *recording = (struct recording_port *)port;

    assert_int_not_equal(recording->rooms, 0);
    recording->rooms--;
}

/* Returns owned. */
static inline struct recording_port *recording_open_at(unsigned home, struct chat_limits limits)
{
    struct recording_port *recording = calloc(1, sizeof(*recording));

    assert_non_null(recording);
    limits.message_size = TEXT_MAX;
    limits.page = PAGE;
    recording->port = (struct chat_port){
        .reply = recording_reply,
        .refuse = recording_refuse,
        .seat = recording_seat,
        .unseat = recording_unseat,
        .replace = recording_replace,
        .broadcast = recording_broadcast,
        .close = recording_close_room,
        .replay = recording_replay,
        .whisper = recording_whisper,
        .verify = recording_verify,
        .pass = recording_pass,
        .sanction = recording_sanction,
        .audit = recording_audit,
        .rooms = recording_rooms,
        .complete = recording_complete,
        .take_room = recording_take_room,
        .give_room = recording_give_room,
    };
    memset(recording->secrets.hash_key, 0x5a, sizeof(recording->secrets.hash_key));
    memset(recording->secrets.token_key, 0xa5, sizeof(recording->secrets.token_key));
    recording->rooms_max = 1000;
    recording->rights = CHAT_RIGHTS_DEFAULT;
    recording->device = 1;
    recording->keeps = true;
    recording->now = (struct chat_time){.wall_ms = 1000, .mono_ms = 50};
    recording->coordinator =
        chat_coordinator_create(&(struct chat_coordinator_spec){.limits = limits,
                                                                .secrets = &recording->secrets,
                                                                .port = &recording->port,
                                                                .worker = home,
                                                                .workers = RECORDING_WORKERS});
    return recording;
}

static inline struct recording_port *recording_open(struct chat_limits limits)
{
    return recording_open_at(RECORDING_HOME, limits);
}

/* Every room that was taken from the server's limit is given back. */
static inline void recording_close(struct recording_port *recording)
{
    chat_coordinator_destroy(recording->coordinator);
    assert_int_equal(recording->rooms, 0);
    free(recording);
}

/* Walks the invariants of every room, and counts the rooms. */
static inline void recording_check(struct recording_port *recording)
{
    struct chat_link *link = chat_coordinator_live(recording->coordinator)->first;
    uint32_t n = 0;

    for (; link != NULL; link = link->next, n++) {
        struct chat_room *room = chat_room_of(link);
        assert_ptr_equal(chat_coordinator_find(recording->coordinator, chat_room_facts(room).id),
                         room);
#ifndef NDEBUG
        chat_room_check(room);
#endif
    }
    assert_int_equal(n, chat_coordinator_rooms(recording->coordinator));
}

static inline void forget(struct recording_port *recording)
{
    recording->length = 0;
    recording->log[0] = '\0';
}

/* All that was asked of the port since the last look. */
#define expect(recording, lines)                                                                   \
    do {                                                                                           \
        assert_string_equal((recording)->log, lines);                                              \
        forget(recording);                                                                         \
    } while (0)

#endif
