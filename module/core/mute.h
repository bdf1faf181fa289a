/* A moderator's mute (PROTOCOL §3): asked for here, kept elsewhere, and answered here when it holds
 * on all workers. For request/mute_user.c and unmute_user.c, and whoever implements the port. Home
 * worker. */
#ifndef CHAT_CORE_MUTE_H
#define CHAT_CORE_MUTE_H

#include "core/coordinator.h"

/* The call is completed by its answer. */
enum chat_error chat_mute_ask(struct chat_call *call, bool lifts)
    __attribute__((warn_unused_result));

/* It holds from now until then (0: no end is set) or, with an error, nothing has changed. */
void chat_mute_answer(struct chat_coordinator *coordinator, const struct chat_call *call,
                      enum chat_error error, int64_t expires_ms);

#endif
