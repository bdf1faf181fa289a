/* mute_user (PROTOCOL §3): from mute_success on the user's messages here are message_error/muted,
 * until the time is over or a moderator or an administrator ends it. */
#include "core/mute.h"

enum chat_error chat_request_mute_user(struct chat_call *call)
{
    return chat_mute_ask(call, false);
}
