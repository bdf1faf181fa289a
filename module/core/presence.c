/* Names or counts. */
#include "core/presence.h"

static void tell_count(struct chat_presence *presence, struct chat_room *room, struct chat_time now)
{
    struct chat_room_place *place = chat_room_place(room);
    struct chat_room_facts facts = chat_room_facts(room);
    struct chat_event event = {
        .type = CHAT_EVENT_room_members, .room_id = facts.id, .members = facts.members};

    place->counts = true;
    place->uncounted = false;
    place->counted_mono_ms = now.mono_ms;
    chat_list_append(&presence->counted, &place->counted);
    /* It stands outside the rules of order, so nobody's request causes it. */
    presence->port->broadcast(presence->port, room, 0, &event);
}

void chat_presence_tell(struct chat_presence *presence, struct chat_room *room, uint64_t cause,
                        const struct chat_event *event, struct chat_time now)
{
    struct chat_room_place *place = chat_room_place(room);
    uint32_t members =
        chat_room_facts(room).members + (event->type == CHAT_EVENT_user_left ? 1 : 0);

    if (presence->announce_members == 0 || members <= presence->announce_members)
        presence->port->broadcast(presence->port, room, cause, event);
    else if (place->counts)
        place->uncounted = true;
    else
        tell_count(presence, room, now);
}

void chat_presence_sweep(struct chat_presence *presence, struct chat_time now)
{
    while (presence->counted.first != NULL) {
        struct chat_room_place *place =
            (struct chat_room_place *)((char *)presence->counted.first -
                                       offsetof(struct chat_room_place, counted));
        struct chat_room *room = (struct chat_room *)place;
        if (now.mono_ms - place->counted_mono_ms < CHAT_PRESENCE_MS)
            return;
        chat_presence_forget(presence, room);
        if (place->uncounted && chat_room_facts(room).members > 0)
            tell_count(presence, room, now);
    }
}

void chat_presence_forget(struct chat_presence *presence, struct chat_room *room)
{
    struct chat_room_place *place = chat_room_place(room);
    if (!place->counts)
        return;
    chat_list_remove(&presence->counted, &place->counted);
    place->counts = false;
}
