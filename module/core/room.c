/* The room's state. What may happen to it is decided by coordinator.c and request/<name>.c; here it
 * stays consistent. */
#include "core/room.h"

#include "core/conn_id.h"
#include "core/table.h"

#include <assert.h>
#include <stdlib.h>

struct chat_room {
    struct chat_room_place place; /* first */
    uint64_t seq;
    int64_t created_ms, last_ms;
    struct chat_list list;
    struct chat_order order;
    struct chat_table index;
    struct chat_history *history; /* NULL: nothing was said that is to be held */
    struct chat_histories *histories;
    uint32_t max_members, history_size;
    unsigned workers;
    bool permanent;
    uint8_t id_length;
    uint16_t name_length;
    uint32_t conns_on[]; /* by worker; then the text: id, name */
};

static char *text_of(struct chat_room *room)
{
    return (char *)&room->conns_on[room->workers];
}

struct chat_room *chat_room_create(const struct chat_room_spec *spec)
{
    size_t size = sizeof(struct chat_room) + spec->workers * sizeof(uint32_t) + spec->id.length +
                  spec->name.length;
    struct chat_room *room = calloc(1, size);
    if (room == NULL)
        abort();
    room->place.hash = spec->hash;
    room->place.key = spec->key;
    room->created_ms = spec->now_ms;
    room->max_members = spec->max_members;
    room->workers = spec->workers;
    room->permanent = spec->permanent;
    room->history_size = spec->history_size;
    room->histories = spec->histories;
    room->id_length = (uint8_t)spec->id.length;
    room->name_length = (uint16_t)spec->name.length;
    memcpy(text_of(room), spec->id.bytes, spec->id.length);
    memcpy(text_of(room) + spec->id.length, spec->name.bytes, spec->name.length);
    return room;
}

void chat_room_destroy(struct chat_room *room)
{
    while (room->list.first != NULL) {
        struct chat_member *member = chat_member_of(room->list.first);
        room->list.first = member->link.next;
        chat_member_destroy(member);
    }
    chat_table_finish(&room->index);
    chat_order_finish(&room->order);
    chat_history_destroy(room->history);
    free(room);
}

static bool is_user(const void *item, const void *key)
{
    return chat_slice_equal(chat_member_id(item), *(const struct chat_slice *)key);
}

struct chat_member *chat_room_find(const struct chat_room *room, struct chat_slice user_id,
                                   uint32_t hash)
{
    return chat_table_find(&room->index, hash, is_user, &user_id);
}

struct chat_member *chat_room_add(struct chat_room *room, uint64_t conn, struct chat_slice user_id,
                                  uint32_t hash, struct chat_slice user_name, int64_t now_ms)
{
    struct chat_member *member = chat_member_create(conn, user_id, hash, user_name, now_ms);
    chat_list_append(&room->list, &member->link);
    chat_order_add(&room->order, &member->place);
    chat_table_add(&room->index, member);
    room->conns_on[chat_conn_id_worker(conn)]++;
    return member;
}

void chat_room_remove(struct chat_room *room, struct chat_member *member)
{
    uint64_t conns[CHAT_DEVICES_MAX];
    for (unsigned n = chat_member_living(member, conns); n > 0; n--)
        room->conns_on[chat_conn_id_worker(conns[n - 1])]--;
    chat_table_remove(&room->index, member);
    chat_list_remove(&room->list, &member->link);
    chat_order_remove(&room->order, &member->place);
    chat_member_destroy(member);
}

void chat_room_add_device(struct chat_room *room, struct chat_member *member, uint64_t conn)
{
    chat_member_add_device(member, room, conn);
    room->conns_on[chat_conn_id_worker(conn)]++;
}

void chat_room_remove_device(struct chat_room *room, struct chat_member *member, uint64_t conn)
{
    if (chat_member_has(member, conn))
        room->conns_on[chat_conn_id_worker(conn)]--;
    chat_member_remove_device(member, conn);
}

struct chat_device *chat_room_detach(struct chat_room *room, struct chat_member *member,
                                     uint64_t conn)
{
    room->conns_on[chat_conn_id_worker(conn)]--;
    return chat_member_lose(member, room, conn);
}

void chat_room_attach(struct chat_room *room, struct chat_member *member, uint64_t from,
                      uint64_t to)
{
    if (chat_member_has(member, from))
        room->conns_on[chat_conn_id_worker(from)]--;
    chat_member_replace(member, from, to);
    room->conns_on[chat_conn_id_worker(to)]++;
}

uint64_t chat_room_say(struct chat_room *room, int64_t now_ms)
{
    room->last_ms = now_ms;
    return ++room->seq;
}

void chat_room_keep(struct chat_room *room, struct chat_slice frame, uint64_t key, uint64_t now_ms)
{
    if (room->history_size == 0)
        return;
    if (room->history == NULL)
        room->history = chat_history_create(room->histories, room->history_size);
    chat_history_add(room->history, room->seq, frame, key, now_ms);
}

uint64_t chat_room_said(struct chat_room *room, uint64_t key, uint64_t now_ms)
{
    return chat_history_find(room->history, key, now_ms);
}

uint64_t chat_room_oldest(struct chat_room *room, uint64_t now_ms)
{
    return room->seq - chat_history_count(room->history, now_ms) + 1;
}

bool chat_room_missed(struct chat_room *room, uint64_t seq, uint64_t now_ms,
                      struct chat_run *ret_missed)
{
    if (seq > room->seq || seq + 1 < chat_room_oldest(room, now_ms))
        return false;
    *ret_missed = chat_history_run(room->history, seq + 1, room->seq);
    return true;
}

bool chat_room_page(struct chat_room *room, uint64_t before, uint32_t limit, size_t bytes,
                    uint64_t now_ms, struct chat_run *ret_page)
{
    uint64_t oldest = chat_room_oldest(room, now_ms);
    uint64_t to = before == 0 || before > room->seq ? room->seq : before - 1;
    uint64_t from = to + 1;

    *ret_page = (struct chat_run){0};
    while (from > oldest && ret_page->frames < limit) {
        struct chat_run longer = chat_history_run(room->history, from - 1, to);
        if (ret_page->frames > 0 && chat_run_length(&longer) > bytes)
            break;
        *ret_page = longer;
        from--;
    }
    return from > oldest;
}

struct chat_room_facts chat_room_facts(const struct chat_room *room)
{
    const char *text = (const char *)&room->conns_on[room->workers];
    return (struct chat_room_facts){
        .key = room->place.key,
        .id = {text, room->id_length},
        .name = {text + room->id_length, room->name_length},
        .members = room->index.count,
        .max_members = room->max_members,
        .seq = room->seq,
        .created_ms = room->created_ms,
        .last_ms = room->last_ms,
        .history_bytes = chat_history_bytes(room->history),
        .permanent = room->permanent,
    };
}

uint32_t chat_room_conns_on(const struct chat_room *room, unsigned worker)
{
    return room->conns_on[worker];
}

const struct chat_order *chat_room_order(const struct chat_room *room)
{
    return &room->order;
}

struct chat_list *chat_room_members(struct chat_room *room)
{
    return &room->list;
}

#ifndef NDEBUG
/* A list of devices is there only where it says something. */
static unsigned living_of(const struct chat_member *member, uint64_t ret_conns[CHAT_DEVICES_MAX])
{
    const struct chat_device *first = member->devices;
    assert(first == NULL || first->next != NULL || first->waits);
    assert(first == NULL || first->conn == member->conn);
    assert(chat_member_count(member) <= CHAT_DEVICES_MAX);
    return chat_member_living(member, ret_conns);
}

void chat_room_check(const struct chat_room *room)
{
    uint64_t conns[CHAT_DEVICES_MAX];
    uint32_t listed = 0, spread = 0, living = 0;
    uint64_t serial = 0;
    for (struct chat_link *link = room->list.first; link != NULL; link = link->next, listed++) {
        struct chat_member *member = chat_member_of(link);
        assert(chat_room_find(room, chat_member_id(member), member->hash) == member);
        for (unsigned n = living_of(member, conns); n > 0; n--, living++)
            assert(chat_conn_id_worker(conns[n - 1]) < room->workers);
        assert(chat_order_after(&room->order, serial) == &member->place);
        serial = member->place.serial;
    }
    for (unsigned w = 0; w < room->workers; w++)
        spread += room->conns_on[w];
    assert(listed == room->order.count);
    assert(listed == room->index.count && spread == living);
    assert(listed <= room->max_members || room->permanent);
    assert((room->seq == 0) == (room->last_ms == 0));
    chat_history_check(room->history);
}
#endif
