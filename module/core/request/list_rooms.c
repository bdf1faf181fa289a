/* list_rooms (PROTOCOL §3): home by home in their order, the rooms of each by order of creation.
 * The request travels with the page, and the home at which that ends answers it. So a room that
 * lives throughout the listing has one place in it. */
#include "core/listing.h"

/* False: the page is full, and there is more. */
static bool fill(struct chat_call *call, uint64_t after)
{
    struct chat_place *place;
    while ((place = chat_order_after(chat_coordinator_order(call->coordinator), after)) != NULL) {
        struct chat_room_facts facts = chat_room_facts(chat_room_at(place));
        struct chat_page_row row = {.id = facts.id, .name = facts.name, .members = facts.members};
        if (!chat_listing_show(call, &row))
            return false;
        call->listing.last = facts.key;
        after = place->serial;
    }
    return true;
}

static void answer(struct chat_call *call, bool more)
{
    struct chat_port *port = chat_coordinator_port(call->coordinator);
    char cursor[CHAT_CURSOR_LENGTH];
    struct chat_event reply = {.type = CHAT_EVENT_room_list,
                               .id = call->request->id,
                               .rows = chat_listing_rows(call),
                               .total = port->rooms(port)};
    if (more)
        reply.next =
            chat_listing_next(call, (struct chat_page_end){.at = call->listing.last}, cursor);
    port->reply(port, call->from, &reply);
}

enum chat_error chat_request_list_rooms(struct chat_call *call)
{
    const struct chat_coordinator_spec *spec = chat_coordinator_spec(call->coordinator);
    struct chat_page_end from;

    if (!chat_listing_begin(call, &from) || from.of != 0)
        return CHAT_E_PAYLOAD_BAD_CHARACTERS;
    if (!spec->limits.listed)
        return CHAT_E_MESSAGE_FORBIDDEN;
    unsigned first = chat_room_key_home(from.at);
    if (!call->listing.begun && first != spec->worker) {
        chat_listing_pass(call, first);
        return CHAT_OK;
    }
    bool done = fill(call, spec->worker == first ? chat_room_key_serial(from.at) : 0);
    if (done && spec->worker + 1 < spec->workers)
        chat_listing_pass(call, spec->worker + 1);
    else
        answer(call, !done);
    return CHAT_OK;
}
