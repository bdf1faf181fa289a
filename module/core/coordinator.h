/* The rooms whose home is this worker: find, create, end, list. It judges and applies requests; the
 * rules of each stand in request/<name>.c. Home worker. */
#ifndef CHAT_CORE_COORDINATOR_H
#define CHAT_CORE_COORDINATOR_H

#include "core/claims.h"
#include "core/limits.h"
#include "core/page.h"
#include "core/port.h"
#include "core/presence.h"
#include "core/request.h"
#include "core/resume.h"
#include "core/room.h"

struct chat_coordinator;

struct chat_coordinator_spec {
    struct chat_limits limits;
    const struct chat_secrets *secrets; /* borrowed for life */
    struct chat_port *port;             /* borrowed for life */
    unsigned worker, workers;
};

/* What a listing of all homes has found before it came here (core/listing.h). */
struct chat_listing {
    struct chat_slice rows; /* of its page */
    uint64_t last;          /* the key of the last room in it */
    bool begun;             /* at another home */
};

/* A request on its way through the core. `user` and `name` are those bound to the connection or, in
 * a request that may bind, those asked for; empty when there are none. */
struct chat_call {
    struct chat_coordinator *coordinator;
    const struct chat_request *request;
    uint64_t from;
    struct chat_slice user, name;
    uint8_t rights; /* enum chat_right, in the request's room */
    struct chat_time now;
    struct chat_listing listing;
    bool passed; /* on to another: it is not complete here */
};

/* Returns owned. */
struct chat_coordinator *chat_coordinator_create(const struct chat_coordinator_spec *spec);
void chat_coordinator_destroy(struct chat_coordinator *coordinator);

/* Other limits from now on. A room keeps what it was made with: how many members it may have, and
 * how many messages it holds. */
void chat_coordinator_limit(struct chat_coordinator *coordinator, const struct chat_limits *limits);

/* A room of the configuration or of an administrator, which never ends. Its home is here. */
void chat_coordinator_keep(struct chat_coordinator *coordinator, struct chat_slice id,
                           struct chat_slice name, uint32_t max_members, struct chat_time now);

/* Judges the call, applies it, answers and completes it through the port. */
void chat_coordinator_request(struct chat_coordinator *coordinator, struct chat_call *call);

/* Ends the seats that have waited for rooms.resume_window and the rooms that have been empty for
 * rooms.linger, tells counts of members that are due, and frees histories that have expired. */
void chat_coordinator_sweep(struct chat_coordinator *coordinator, struct chat_time now);

/* Borrowed, or NULL. */
struct chat_room *chat_coordinator_find(struct chat_coordinator *coordinator, struct chat_slice id);
/* The user's seat in the room, and the room; NULL: the room may have been found all the same. */
struct chat_member *chat_coordinator_member(struct chat_coordinator *coordinator,
                                            struct chat_slice room_id, struct chat_slice user_id,
                                            struct chat_room **ret_room);
uint32_t chat_coordinator_rooms(const struct chat_coordinator *coordinator);
/* Memory of all histories. */
uint64_t chat_coordinator_history_bytes(const struct chat_coordinator *coordinator);

/* The page that is being filled. */
struct chat_page *chat_coordinator_page(struct chat_coordinator *coordinator);
/* The places of the live rooms, for listings in pages. */
const struct chat_order *chat_coordinator_order(const struct chat_coordinator *coordinator);
static inline struct chat_room *chat_room_at(struct chat_place *place)
{
    return (struct chat_room *)((char *)place - offsetof(struct chat_room_place, place));
}

/* The live rooms in order of creation, for listings in slices. */
struct chat_list *chat_coordinator_live(struct chat_coordinator *coordinator);
static inline struct chat_room *chat_room_of(struct chat_link *live)
{
    return (struct chat_room *)((char *)live - offsetof(struct chat_room_place, live));
}

/* For request/<name>.c. */
const struct chat_coordinator_spec *chat_coordinator_spec(
    const struct chat_coordinator *coordinator);
static inline const struct chat_limits *chat_coordinator_limits(
    const struct chat_coordinator *coordinator)
{
    return &chat_coordinator_spec(coordinator)->limits;
}
static inline struct chat_port *chat_coordinator_port(const struct chat_coordinator *coordinator)
{
    return chat_coordinator_spec(coordinator)->port;
}
/* For membership.c. */
struct chat_resume *chat_coordinator_resume(struct chat_coordinator *coordinator);
struct chat_presence *chat_coordinator_presence(struct chat_coordinator *coordinator);
/* The room is about to have its first member: it does not linger any more. */
void chat_coordinator_occupied(struct chat_coordinator *coordinator, struct chat_room *room);
/* It has lost its last one, and ends now or when it has lingered. */
void chat_coordinator_emptied(struct chat_coordinator *coordinator, struct chat_room *room,
                              struct chat_time now);
/* Nothing in it waits. It ends whether it is permanent or not, and its members with it, untold. */
void chat_coordinator_end(struct chat_coordinator *coordinator, struct chat_room *room);

/* NULL: rooms.max is reached. */
struct chat_room *chat_coordinator_make(struct chat_coordinator *coordinator, struct chat_slice id,
                                        struct chat_slice name, uint32_t max_members,
                                        uint32_t history_size, struct chat_time now);
/* Keyed, like those by which rooms and users are found. */
uint64_t chat_call_hash(const struct chat_call *call, struct chat_slice key);
/* The room's epoch. */
struct chat_slice chat_call_epoch(const struct chat_call *call, const struct chat_room *room,
                                  char out[CHAT_TOKEN_LENGTH]);
/* The seat in the request's room that the caller's connection has, and the room; or NULL. */
struct chat_member *chat_call_seated(const struct chat_call *call, struct chat_room **ret_room);

#endif
