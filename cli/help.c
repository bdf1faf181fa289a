/* Usage lines and descriptions by the rows of the tables. */
#include "help.h"

#include <string.h>

enum { FIRST_COLUMN = 34 };

/* `kick USER [--room ROOM] [--reason TEXT]`; returns its length. */
static size_t put_usage(FILE *out, const struct chat_catalog_command *command)
{
    size_t count = 0;
    const struct chat_argument_row *rows = chat_catalog_arguments(command->name, &count);
    int used = fprintf(out, "%s", command->words);

    for (size_t i = 0; i < count; i++) {
        if (rows[i].use == CHAT_USE_OPTION)
            used += fprintf(out, " [--%s%s%s]", rows[i].name, rows[i].text[0] == '\0' ? "" : " ",
                            rows[i].text);
        else
            used += fprintf(out,
                            rows[i].use == CHAT_USE_REQUIRED   ? " %s"
                            : rows[i].use == CHAT_USE_REPEATED ? " [%s…]"
                                                               : " [%s]",
                            rows[i].text);
    }
    return (size_t)used;
}

/* The second column, on the next line where the first one is too long. */
static void put_second(FILE *out, size_t used, const char *text)
{
    if (used + 2 > FIRST_COLUMN)
        fprintf(out, "\n%*s%s\n", FIRST_COLUMN, "", text);
    else
        fprintf(out, "%*s%s\n", (int)(FIRST_COLUMN - used), "", text);
}

static void put_options(FILE *out)
{
    static const struct {
        char letter;
        const char *word, *value, *doc;
    } options[] = {
#define OPTION(name, letter, word, value, doc) {letter, word, value, doc},
#include "option.def"
    };

    fputs("\nOptions, before or after the command:\n", out);
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        int used = fprintf(out, "  -%c, %s%s%s", options[i].letter, options[i].word,
                           options[i].value[0] == '\0' ? "" : " ", options[i].value);
        put_second(out, (size_t)used, options[i].doc);
    }
}

static void put_rest(FILE *out)
{
    fputs("\nThe socket: -s, else $CHATD_SOCKET, else /run/chatd/admin.sock, else that of "
          "packaging/run.\n\nExit codes, as in sysexits.h:\n",
          out);
#define EXIT(code, meaning) fprintf(out, "  %-3d %s\n", code, meaning);
#include "option.def"
}

static void put_command(FILE *out, const struct chat_catalog_command *command)
{
    size_t count = 0;
    const struct chat_argument_row *rows = chat_catalog_arguments(command->name, &count);

    fputs("usage: chatctl [OPTION]… ", out);
    put_usage(out, command);
    fprintf(out, "\n\n%s\n", command->doc);
    if (count > 0)
        putc('\n', out);
    for (size_t i = 0; i < count; i++) {
        int used = rows[i].use == CHAT_USE_OPTION
                       ? fprintf(out, "  --%s%s%s", rows[i].name,
                                 rows[i].text[0] == '\0' ? "" : " ", rows[i].text)
                       : fprintf(out, "  %s", rows[i].text);
        put_second(out, (size_t)used, rows[i].doc);
    }
}

void chat_help_put(FILE *out, const struct chat_catalog_command *command)
{
    if (command != NULL) {
        put_command(out, command);
        return;
    }
    fputs("usage: chatctl [OPTION]… COMMAND [ARGUMENT]…\n\n"
          "Asks a running chatd, or changes it.\n\nCommands:\n",
          out);
    for (size_t i = 0; i < chat_catalog_command_count; i++) {
        fputs("  ", out);
        put_second(out, put_usage(out, &chat_catalog_commands[i]) + 2,
                   chat_catalog_commands[i].doc);
    }
    put_options(out);
    put_rest(out);
}
