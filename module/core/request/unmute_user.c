/* unmute_user (PROTOCOL §3): ends a mute of this room, whoever gave it. */
#include "core/mute.h"

enum chat_error chat_request_unmute_user(struct chat_call *call)
{
    return chat_mute_ask(call, true);
}
