/* The configuration read anew while the server runs: what would change, and the change. Files are
 * read on a thread of libuv's pool, the rest is the admin loop's; workers are told by a letter
 * each. The thread of the admin loop. */
#ifndef CHAT_NET_RELOAD_H
#define CHAT_NET_RELOAD_H

#include "net/shared.h"

struct chat_reload;

enum chat_reload_kind {
    CHAT_RELOAD_CHECK,  /* only looks for problems */
    CHAT_RELOAD_DIFFER, /* tells what would change */
    CHAT_RELOAD_APPLY,
};

/* An option that differs. Its texts are those of config/show.h. */
struct chat_reload_change {
    const char *option;
    char *from, *to;
    bool restart; /* it is kept until the server starts anew */
};

struct chat_reload_result {
    bool is_right;   /* nothing is wrong with what was read */
    char **problems; /* one line each */
    size_t n_problems;
    char **warnings; /* lines likewise, or sentences: net/caution.h */
    size_t n_warnings;
    struct chat_reload_change *changes;
    size_t n_changes;
};

/* Returns owned, until `done` has been called or the reload is forgotten. `file` (NULL: those of
 * the start) stands instead of the files that the configuration was made of. `done` comes later,
 * once, when all workers have it; the result is borrowed for the call. */
struct chat_reload *chat_reload_begin(
    struct chatd *chatd, enum chat_reload_kind kind, const char *file,
    void (*done)(void *context, const struct chat_reload_result *result), void *context);
/* `done` does not come any more; what was begun is done all the same. */
void chat_reload_forget(struct chat_reload *reload);

/* The program hears when a configuration is being read to be put into effect, when that is over,
 * and in between, if all goes well, that it is. Before the admin server opens. */
void chat_reload_watch(struct chatd *chatd, void (*reloading)(void *context, bool begins),
                       void (*changed)(void *context), void *context);

/* The admin loop is given up: nothing is applied any more. `ended` is called when nothing of it is
 * under way, maybe at once. */
void chat_reload_end(struct chatd *chatd, void (*ended)(void *context), void *context);

#endif
