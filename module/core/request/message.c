/* message (PROTOCOL §3, §5): numbered by the room, acknowledged when the request has an id, then
 * told to every member, the sender included, and held. What the room still holds from the same user
 * under the same client_msg_id is acknowledged once more and not repeated. */
#include "core/coordinator.h"

/* Names what the user calls the message, by a keyed hash of 64 bits: nobody can aim at another's,
 * and among those that a room holds two don't meet by chance. 0 names none. */
static uint64_t key_of(const struct chat_call *call, struct chat_slice client_msg_id)
{
    char text[CHAT_ID_MAX + 1 + CHAT_KEY_MAX];
    size_t length = call->user.length;

    if (client_msg_id.bytes == NULL)
        return 0;
    memcpy(text, call->user.bytes, length);
    text[length++] = '\0'; /* in no user_id */
    memcpy(text + length, client_msg_id.bytes, client_msg_id.length);
    uint64_t key = chat_call_hash(call, (struct chat_slice){text, length + client_msg_id.length});
    return key != 0 ? key : 1;
}

static void acknowledge(const struct chat_call *call, uint64_t seq, bool duplicate)
{
    struct chat_port *port = chat_coordinator_port(call->coordinator);
    struct chat_event event = {.type = CHAT_EVENT_message_ack,
                               .id = call->request->id,
                               .room_id = call->request->room_id,
                               .seq = (int64_t)seq,
                               .duplicate = duplicate ? CHAT_FLAG_TRUE : CHAT_FLAG_ABSENT};
    if (event.id.length != 0)
        port->reply(port, call->from, &event);
}

enum chat_error chat_request_message(struct chat_call *call)
{
    const struct chat_request *request = call->request;
    struct chat_port *port = chat_coordinator_port(call->coordinator);
    struct chat_room *room;
    struct chat_member *member = chat_call_seated(call, &room);

    if (member == NULL)
        return CHAT_E_MESSAGE_NOT_IN_ROOM;
    if (request->message.length == 0)
        return CHAT_E_MESSAGE_EMPTY;
    if (request->message.length > chat_coordinator_limits(call->coordinator)->message_size)
        return CHAT_E_MESSAGE_TOO_LARGE;
    if ((call->rights & CHAT_IS_MUTED) != 0)
        return CHAT_E_MESSAGE_MUTED;
    if ((call->rights & CHAT_MAY_SEND) == 0)
        return CHAT_E_MESSAGE_FORBIDDEN;

    uint64_t key = key_of(call, request->client_msg_id);
    uint64_t seq = chat_room_said(room, key, call->now.mono_ms);
    if (seq != 0) {
        acknowledge(call, seq, true);
        return CHAT_OK;
    }
    seq = chat_room_say(room, call->now.wall_ms);
    acknowledge(call, seq, false);
    struct chat_event event = {.type = CHAT_EVENT_new_message,
                               .room_id = request->room_id,
                               .user_id = chat_member_id(member),
                               .user_name = chat_member_name(member),
                               .message = request->message,
                               .client_msg_id = request->client_msg_id,
                               .seq = (int64_t)seq,
                               .time_ms = call->now.wall_ms};
    struct chat_slice frame = port->broadcast(port, room, call->from, &event);
    chat_room_keep(room, frame, key, call->now.mono_ms);
    return CHAT_OK;
}
