/* A user's seat in a room, and the connections that it is for: usually one that lives, and then
 * nothing is kept beside its id. Home worker. */
#ifndef CHAT_CORE_MEMBER_H
#define CHAT_CORE_MEMBER_H

#include "core/list.h"
#include "core/order.h"
#include "core/slice.h"

#include <stdint.h>

struct chat_member;
struct chat_room;

/* The connections of one user in one room, lost ones included; the bound of what a verified user
 * may keep waiting there. */
enum { CHAT_DEVICES_MAX = 64 };

/* One connection of a member. */
struct chat_device {
    struct chat_device *next; /* of the same member, by order of coming */
    struct chat_room *room;
    struct chat_member *member;
    uint64_t conn;
    bool waits;             /* the connection is lost (core/resume.h) */
    uint64_t since_mono_ms; /* it waits */
    struct chat_link link;  /* among all that wait */
};

struct chat_member {
    uint32_t hash; /* of the user_id; first, as chat_table wants it */
    uint8_t id_length;
    bool is_verified; /* a token gave the name */
    uint16_t name_length;
    uint64_t conn;               /* the first one's */
    struct chat_device *devices; /* all of them; NULL: just the one, and it lives */
    int64_t joined_ms;
    struct chat_link link;   /* in order of joining */
    struct chat_place place; /* the same, for pages */
    char text[];             /* user_id, then user_name */
};

/* Returns owned: a member with one living connection. */
struct chat_member *chat_member_create(uint64_t conn, struct chat_slice user_id, uint32_t hash,
                                       struct chat_slice user_name, int64_t now_ms);
/* Nothing of it waits in a list any more. */
void chat_member_destroy(struct chat_member *member);

/* Borrowed while the member sits. */
static inline struct chat_slice chat_member_id(const struct chat_member *member)
{
    return (struct chat_slice){member->text, member->id_length};
}
static inline struct chat_slice chat_member_name(const struct chat_member *member)
{
    return (struct chat_slice){member->text + member->id_length, member->name_length};
}

/* The device of this connection, lost or not; NULL: it has none, or is the only one and lives. */
struct chat_device *chat_member_device(const struct chat_member *member, uint64_t conn);

/* The connection lives and sits here. */
static inline bool chat_member_has(const struct chat_member *member, uint64_t conn)
{
    if (member->devices == NULL)
        return member->conn == conn;
    const struct chat_device *device = chat_member_device(member, conn);
    return device != NULL && !device->waits;
}

/* How many connections it has, lost ones included, and the ids of those that live. */
unsigned chat_member_count(const struct chat_member *member);
unsigned chat_member_living(const struct chat_member *member, uint64_t ret_conns[CHAT_DEVICES_MAX]);

/* For room.c, which counts them. One more connection; one of several is no more; one is lost, and
 * its device returned, borrowed until it is removed or lives again; and another comes in place of
 * one. A device that waits has left its list. */
void chat_member_add_device(struct chat_member *member, struct chat_room *room, uint64_t conn);
void chat_member_remove_device(struct chat_member *member, uint64_t conn);
struct chat_device *chat_member_lose(struct chat_member *member, struct chat_room *room,
                                     uint64_t conn);
void chat_member_replace(struct chat_member *member, uint64_t from, uint64_t to);

#endif
