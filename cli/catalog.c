/* The rows of the admin tables, read as chatctl needs them. */
#include "catalog.h"

#include <string.h>

const struct chat_catalog_command chat_catalog_commands[] = {
#define COMMAND(name, words, place, effect, doc) {#name, words, CHAT_PLACE_##place, doc},
#include "admin/command.def"
};
const size_t chat_catalog_command_count =
    sizeof(chat_catalog_commands) / sizeof(chat_catalog_commands[0]);

static const struct chat_argument_row argument_rows[] = {
#define ARGUMENT(command, name, use, type, text, doc)                                              \
    {#command, #name, CHAT_USE_##use, CHAT_TYPE_##type, text, doc},
#include "admin/command.def"
};
enum { ARGUMENTS = sizeof(argument_rows) / sizeof(argument_rows[0]) };

static const struct chat_catalog_column column_rows[] = {
#define COLUMN(command, list, heading, key, kind, record, member)                                  \
    {#command, #list, heading, #key, CHAT_COLUMN_##kind},
#include "admin/column.def"
};
enum { COLUMNS = sizeof(column_rows) / sizeof(column_rows[0]) };

static const struct chat_catalog_error error_rows[] = {
#define ADMIN_ERROR(symbol, code, exit_code, sentence, hint) {#code, exit_code, hint},
#include "admin/error.def"
};

/* Whether the command is typed as the first, or as the first and the second. */
static bool is_typed(const struct chat_catalog_command *command, const char *first,
                     const char *second)
{
    size_t length = strlen(first);
    const char *rest = command->words + length;

    if (strncmp(command->words, first, length) != 0)
        return false;
    return *rest == '\0' || (*rest == ' ' && second != NULL && strcmp(rest + 1, second) == 0);
}

const struct chat_catalog_command *chat_catalog_find(const char *first, const char *second)
{
    for (size_t i = 0; i < chat_catalog_command_count; i++)
        if (is_typed(&chat_catalog_commands[i], first, second))
            return &chat_catalog_commands[i];
    return NULL;
}

const struct chat_catalog_command *chat_catalog_begins(const char *first)
{
    size_t length = strlen(first);

    for (size_t i = 0; i < chat_catalog_command_count; i++)
        if (strncmp(chat_catalog_commands[i].words, first, length) == 0 &&
            chat_catalog_commands[i].words[length] == ' ')
            return &chat_catalog_commands[i];
    return NULL;
}

const struct chat_argument_row *chat_catalog_arguments(const char *command, size_t *ret_count)
{
    size_t first = 0, end;

    while (first < ARGUMENTS && strcmp(argument_rows[first].command, command) != 0)
        first++;
    for (end = first; end < ARGUMENTS && strcmp(argument_rows[end].command, command) == 0;)
        end++;
    *ret_count = end - first;
    return argument_rows + first;
}

const struct chat_catalog_column *chat_catalog_columns(const char *command, size_t *ret_count)
{
    size_t first = 0, end;

    while (first < COLUMNS && strcmp(column_rows[first].command, command) != 0)
        first++;
    for (end = first; end < COLUMNS && strcmp(column_rows[end].command, command) == 0;)
        end++;
    *ret_count = end - first;
    return column_rows + first;
}

const struct chat_argument_row *chat_catalog_option(const char *name, size_t length)
{
    for (size_t i = 0; i < ARGUMENTS; i++)
        if (argument_rows[i].use == CHAT_USE_OPTION && strlen(argument_rows[i].name) == length &&
            memcmp(argument_rows[i].name, name, length) == 0)
            return &argument_rows[i];
    return NULL;
}

const struct chat_catalog_error *chat_catalog_error(const char *code)
{
    for (size_t i = 0; i < sizeof(error_rows) / sizeof(error_rows[0]); i++)
        if (strcmp(error_rows[i].code, code) == 0)
            return &error_rows[i];
    return NULL;
}
