/* Whom and where a ban or a mute is of, in words. Any thread. */
#ifndef CHAT_ADMIN_SPELL_H
#define CHAT_ADMIN_SPELL_H

#include "core/sanction.h"

enum { CHAT_SANCTION_TARGET_MAX = 68, CHAT_SANCTION_SCOPE_MAX = 72 };

/* A user's id; an address as people write it, with its bits where they are not all. */
void chat_spell_target(const struct chat_sanction *sanction, char out[CHAT_SANCTION_TARGET_MAX]);

/* `server`, or `room` and its id. */
void chat_spell_scope(const struct chat_sanction *sanction, char out[CHAT_SANCTION_SCOPE_MAX]);

#endif
