/* The admin server: a socket in the file system on which chatctl asks. All on the loop that it is
 * given. */
#ifndef CHAT_ADMIN_SERVER_H
#define CHAT_ADMIN_SERVER_H

#include "core/slice.h"

#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

struct chat_admin;
struct chat_control;
struct chatd;

/* A command that changes something, for the log. All is borrowed for the call. */
struct chat_admin_audit {
    const char *command;
    const char
        *result; /* `ok`, an error's code, or `unknown`: the server ended before it was known */
    uid_t uid;   /* who asked (SO_PEERCRED) */
    pid_t pid;
    const char *user_name; /* of the uid; empty where it has none */
    const struct chat_admin_audit_argument {
        const char *name;
        struct chat_slice value;
    } * arguments; /* those that were given */
    size_t argument_count;
};

struct chat_admin_options {
    struct chatd *chatd; /* for commands that change more than the workers can; may be NULL */
    const char *path;
    mode_t mode;
    const char *group; /* NULL: the process's own */
    const char *version;
    pid_t pid;
    unsigned workers;
    int64_t started_ms; /* since 1970 */
    void (*audit)(void *context, const struct chat_admin_audit *audit);
    void *context;
};

/* Loop's thread, or before it runs. Copies the options. Returns owned, or NULL and a sentence. */
struct chat_admin *chat_admin_create(uv_loop_t *loop, struct chat_control *control,
                                     const struct chat_admin_options *options, char error[256]);

/* Loop's thread. Takes the server: its file is gone and its connections end at once; `done`, which
 * may be NULL, is called when nothing of it is left on the loop. The control must live until the
 * call returns. */
void chat_admin_close(struct chat_admin *admin, void (*done)(void *context), void *context);

#endif
