/* From a line's members to the values of the command's rows. */
#include "admin/asked.h"

#include "admin/line.h"
#include "admin/must.h"

#include <stdio.h>
#include <stdlib.h>

/* Copies a value's text behind what the strings hold already. */
static struct chat_slice keep(char **at, struct chat_slice text)
{
    struct chat_slice kept = {memcpy(*at, text.bytes, text.length), text.length};

    (*at)[text.length] = '\0';
    *at += text.length + 1;
    return kept;
}

/* The row that a member of `args` is for, or the number of rows. */
static size_t row_of(const struct chat_command_arguments *arguments,
                     const struct chat_line_member *member)
{
    struct chat_slice name = {member->name, member->name_length};
    size_t i = 0;

    while (i < arguments->count &&
           !chat_slice_equal(
               (struct chat_slice){arguments->rows[i].name, strlen(arguments->rows[i].name)}, name))
        i++;
    return i;
}

/* An unknown member is refused: `{"rom": …}` must not make a kick one from the whole server. */
static enum chat_admin_error take_member(struct chat_asked *asked, char **at,
                                         const struct chat_line_member *member,
                                         char why[CHAT_ARGUMENT_WHY_MAX])
{
    struct chat_command_arguments *arguments = &asked->arguments;
    size_t i = row_of(arguments, member);

    if (i == arguments->count) {
        snprintf(why, CHAT_ARGUMENT_WHY_MAX, "%s has no argument %.*s", asked->row->words,
                 (int)member->name_length, member->name);
        return CHAT_ADMIN_E_USAGE;
    }
    enum chat_admin_error error = chat_argument_check(&arguments->rows[i], &member->value, why);
    if (error == CHAT_ADMIN_OK)
        arguments->values[i] = keep(at, member->value.text);
    return error;
}

static enum chat_admin_error find_missing(const struct chat_asked *asked,
                                          char why[CHAT_ARGUMENT_WHY_MAX])
{
    const struct chat_command_arguments *arguments = &asked->arguments;

    for (size_t i = 0; i < arguments->count; i++)
        if (arguments->rows[i].use == CHAT_USE_REQUIRED && arguments->values[i].bytes == NULL) {
            snprintf(why, CHAT_ARGUMENT_WHY_MAX, "%s needs the argument %s", asked->row->words,
                     arguments->rows[i].name);
            return CHAT_ADMIN_E_USAGE;
        }
    return CHAT_ADMIN_OK;
}

/* All strings that are kept fit into one allocation. */
static char *keep_id(struct chat_asked *asked, const struct chat_line *line)
{
    size_t length = line->id.text.length + 1;

    for (size_t i = 0; i < line->count; i++)
        length += line->members[i].value.text.length + 1;
    char *at = asked->strings = chat_must(malloc(length));
    asked->id.kind = line->id.kind;
    if (line->id.kind != CHAT_JSON_ABSENT)
        asked->id.text = keep(&at, line->id.text);
    return at;
}

static enum chat_admin_error take_command(struct chat_asked *asked, const struct chat_line *line,
                                          char *at, char why[CHAT_ARGUMENT_WHY_MAX])
{
    struct chat_command_arguments *arguments = &asked->arguments;

    asked->row = chat_command_find(line->command);
    if (asked->row == NULL)
        return CHAT_ADMIN_E_UNKNOWN_COMMAND;
    arguments->rows = chat_argument_rows(asked->row->name, &arguments->count);
    for (size_t i = 0; i < line->count; i++) {
        enum chat_admin_error error = take_member(asked, &at, &line->members[i], why);
        if (error != CHAT_ADMIN_OK)
            return error;
    }
    return find_missing(asked, why);
}

enum chat_admin_error chat_asked_read(struct chat_asked *asked, struct chat_json_reader *reader,
                                      struct chat_slice line, char why[CHAT_ARGUMENT_WHY_MAX],
                                      const char **ret_sentence)
{
    struct chat_line parts;
    const char *sentence = "";
    enum chat_admin_error error = chat_line_read(reader, line, &parts, &sentence);
    char *at = keep_id(asked, &parts);

    *ret_sentence = error == CHAT_ADMIN_OK ? why : sentence;
    return error == CHAT_ADMIN_OK ? take_command(asked, &parts, at, why) : error;
}

void chat_asked_finish(struct chat_asked *asked)
{
    free(asked->strings);
    *asked = (struct chat_asked){.row = NULL};
}
