/* The command line of chatd. */
#ifndef CHAT_HOST_ARGUMENTS_H
#define CHAT_HOST_ARGUMENTS_H

#include <stdbool.h>

enum chat_mode { CHAT_MODE_SERVE, CHAT_MODE_CHECK, CHAT_MODE_HELP, CHAT_MODE_VERSION };

struct chat_arguments {
    enum chat_mode mode;
    const char *file; /* NULL: the default, which may be missing */
    const char **settings;
    int n_settings;
};

/* False: a usage error, which has been said on stderr. The arguments borrow from argv. */
bool chat_arguments_read(int argc, char **argv, struct chat_arguments *ret_arguments);
void chat_arguments_finish(struct chat_arguments *arguments);
void chat_arguments_usage(void);

#endif
