/* A configuration as a whole: what was read, what was made of it while problems could still be
 * told, and how it was read, so that it can be read again. Filled by one thread; once it is checked
 * it is immutable and counted: any thread. The struct behind chatd.h's `struct chatd_config`. */
#ifndef CHAT_NET_SNAPSHOT_H
#define CHAT_NET_SNAPSHOT_H

#include "auth/auth.h"
#include "chatd.h"
#include "config/config.h"
#include "net/certificate.h"

#include <stdatomic.h>

enum chat_snapshot_kind {
    CHAT_SNAPSHOT_FILE,
    CHAT_SNAPSHOT_FILE_IF_THERE,
    CHAT_SNAPSHOT_SETTING,
};

struct chatd_config {
    struct chat_config config; /* first */
    struct chat_auth *auth;    /* the keys of what was read; NULL until it is checked */
    struct chat_certificates *certificates; /* likewise */
    struct chat_snapshot_step {
        enum chat_snapshot_kind kind;
        char *text; /* a path, or an assignment */
    } * steps;
    size_t n_steps;
    atomic_uint references;
};

/* Shares. The last one that lets go frees it. */
struct chatd_config *chat_snapshot_ref(struct chatd_config *config);
void chat_snapshot_unref(struct chatd_config *config);

/* Returns owned: what the same files and settings say now, checked; instead of its files
 * `file` where that is not NULL. *ret_is_right: there were no problems. Reads files: no worker's
 * thread. */
struct chatd_config *chat_snapshot_again(const struct chatd_config *config, const char *file,
                                         chatd_problem_cb *problem, void *context,
                                         bool *ret_is_right);

#endif
