/* A server message before it is encoded. proto/event.c alone knows how it is spelled. */
#ifndef CHAT_CORE_EVENT_H
#define CHAT_CORE_EVENT_H

#include "core/slice.h"

#include <stdint.h>

enum chat_event_type {
#define EVENT(name, doc) CHAT_EVENT_##name,
#include "core/event.def"
    CHAT_EVENTS
};

enum chat_flag { CHAT_FLAG_ABSENT, CHAT_FLAG_FALSE, CHAT_FLAG_TRUE };

static inline enum chat_flag chat_flag(bool is_true)
{
    return is_true ? CHAT_FLAG_TRUE : CHAT_FLAG_FALSE;
}

/* All slices are borrowed for the call. Which members count is in event.def. */
struct chat_event {
    enum chat_event_type type;
    struct chat_slice id; /* the JSON text of the request's id; none: length 0 */
    struct chat_slice room_id, room_name, user_id, user_name, message, client_msg_id, next;
    struct chat_slice epoch, session, code, reason;
    struct chat_run frames;
    enum chat_flag recovered, duplicate, more;
    struct chat_slice rows; /* packed (core/page.h) */
    int64_t seq, oldest_seq, members, total, retry_after_ms;
    int64_t time_ms; /* since 1970, UTC */
};

#endif
