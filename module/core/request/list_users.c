/* list_users (PROTOCOL §3): a room's users by order of joining, to whoever is one of them. */
#include "core/listing.h"

/* Returns the serial of the last one shown, or 0 when all are. */
static uint64_t fill(struct chat_call *call, struct chat_room *room, uint64_t after)
{
    struct chat_place *place;
    while ((place = chat_order_after(chat_room_order(room), after)) != NULL) {
        const struct chat_member *member = chat_member_at(place);
        struct chat_page_row row = {.id = chat_member_id(member), .name = chat_member_name(member)};
        if (!chat_listing_show(call, &row))
            return after;
        after = place->serial;
    }
    return 0;
}

enum chat_error chat_request_list_users(struct chat_call *call)
{
    struct chat_port *port = chat_coordinator_port(call->coordinator);
    struct chat_room *room;
    struct chat_member *member = chat_call_seated(call, &room);
    struct chat_page_end from;
    char cursor[CHAT_CURSOR_LENGTH];

    if (!chat_listing_begin(call, &from))
        return CHAT_E_PAYLOAD_BAD_CHARACTERS;
    if (member == NULL)
        return CHAT_E_MESSAGE_NOT_IN_ROOM;
    struct chat_room_facts facts = chat_room_facts(room);
    if (from.at != 0 && from.of != facts.key)
        return CHAT_E_PAYLOAD_BAD_CHARACTERS; /* made for another room */

    uint64_t last = fill(call, room, from.at);
    struct chat_event reply = {.type = CHAT_EVENT_user_list,
                               .id = call->request->id,
                               .room_id = facts.id,
                               .rows = chat_listing_rows(call),
                               .total = facts.members};
    if (last != 0)
        reply.next = chat_listing_next(call, (struct chat_page_end){facts.key, last}, cursor);
    port->reply(port, call->from, &reply);
    return CHAT_OK;
}
