/* The core's limits, from the configuration: where two options bound the same thing the narrower
 * one counts. Pure; any thread. */
#ifndef CHAT_NET_LIMITS_H
#define CHAT_NET_LIMITS_H

#include "config/config.h"
#include "core/limits.h"

/* For one of so many workers. */
struct chat_limits chat_limits_of(const struct chat_config *config, unsigned workers);

#endif
