/* What a right configuration promises and does not hold: an option that another one narrows, or
 * that the system has no means for. Pure; any thread. */
#ifndef CHAT_NET_CAUTION_H
#define CHAT_NET_CAUTION_H

#include "config/config.h"

/* Calls `caution` with a sentence for each; borrowed for the call. `files`: how many the process
 * may have open. */
void chat_caution_tell(const struct chat_config *config, uint64_t files,
                       void (*caution)(void *context, const char *sentence), void *context);

#endif
