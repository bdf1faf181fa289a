/* What the admin tables say, as chatctl needs it: commands, arguments, columns, errors. */
#ifndef CHAT_CLI_CATALOG_H
#define CHAT_CLI_CATALOG_H

#include "admin/rows.h"

#include <stdbool.h>

enum { CHAT_CATALOG_ARGUMENTS_MAX = 8 };

struct chat_catalog_command {
    const char *name, *words; /* in the tables; as it is typed and sent */
    enum chat_command_place place;
    const char *doc;
};

struct chat_catalog_column {
    const char *command, *list, *heading, *key;
    enum chat_column_kind kind;
};

struct chat_catalog_error {
    const char *code;
    int exit_code;
    const char *hint;
};

/* All commands in the order of the table. */
extern const struct chat_catalog_command chat_catalog_commands[];
extern const size_t chat_catalog_command_count;

/* The command that is typed as the first word or, where it has two, as both. `second` may be NULL.
 * NULL: there is none. */
const struct chat_catalog_command *chat_catalog_find(const char *first, const char *second);
/* The first of those that have two words, of which this is the first; or NULL. */
const struct chat_catalog_command *chat_catalog_begins(const char *first);

/* The rows of a command, or its columns in all lists, list after list; `*ret_count` of them. */
const struct chat_argument_row *chat_catalog_arguments(const char *command, size_t *ret_count);
const struct chat_catalog_column *chat_catalog_columns(const char *command, size_t *ret_count);

/* The first option of this name, the dashes left out, that some command has; options of one name
 * are of one type. NULL: none has it. */
const struct chat_argument_row *chat_catalog_option(const char *name, size_t length);

/* NULL: a code that this version doesn't know. */
const struct chat_catalog_error *chat_catalog_error(const char *code);

#endif
