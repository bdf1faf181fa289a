/* What moderators change for longer than a moment: written by the state first, then made to hold on
 * all workers, then answered to the home that asked. Admin loop. */
#ifndef CHAT_NET_MODERATION_H
#define CHAT_NET_MODERATION_H

#include "core/limits.h"

struct chatd;

/* What a call has in strings that asks for a change: ids, names, a reason. */
enum {
    CHAT_MODERATION_STRINGS_MAX =
        3 * CHAT_ID_MAX + 4 * CHAT_NAME_MAX + CHAT_REASON_MAX + 6 * CHAT_KEY_MAX + 2
};

/* From here on what moderators ask for is taken; the control is there, and the state has its loop.
 */
void chat_moderation_open(struct chatd *chatd);
/* Nothing more is taken. `closed` comes later, when all that was has been answered, as a worker
 * that stops waits for the answers; until then the control and the state stay. */
void chat_moderation_close(struct chatd *chatd, void (*closed)(void *context), void *context);

#endif
