/* The connections of a seat. The list is there while there are several or one that is lost. */
#include "core/member.h"

#include <assert.h>
#include <stdlib.h>

struct chat_member *chat_member_create(uint64_t conn, struct chat_slice user_id, uint32_t hash,
                                       struct chat_slice user_name, int64_t now_ms)
{
    struct chat_member *member = malloc(sizeof(*member) + user_id.length + user_name.length);
    if (member == NULL)
        abort();
    member->hash = hash;
    member->id_length = (uint8_t)user_id.length;
    member->name_length = (uint16_t)user_name.length;
    member->conn = conn;
    member->devices = NULL;
    member->is_verified = false;
    member->joined_ms = now_ms;
    memcpy(member->text, user_id.bytes, user_id.length);
    memcpy(member->text + user_id.length, user_name.bytes, user_name.length);
    return member;
}

void chat_member_destroy(struct chat_member *member)
{
    while (member->devices != NULL) {
        struct chat_device *next = member->devices->next;
        free(member->devices);
        member->devices = next;
    }
    free(member);
}

struct chat_device *chat_member_device(const struct chat_member *member, uint64_t conn)
{
    struct chat_device *device = member->devices;
    while (device != NULL && device->conn != conn)
        device = device->next;
    return device;
}

unsigned chat_member_count(const struct chat_member *member)
{
    unsigned n = member->devices == NULL;
    for (const struct chat_device *device = member->devices; device != NULL; device = device->next)
        n++;
    return n;
}

unsigned chat_member_living(const struct chat_member *member, uint64_t ret_conns[CHAT_DEVICES_MAX])
{
    unsigned n = 0;
    if (member->devices == NULL)
        ret_conns[n++] = member->conn;
    for (const struct chat_device *device = member->devices; device != NULL; device = device->next)
        if (!device->waits)
            ret_conns[n++] = device->conn;
    return n;
}

static struct chat_device *append(struct chat_member *member, struct chat_room *room, uint64_t conn)
{
    struct chat_device **end = &member->devices, *device = calloc(1, sizeof(*device));
    if (device == NULL)
        abort();
    device->room = room;
    device->member = member;
    device->conn = conn;
    while (*end != NULL)
        end = &(*end)->next;
    *end = device;
    return device;
}

/* The first one has a device, too, as soon as there is a list. */
static void begin_list(struct chat_member *member, struct chat_room *room)
{
    if (member->devices == NULL)
        append(member, room, member->conn);
}

static void end_list(struct chat_member *member)
{
    member->conn = member->devices->conn;
    if (member->devices->next != NULL || member->devices->waits)
        return;
    free(member->devices);
    member->devices = NULL;
}

void chat_member_add_device(struct chat_member *member, struct chat_room *room, uint64_t conn)
{
    begin_list(member, room);
    append(member, room, conn);
}

void chat_member_remove_device(struct chat_member *member, uint64_t conn)
{
    struct chat_device **at = &member->devices, *device;
    while (*at != NULL && (*at)->conn != conn)
        at = &(*at)->next;
    device = *at;
    assert(device != NULL && (device != member->devices || device->next != NULL));
    *at = device->next;
    free(device);
    end_list(member);
}

struct chat_device *chat_member_lose(struct chat_member *member, struct chat_room *room,
                                     uint64_t conn)
{
    begin_list(member, room);
    struct chat_device *device = chat_member_device(member, conn);
    assert(device != NULL && !device->waits);
    device->waits = true;
    return device;
}

void chat_member_replace(struct chat_member *member, uint64_t from, uint64_t to)
{
    struct chat_device *device = chat_member_device(member, from);
    if (device == NULL) {
        assert(member->conn == from);
        member->conn = to;
        return;
    }
    device->conn = to;
    device->waits = false;
    end_list(member);
}
