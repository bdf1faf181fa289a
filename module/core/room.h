/* A room: members, sequence, rules. One writer, its home worker; no clock, no I/O, no JSON. */
#ifndef CHAT_CORE_ROOM_H
#define CHAT_CORE_ROOM_H

#include "core/hash.h"
#include "core/history.h"
#include "core/member.h"
#include "core/slice.h"

#include <stdint.h>

struct chat_room;

/* What the coordinator keeps with each room; the room's first member, so that a table finds the
 * hash. */
struct chat_room_place {
    uint32_t hash;          /* of the room_id */
    bool lingers;           /* empty, and in the coordinator's list of such rooms */
    bool counts;            /* its last room_members is not a second old (core/presence.h) */
    bool uncounted;         /* somebody came or went since */
    uint64_t key;           /* names the room across threads; never used again for another */
    uint64_t empty_mono_ms; /* since when */
    uint64_t counted_mono_ms;
    struct chat_link live;   /* in order of creation */
    struct chat_place place; /* the same, for pages; its serial is the key's */
    struct chat_link empty;  /* in order of becoming empty */
    struct chat_link counted;
};

struct chat_room_spec {
    struct chat_slice id, name;
    uint64_t key;
    uint32_t hash;
    uint32_t max_members;
    unsigned workers;
    bool permanent;
    uint32_t history_size;            /* the events that it holds at most */
    struct chat_histories *histories; /* borrowed for life */
    int64_t now_ms;
};

/* When it is: since 1970 for what people read, monotonic for what is waited for. */
struct chat_time {
    int64_t wall_ms;
    uint64_t mono_ms;
};

/* Returns owned. */
struct chat_room *chat_room_create(const struct chat_room_spec *spec);
void chat_room_destroy(struct chat_room *room);

/* Who sits under this user_id, or NULL. */
struct chat_member *chat_room_find(const struct chat_room *room, struct chat_slice user_id,
                                   uint32_t hash);

/* The user has no seat yet, and the room is not full. The member belongs to the room. */
struct chat_member *chat_room_add(struct chat_room *room, uint64_t conn, struct chat_slice user_id,
                                  uint32_t hash, struct chat_slice user_name, int64_t now_ms);
/* Frees the member. */
void chat_room_remove(struct chat_room *room, struct chat_member *member);

/* The user's next connection, and one of several that is no more (core/member.h). */
void chat_room_add_device(struct chat_room *room, struct chat_member *member, uint64_t conn);
void chat_room_remove_device(struct chat_room *room, struct chat_member *member, uint64_t conn);
/* A connection is lost; its device, borrowed, waits. And another one takes its place, lost or not.
 */
struct chat_device *chat_room_detach(struct chat_room *room, struct chat_member *member,
                                     uint64_t conn);
void chat_room_attach(struct chat_room *room, struct chat_member *member, uint64_t from,
                      uint64_t to);

/* Numbers one more message: 1, 2, 3 … */
uint64_t chat_room_say(struct chat_room *room, int64_t now_ms);

/* Holds the frame of the message just numbered; `key` names its author's id for it, or is 0. */
void chat_room_keep(struct chat_room *room, struct chat_slice frame, uint64_t key, uint64_t now_ms);
/* The seq of the message that is held under the key, or 0. */
uint64_t chat_room_said(struct chat_room *room, uint64_t key, uint64_t now_ms);

/* The seq of the oldest message held; that of the next one where none is (PROTOCOL §4). */
uint64_t chat_room_oldest(struct chat_room *room, uint64_t now_ms);
/* All that came after `seq`, lent until the next change. False: not all of it is held, or `seq` has
 * not been reached yet. */
bool chat_room_missed(struct chat_room *room, uint64_t seq, uint64_t now_ms,
                      struct chat_run *ret_missed);
/* The newest messages before `before` (0: all), at most `limit` of at most `bytes` together, but
 * one where there is one; lent until the next change. True: older ones are held, too. */
bool chat_room_page(struct chat_room *room, uint64_t before, uint32_t limit, size_t bytes,
                    uint64_t now_ms, struct chat_run *ret_page);

/* What a room is, for replies, the admin side and the port. The slices are borrowed. */
struct chat_room_facts {
    uint64_t key;
    struct chat_slice id, name;
    uint32_t members, max_members;
    uint64_t seq;
    int64_t created_ms, last_ms; /* last message; 0: none */
    uint64_t history_bytes;      /* memory */
    bool permanent;
};
struct chat_room_facts chat_room_facts(const struct chat_room *room);

/* The coordinator's own. */
static inline struct chat_room_place *chat_room_place(struct chat_room *room)
{
    return (struct chat_room_place *)room;
}

/* Connections of members that live on that worker. */
uint32_t chat_room_conns_on(const struct chat_room *room, unsigned worker);

/* A room's key: its home and the serial of its creation there. */
static inline uint64_t chat_room_key(unsigned home, uint64_t serial)
{
    return (uint64_t)home << 56 | serial;
}
static inline unsigned chat_room_key_home(uint64_t key)
{
    return (unsigned)(key >> 56);
}
static inline uint64_t chat_room_key_serial(uint64_t key)
{
    return key & ((UINT64_C(1) << 56) - 1);
}

/* For listings in pages: the places of the members. */
const struct chat_order *chat_room_order(const struct chat_room *room);
static inline struct chat_member *chat_member_at(struct chat_place *place)
{
    return (struct chat_member *)((char *)place - offsetof(struct chat_member, place));
}

/* For listings in slices. */
struct chat_list *chat_room_members(struct chat_room *room);
static inline struct chat_member *chat_member_of(struct chat_link *link)
{
    return (struct chat_member *)((char *)link - offsetof(struct chat_member, link));
}

#ifndef NDEBUG
/* Walks the room's invariants and asserts them. */
void chat_room_check(const struct chat_room *room);
#endif

#endif
