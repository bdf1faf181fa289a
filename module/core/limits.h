/* The bounds that the core is given; the configuration fills them in (config → net → here). */
#ifndef CHAT_CORE_LIMITS_H
#define CHAT_CORE_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CHAT_ID_MAX = 64,         /* what validation.id_length may be at most: bytes */
    CHAT_NAME_MAX = 64,       /* and validation.name_length: code points */
    CHAT_REASON_MAX = 256,    /* an administrator's text: bytes (PROTOCOL §4) */
    CHAT_NOTICE_MAX = 10240,  /* and what one says to a room or to everyone */
    CHAT_KEY_MAX = 64,        /* client_msg_id and the `id` of a request: bytes */
    CHAT_BEARER_MAX = 8192,   /* token: bytes (PROTOCOL §5) */
    CHAT_JSON_DEPTH_MAX = 32, /* PROTOCOL §2 */
    CHAT_WORKERS_MAX = 256,
    CHAT_JOIN_BURST = 20, /* of limits.joins_per_second */
};

/* Of payload members (PROTOCOL §6). */
struct chat_bounds {
    uint32_t id_length;        /* validation.id_length: bytes */
    uint32_t name_length;      /* validation.name_length: code points */
    uint32_t page_max;         /* validation.page_max */
    uint32_t room_members_max; /* rooms.max_members */
    uint32_t history_size;     /* history.size */
};

struct chat_limits {
    uint32_t message_size;      /* validation.message_size, as it is in effect: bytes */
    uint32_t page;              /* validation.page: a `limit` that is left out */
    uint32_t room_members_max;  /* rooms.max_members */
    uint64_t linger_ms;         /* rooms.linger */
    uint64_t resume_window_ms;  /* rooms.resume_window; 0: a lost connection leaves at once */
    bool auto_create;           /* rooms.auto_create */
    bool listed;                /* rooms.listed */
    uint32_t announce_members;  /* rooms.announce_members; 0: everyone, always */
    uint32_t history_size;      /* history.size: events; 0: none */
    uint32_t history_bytes;     /* history.max_bytes, as it is in effect */
    uint64_t history_ttl_ms;    /* history.ttl */
    size_t history_reply_bytes; /* a reply to history ends before */
    uint64_t history_total;     /* this worker's share of history.total */
};

#endif
