/* What was typed: chatctl's options, the command and its arguments. */
#ifndef CHAT_CLI_INVOCATION_H
#define CHAT_CLI_INVOCATION_H

#include "catalog.h"

#include <stdint.h>

enum chat_output { CHAT_OUTPUT_AUTO, CHAT_OUTPUT_TABLE, CHAT_OUTPUT_TSV, CHAT_OUTPUT_JSON };

enum { CHAT_INVOCATION_WHY_MAX = 256 };

/* Strings are borrowed from the arguments. */
struct chat_invocation {
    const char *socket; /* NULL: not given */
    enum chat_output output;
    bool no_header, quiet, help, version;
    int64_t timeout_ms;
    const struct chat_catalog_command *command;     /* NULL: none, with help or version only */
    const struct chat_catalog_command *topic;       /* what help is asked about, or NULL */
    const char *values[CHAT_CATALOG_ARGUMENTS_MAX]; /* of the command's rows; NULL: left out */
    char joined[CHAT_ADMIN_PATTERNS_MAX + 1];       /* the one that may be repeated */
};

/* Options may stand before or after the command, `--` ends them. Returns 0, or an exit code and a
 * sentence. */
int chat_invocation_read(int count, char *const *words, struct chat_invocation *ret_invocation,
                         char ret_why[CHAT_INVOCATION_WHY_MAX]);

/* What was typed for the command's argument of this name; NULL: it was left out. */
const char *chat_invocation_value(const struct chat_invocation *invocation, const char *name);

/* `5s`, `500ms` …: from 1 ms to `most_ms`. Returns false for anything else. */
bool chat_invocation_read_time(const char *text, int64_t most_ms, int64_t *ret_ms);

#endif
