/* history (PROTOCOL §4): the newest messages that the room holds before a seq, as their frames
 * stand in it. */
#include "core/coordinator.h"

/* What of a reply may be messages: it ends before its bound (PROTOCOL §4). */
static size_t room_for_messages(const struct chat_call *call)
{
    enum { SHAPE_MAX = 256 }; /* names, epoch, more */
    size_t bound = chat_coordinator_limits(call->coordinator)->history_reply_bytes;
    size_t rest = SHAPE_MAX + call->request->id.length + call->request->room_id.length;
    return bound > rest ? bound - rest : 0;
}

enum chat_error chat_request_history(struct chat_call *call)
{
    const struct chat_request *request = call->request;
    struct chat_port *port = chat_coordinator_port(call->coordinator);
    struct chat_room *room;
    struct chat_member *member = chat_call_seated(call, &room);
    char epoch[CHAT_TOKEN_LENGTH];

    if (member == NULL)
        return CHAT_E_MESSAGE_NOT_IN_ROOM;
    struct chat_event reply = {.type = CHAT_EVENT_history,
                               .id = request->id,
                               .room_id = request->room_id,
                               .epoch = chat_call_epoch(call, room, epoch)};
    uint32_t limit = request->limit != 0 ? (uint32_t)request->limit
                                         : chat_coordinator_limits(call->coordinator)->page;
    bool more = chat_room_page(room, (uint64_t)request->before, limit, room_for_messages(call),
                               call->now.mono_ms, &reply.frames);
    reply.more = chat_flag(more);
    port->reply(port, call->from, &reply);
    return CHAT_OK;
}
