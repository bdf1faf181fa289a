/* The bounds that the core is given; the configuration fills them in (config → net → here). */
#ifndef CHAT_CORE_LIMITS_H
#define CHAT_CORE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    CHAT_ID_MAX = 64,         /* room_id, user_id: bytes (PROTOCOL §6) */
    CHAT_NAME_MAX = 64,       /* room_name, user_name: code points */
    CHAT_TEXT_MAX = 10240,    /* message: bytes after decoding */
    CHAT_REASON_MAX = 256,    /* an administrator's text: bytes (PROTOCOL §4) */
    CHAT_KEY_MAX = 64,        /* client_msg_id and the `id` of a request: bytes */
    CHAT_JSON_DEPTH_MAX = 32, /* PROTOCOL §2 */
    CHAT_WORKERS_MAX = 256,
    CHAT_JOIN_BURST = 20, /* of limits.joins_per_second */
};

struct chat_limits {
    uint32_t room_members_max; /* rooms.max_members */
    uint64_t linger_ms;        /* rooms.linger */
    uint64_t resume_window_ms; /* rooms.resume_window; 0: a lost connection leaves at once */
    bool auto_create;          /* rooms.auto_create */
};

#endif
