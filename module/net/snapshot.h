/* A configuration as a whole: what was read, and what was made of it while problems could still be
 * told. Filled by one thread, immutable once it is checked: then any thread. The struct behind
 * chatd.h's `struct chatd_config`. */
#ifndef CHAT_NET_SNAPSHOT_H
#define CHAT_NET_SNAPSHOT_H

#include "auth/auth.h"
#include "chatd.h"
#include "config/config.h"

struct chatd_config {
    struct chat_config config; /* first */
    struct chat_auth *auth;    /* the keys of what was read; NULL until it is checked */
};

#endif
