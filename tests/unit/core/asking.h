/* Requests of people, as tests tell them: join(port, BEN, "lobby"). */
#ifndef CHAT_TEST_ASKING_H
#define CHAT_TEST_ASKING_H

#include "core/recording_port.h"

static inline struct chat_slice lend(struct chat_slice slice)
{
    char *bytes = slice.bytes != NULL ? malloc(slice.length + 1) : NULL;
    if (bytes != NULL)
        memcpy(bytes, slice.bytes, slice.length);
    return (struct chat_slice){bytes, slice.length};
}

/* The connection's request, under that user_id (NULL: no identity is bound). Its bytes live for the
 * call only, so that a reference kept by the core is found. */
static inline void ask_as(struct recording_port *recording, enum person from, const char *user,
                          const struct chat_request *request)
{
#define LEND_ID(slice)    lend(slice)
#define LEND_NAME(slice)  lend(slice)
#define LEND_TEXT(slice)  lend(slice)
#define LEND_KEY(slice)   lend(slice)
#define LEND_WORDS(slice) lend(slice)
#define LEND_TOKEN(slice) lend(slice)
#define LEND_COUNT(count) (count)
#define LEND_SHARE(share) (share)
#define LEND_SEQ(seq)     (seq)
#define LEND_AFTER(seq)   (seq)
#define LEND_OBJECT(is)   (is)
    struct chat_request lent = {
        .type = request->type,
        .id = lend(request->id),
#define MEMBER(name, kind) .name = LEND_##kind(request->name),
#include "core/request.def"
    };
    struct chat_call call = {
        .request = &lent,
        .from = person_device(from, recording->device),
        .user = lend(user != NULL ? slice_of(user) : (struct chat_slice){0}),
        .name = lend(user != NULL ? slice_of(person_name(from)) : (struct chat_slice){0}),
        .rights = recording->rights,
        .now = recording->now,
    };

    recording->asked = &lent;
    recording->asker = call.from;
    recording->completed = 0;
    recording->refused = CHAT_OK;
    chat_coordinator_request(recording->coordinator, &call);
    assert_int_equal(recording->completed, 1);
    recording->asked = NULL;
    recording->asker = 0;
    recording->completed = 0;
    recording_check(recording);
#define FREE_ID(slice)    free((char *)slice.bytes);
#define FREE_NAME(slice)  FREE_ID(slice)
#define FREE_TEXT(slice)  FREE_ID(slice)
#define FREE_KEY(slice)   FREE_ID(slice)
#define FREE_WORDS(slice) FREE_ID(slice)
#define FREE_TOKEN(slice) FREE_ID(slice)
#define FREE_COUNT(count)
#define FREE_SHARE(share)
#define FREE_SEQ(seq)
#define FREE_AFTER(seq)
#define FREE_OBJECT(is)
#define MEMBER(name, kind) FREE_##kind(lent.name)
#include "core/request.def"
    FREE_ID(lent.id)
    FREE_ID(call.user)
    FREE_ID(call.name)
}

/* ask(recording, ANN, .type = CHAT_REQUEST_ping, …) */
#define ask(recording, from, ...)                                                                  \
    ask_as(recording, from, person_id(from), &(struct chat_request){__VA_ARGS__})

static inline void create_room(struct recording_port *recording, enum person from, const char *room)
{
    ask(recording, from, .type = CHAT_REQUEST_create_room, .room_id = slice_of(room),
        .room_name = CHAT_SLICE("Room"));
}

static inline void join(struct recording_port *recording, enum person from, const char *room)
{
    ask(recording, from, .type = CHAT_REQUEST_join, .room_id = slice_of(room));
}

static inline void leave(struct recording_port *recording, enum person from, const char *room)
{
    ask(recording, from, .type = CHAT_REQUEST_leave, .room_id = slice_of(room));
}

static inline void say(struct recording_port *recording, enum person from, const char *room,
                       const char *text)
{
    ask(recording, from, .type = CHAT_REQUEST_message, .room_id = slice_of(room),
        .message = slice_of(text));
}

static inline void type_in(struct recording_port *recording, enum person from, const char *room)
{
    ask(recording, from, .type = CHAT_REQUEST_typing, .room_id = slice_of(room));
}

/* Time goes by, and the coordinator's timer with it. */
static inline void pass(struct recording_port *recording, uint64_t ms)
{
    recording->now.wall_ms += (int64_t)ms;
    recording->now.mono_ms += ms;
    chat_coordinator_sweep(recording->coordinator, recording->now);
    recording_check(recording);
}

/* The connection is no more, and its worker says so to one of its rooms. */
static inline void gone(struct recording_port *recording, enum person person, const char *room)
{
    chat_membership_gone(recording->coordinator, person_conn(person), slice_of(room),
                         slice_of(person_id(person)), CHAT_DISCONNECTED, recording->now);
    recording_check(recording);
}

/* The connection that sits there for that user_id, or NOBODY. */
static inline enum person seated(struct recording_port *recording, const char *room_id,
                                 const char *user)
{
    struct chat_room *room = chat_coordinator_find(recording->coordinator, slice_of(room_id));
    uint32_t hash = (uint32_t)chat_hash(&recording->secrets, slice_of(user));
    struct chat_member *member = room != NULL ? chat_room_find(room, slice_of(user), hash) : NULL;

    return member != NULL ? (enum person)chat_conn_id_slot(member->conn) : NOBODY;
}

static inline bool room_lives(struct recording_port *recording, const char *room)
{
    return chat_coordinator_find(recording->coordinator, slice_of(room)) != NULL;
}

/* An administrator puts out all seats that wait for the user; how many there were. */
static inline unsigned kick_all_waiting(struct recording_port *port, const char *user)
{
    struct chat_list *waiting = chat_membership_waiting(port->coordinator);
    struct chat_cursor cursor;
    struct chat_link *link;
    unsigned n = 0;

    chat_cursor_open(&cursor, waiting);
    while ((link = chat_cursor_next(&cursor)) != NULL)
        n += chat_membership_kick_waiting(port->coordinator, chat_device_of(link), slice_of(user),
                                          (struct chat_slice){0}, CHAT_KICKED, port->now);
    chat_cursor_close(&cursor, waiting);
    return n;
}

#endif
