/* The bounds that the core is given; the configuration fills them in (config → net → here). */
#ifndef CHAT_CORE_LIMITS_H
#define CHAT_CORE_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CHAT_ID_MAX = 64,      /* room_id, user_id: bytes (PROTOCOL §6) */
    CHAT_NAME_MAX = 64,    /* room_name, user_name: code points */
    CHAT_TEXT_MAX = 10240, /* message: bytes after decoding */
    CHAT_REASON_MAX = 256, /* an administrator's text: bytes (PROTOCOL §4) */
    CHAT_KEY_MAX = 64,     /* client_msg_id and the `id` of a request: bytes */
    CHAT_PAGE = 50,        /* `limit` left out (PROTOCOL §6) */
    CHAT_PAGE_MAX = 100,
    CHAT_JSON_DEPTH_MAX = 32, /* PROTOCOL §2 */
    CHAT_WORKERS_MAX = 256,
    CHAT_JOIN_BURST = 20, /* of limits.joins_per_second */
};

struct chat_limits {
    uint32_t room_members_max;  /* rooms.max_members */
    uint64_t linger_ms;         /* rooms.linger */
    uint64_t resume_window_ms;  /* rooms.resume_window; 0: a lost connection leaves at once */
    bool auto_create;           /* rooms.auto_create */
    uint32_t announce_members;  /* rooms.announce_members; 0: everyone, always */
    uint32_t history_size;      /* history.size: events; 0: none */
    uint32_t history_bytes;     /* history.max_bytes, as it is in effect */
    uint64_t history_ttl_ms;    /* history.ttl */
    size_t history_reply_bytes; /* a reply to history ends before */
    uint64_t history_total;     /* this worker's share of history.total */
};

#endif
