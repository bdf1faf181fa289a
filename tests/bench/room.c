/* The messages of one room: who says what next, and whether each member gets all of it in one
 * order. The order is not known beforehand: the first member to get a position's message fixes it,
 * and every other member has to get the same text there. */
#define _GNU_SOURCE
#include "load.h"

#include <stdio.h>
#include <string.h>

static const char message_type[] = "\"type\":\"new_message\"";
static const char message_key[] = "\"message\":\"";

enum { TYPE_BYTES = sizeof message_type - 1, KEY_BYTES = sizeof message_key - 1 };

static uint32_t slots_of(const struct load *load)
{
    return load->options.senders * load->window;
}

static char *text_at(const struct load *load, const struct load_room *room, uint32_t slot)
{
    return room->texts + (size_t)slot * load->options.text_bytes;
}

void load_room_init(struct load *load, uint32_t number, struct load_member *members)
{
    struct load_room *room = &load->rooms[number];
    unsigned senders = load->options.senders;
    room->number = number;
    snprintf(room->id, sizeof room->id, "r%05u", number);
    room->members = members;
    room->sent = load_allocate(senders, sizeof *room->sent);
    room->shown = load_allocate(senders, sizeof *room->shown);
    room->order = load_allocate(slots_of(load), sizeof *room->order);
    room->slots = load_allocate(slots_of(load), sizeof *room->slots);
    room->texts = load_allocate(slots_of(load), load->options.text_bytes);
}

static char *put_number(char *to, char mark, unsigned digits, uint64_t value)
{
    to[0] = mark;
    for (unsigned i = digits; i > 0; i--, value /= 10)
        to[i] = (char)('0' + value % 10);
    return to + digits + 1;
}

static bool take_number(const char **at, char mark, unsigned digits, uint64_t *ret_value)
{
    const char *from = *at;
    if (from[0] != mark)
        return false;
    *ret_value = 0;
    for (unsigned i = 1; i <= digits; i++) {
        if (from[i] < '0' || from[i] > '9')
            return false;
        *ret_value = *ret_value * 10 + (uint64_t)(from[i] - '0');
    }
    *at = from + digits + 1;
    return true;
}

/* r ROOM s SENDER n NUMBER, then letters that differ from one message to the next. */
static void make_text(const struct load *load, char *text, uint32_t room, unsigned sender,
                      uint64_t number)
{
    char *at = put_number(text, 'r', 5, room);
    at = put_number(at, 's', 3, sender);
    at = put_number(at, 'n', 12, number);
    for (uint64_t i = number; at < text + load->options.text_bytes; i++)
        *at++ = (char)('a' + (i * i >> 5) % 26);
}

void load_room_send(struct load *load, struct load_room *room, unsigned sender, unsigned count,
                    uint64_t due_ns)
{
    char request[LOAD_TEXT_MAX + 128];
    size_t text_bytes = load->options.text_bytes, head = 0, tail = 0;
    if (load->options.protocol == LOAD_CHAT) {
        head = (size_t)sprintf(request,
                               "{\"type\":\"message\",\"payload\":{\"room_id\":\"%s\","
                               "\"message\":\"",
                               room->id);
        tail = (size_t)sprintf(request + head + text_bytes, "\"}}");
    }
    for (unsigned i = 0; i < count; i++) {
        uint64_t number = room->sent[sender]++;
        uint32_t slot = sender * load->window + (uint32_t)(number % load->window);
        if (room->slots[slot].left > 0)
            load_fail("room %s: some member is %u messages of one sender behind", room->id,
                      load->window);
        room->slots[slot] = (struct load_slot){.sent_ns = due_ns, .left = load->readers};
        make_text(load, text_at(load, room, slot), room->number, sender, number);
        memcpy(request + head, text_at(load, room, slot), text_bytes);
        load_member_append(load, request, head + text_bytes + tail);
    }
    if (room->left == 0)
        load->busy++;
    room->left += (uint64_t)count * load->readers;
    load_member_flush(load, &room->members[sender]);
}

void load_room_send_round(struct load *load, struct load_room *room, unsigned count)
{
    uint64_t now = load_now();
    for (unsigned sender = 0; sender < load->options.senders; sender++)
        load_room_send(load, room, sender, count, now);
}

static _Noreturn void wrong(const struct load_room *room, const struct load_member *member,
                            const char *what, const char *event, size_t size)
{
    load_fail("member %u of room %s, position %llu: %s: %.*s", member->number, room->id,
              (unsigned long long)member->position, what, (int)(size < 512 ? size : 512), event);
}

/* Finds where type and text stand in this event. False when it is no message. */
static bool locate(struct load_room *room, const struct load_member *member, const char *event,
                   size_t size, size_t text_bytes)
{
    const char *type = memmem(event, size, message_type, TYPE_BYTES);
    if (type == NULL)
        return false;
    const char *key = memmem(event, size, message_key, KEY_BYTES);
    if (key == NULL || (size_t)(event + size - key) < KEY_BYTES + text_bytes + 1)
        wrong(room, member, "a message without a text of ours", event, size);
    room->type_at = (size_t)(type - event);
    room->text_at = (size_t)(key - event) + KEY_BYTES;
    return true;
}

static bool located(const struct load_room *room, const char *event, size_t size, size_t text_bytes)
{
    return room->text_at >= KEY_BYTES && room->text_at + text_bytes < size &&
           room->type_at + TYPE_BYTES <= size &&
           memcmp(event + room->type_at, message_type, TYPE_BYTES) == 0 &&
           memcmp(event + room->text_at - KEY_BYTES, message_key, KEY_BYTES) == 0;
}

static void check_member_of(const struct load_room *room, const struct load_member *member,
                            const char *event, size_t size, const char *name, const char *value)
{
    char wanted[64];
    int length = snprintf(wanted, sizeof wanted, "\"%s\":\"%s", name, value);
    if (memmem(event, size, wanted, (size_t)length) == NULL)
        wrong(room, member, wanted, event, size);
}

static void check_author(const struct load_room *room, const struct load_member *member,
                         const char *event, size_t size, unsigned sender)
{
    char user[16];
    snprintf(user, sizeof user, "u%06u\"", room->members[sender].number);
    check_member_of(room, member, event, size, "user_id", user);
    user[0] = 'n';
    check_member_of(room, member, event, size, "user_name", user);
    check_member_of(room, member, event, size, "room_id", room->id);
    check_member_of(room, member, event, size, "message_time", "20");
}

/* The first to get the next position's message: it must be the next one of some sender, and whole.
 */
static void learn(struct load *load, struct load_room *room, const struct load_member *member,
                  const char *event, size_t size)
{
    const char *at = event + room->text_at;
    uint64_t number, sender, sent;
    if (!take_number(&at, 'r', 5, &number) || !take_number(&at, 's', 3, &sender) ||
        !take_number(&at, 'n', 12, &sent) || number != room->number ||
        sender >= load->options.senders)
        wrong(room, member, "a text that nobody in this room has sent", event, size);
    if (sent < room->shown[sender])
        wrong(room, member, "a message that was delivered before", event, size);
    if (sent > room->shown[sender] || sent >= room->sent[sender])
        wrong(room, member, "a message of that sender before this one is missing", event, size);
    if (load->options.protocol == LOAD_CHAT)
        check_author(room, member, event, size, (unsigned)sender);
    room->shown[sender]++;
    room->order[room->known++ % slots_of(load)] =
        (uint32_t)sender * load->window + (uint32_t)(sent % load->window);
}

static void room_done(struct load *load, struct load_room *room)
{
    load->busy--;
    bool again = load->options.rate == 0 && load->now < load->phase_end_ns;
    if (again)
        load_room_send_round(load, room, load->options.in_flight);
}

static void message(struct load *load, struct load_room *room, struct load_member *member,
                    const char *event, size_t size)
{
    size_t text_bytes = load->options.text_bytes;
    if (member->position == room->known)
        learn(load, room, member, event, size);
    uint32_t slot = room->order[member->position % slots_of(load)];
    const char *text = event + room->text_at;
    bool ends = load->options.protocol == LOAD_RAW ? size == text_bytes : text[text_bytes] == '"';
    if (!ends || memcmp(text, text_at(load, room, slot), text_bytes) != 0)
        wrong(room, member, "not what others got at this position: lost, repeated or reordered",
              event, size);
    member->position++;
    load->deliveries++;
    load_latency_add(&load->latency, load->now - room->slots[slot].sent_ns);
    room->slots[slot].left--;
    if (--room->left == 0)
        room_done(load, room);
}

void load_room_event(struct load *load, struct load_member *member, const char *event, size_t size)
{
    struct load_room *room = member->room;
    size_t text_bytes = load->options.text_bytes;
    bool is_raw = load->options.protocol == LOAD_RAW;
    if (is_raw && size < text_bytes)
        wrong(room, member, "shorter than a text of ours", event, size);
    if (is_raw || located(room, event, size, text_bytes) ||
        locate(room, member, event, size, text_bytes))
        message(load, room, member, event, size);
    else if (memmem(event, size, "\"type\":\"user_joined\"", 20) != NULL)
        room->joined_seen++;
    else if (memmem(event, size, "\"type\":\"user_left\"", 18) != NULL)
        room->left_seen++;
    else if (memmem(event, size, "\"type\":\"room_members\"", 21) == NULL)
        wrong(room, member, "an event that nothing here causes", event, size);
}

_Noreturn void load_room_explain(const struct load *load, const char *phase)
{
    for (uint32_t i = 0; i < load->options.rooms; i++) {
        const struct load_room *room = &load->rooms[i];
        const struct load_member *last = &room->members[0];
        for (uint32_t k = 1; k < load->readers; k++)
            if (room->members[k].position < last->position)
                last = &room->members[k];
        if (room->left > 0)
            load_fail("time is up while %s: %u rooms wait; in %s %llu deliveries are missing, "
                      "member %u has got %llu of %llu messages",
                      phase, load->busy, room->id, (unsigned long long)room->left, last->number,
                      (unsigned long long)last->position, (unsigned long long)room->known);
    }
    load_fail("time is up while %s: %u of %u members have entered", phase, load->entered,
              load->n_members);
}
