/* The arithmetic between what is configured and what the core holds to. */
#include "net/limits.h"

enum { HISTORY_REPLY_BYTES = 256 * 1024 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* A text fits into a message even when each of its bytes is escaped; where messages are so small
 * that their other members count, half of them is for the text. */
static size_t message_size(const struct chat_config *config)
{
    enum { ESCAPED = 6, MEMBERS_BYTES = 2048 };
    size_t whole = config->websocket_max_message_size, half = whole / 2;
    size_t room = half >= MEMBERS_BYTES ? whole - MEMBERS_BYTES : half;
    return least(config->validation_message_size, room / ESCAPED);
}

struct chat_limits chat_limits_of(const struct chat_config *config, unsigned workers)
{
    return (struct chat_limits){
        .message_size = (uint32_t)message_size(config),
        .page = config->validation_page,
        .room_members_max = config->rooms_max_members,
        .linger_ms = config->rooms_linger_ms,
        .resume_window_ms = config->rooms_resume_window_ms,
        .auto_create = config->rooms_auto_create,
        .listed = config->rooms_listed,
        .announce_members = config->rooms_announce_members,
        .history_size = config->history_size,
        .history_ttl_ms = config->history_ttl_ms,
        .history_total = config->history_total / workers,
        /* Whoever may be given all of it at once has half of its queue free (DESIGN, inbound). */
        .history_bytes =
            (uint32_t)least(config->history_max_bytes, config->limits_outbound_queue / 2),
        .history_reply_bytes = least(HISTORY_REPLY_BYTES, config->limits_outbound_queue / 4),
    };
}
