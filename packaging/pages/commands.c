/* chatctl(1): its options, the commands and what they answer; and the same rows for a shell. */
#include "catalog.h"
#include "pages.h"

#include <string.h>

/* What is typed for an argument, or behind the name of an option; nothing behind a flag's. */
static void put_value(FILE *out, const struct chat_argument_row *row)
{
    if (row->text[0] == '\0')
        return;
    fputs(row->use == CHAT_USE_OPTION ? " Ar " : "Ar ", out);
    chat_pages_argument(out, row->text);
}

static void put_usage(FILE *out, const struct chat_catalog_command *command)
{
    size_t count = 0;
    const struct chat_argument_row *rows = chat_catalog_arguments(command->name, &count);

    fprintf(out, ".It Xo Ic %s\n", command->words);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].use == CHAT_USE_OPTION)
            fprintf(out, ".Op Fl Fl %s", rows[i].name);
        else
            fprintf(out, rows[i].use == CHAT_USE_REQUIRED ? "." : ".Op ");
        put_value(out, &rows[i]);
        fputs(rows[i].use == CHAT_USE_REPEATED ? " ...\n" : "\n", out);
    }
    fputs(".Xc\n", out);
}

static void put_arguments(FILE *out, const char *command)
{
    size_t count = 0;
    const struct chat_argument_row *rows = chat_catalog_arguments(command, &count);

    if (count == 0)
        return;
    fputs(".Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < count; i++) {
        fputs(".It ", out);
        if (rows[i].use == CHAT_USE_OPTION)
            fprintf(out, "Fl Fl %s", rows[i].name);
        put_value(out, &rows[i]);
        putc('\n', out);
        chat_pages_text(out, rows[i].doc);
        fputs(".\n", out);
    }
    fputs(".El\n", out);
}

/* A sentence for each list of the answer, and one for what is said once. */
static void put_columns(FILE *out, const char *command)
{
    size_t count = 0;
    const struct chat_catalog_column *rows = chat_catalog_columns(command, &count);
    const char *list = "";

    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].list, list) != 0) {
            if (i > 0)
                fputs(".\n", out);
            list = rows[i].list;
            if (strcmp(list, "self") == 0)
                fputs("It answers ", out);
            else
                fprintf(out, "Of each of the\n.Em %s\nit says ", list);
        } else {
            fputs(", ", out);
        }
        fputs(rows[i].heading, out);
    }
    if (count > 0)
        fputs(".\n", out);
}

void chat_pages_commands(FILE *out)
{
    fputs(".Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < chat_catalog_command_count; i++) {
        const struct chat_catalog_command *command = &chat_catalog_commands[i];
        put_usage(out, command);
        chat_pages_text(out, command->doc);
        putc('\n', out);
        put_columns(out, command->name);
        put_arguments(out, command->name);
    }
    fputs(".El\n", out);
}

static const struct {
    char letter;
    const char *word, *value, *doc;
} options[] = {
#define OPTION(name, letter, word, value, doc) {letter, word, value, doc},
#include "option.def"
};
enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

void chat_pages_own_options(FILE *out)
{
    fputs(".Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < OPTIONS; i++) {
        fprintf(out, ".It Fl %c , Fl \\-", options[i].letter);
        fputs(options[i].word + 2, out);
        if (options[i].value[0] != '\0') {
            fputs(" Ar ", out);
            chat_pages_argument(out, options[i].value);
        }
        putc('\n', out);
        chat_pages_text(out, options[i].doc);
        fputs(".\n", out);
    }
    fputs(".El\n", out);
}

void chat_pages_exits(FILE *out)
{
    static const struct {
        int code;
        const char *meaning;
    } exits[] = {
#define EXIT(code, meaning) {code, meaning},
#include "option.def"
    };

    fputs(".Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
        fprintf(out, ".It %d\n", exits[i].code);
        chat_pages_text(out, exits[i].meaning);
        putc('\n', out);
    }
    fputs(".El\n", out);
}

void chat_pages_admin_errors(FILE *out)
{
    static const struct {
        const char *code, *sentence;
    } errors[] = {
#define ADMIN_ERROR(symbol, code, exit_code, sentence, hint) {#code, sentence},
#include "admin/error.def"
    };

    fputs(".Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        fprintf(out, ".It Li %s\n", errors[i].code);
        chat_pages_text(out, errors[i].sentence);
        putc('\n', out);
    }
    fputs(".El\n", out);
}

/* A row of shell data: what has tabs or quotes in it could not be one. */
static void put_shell(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        if (*text == '\'')
            fputs("'\\''", out);
        else
            putc(*text, out);
}

/* What a completion can find words for. */
static const char *shell_type(enum chat_argument_type type)
{
    switch (type) {
    case CHAT_TYPE_USER:
        return "user";
    case CHAT_TYPE_ROOM:
    case CHAT_TYPE_PATTERNS:
        return "room";
    case CHAT_TYPE_CHOICE:
        return "choice";
    case CHAT_TYPE_COMMAND:
        return "command";
    case CHAT_TYPE_FILENAME:
    case CHAT_TYPE_CONTENT:
        return "file";
    case CHAT_TYPE_FLAG:
        return "-";
    default:
        return "text";
    }
}

void chat_pages_shell_commands(FILE *out)
{
    for (size_t i = 0; i < chat_catalog_command_count; i++) {
        const struct chat_catalog_command *command = &chat_catalog_commands[i];
        size_t count = 0;
        const struct chat_argument_row *rows = chat_catalog_arguments(command->name, &count);
        fprintf(out, "%s\t-\t-\t-\t", command->words);
        put_shell(out, command->doc);
        putc('\n', out);
        for (size_t j = 0; j < count; j++) {
            bool is_option = rows[j].use == CHAT_USE_OPTION;
            const char *mark = rows[j].use == CHAT_USE_REPEATED ? "++" : "+";
            fprintf(out, "%s\t%s%s\t%s\t%s\t", command->words, is_option ? "--" : mark,
                    is_option ? rows[j].name : "", shell_type(rows[j].type),
                    rows[j].text[0] != '\0' ? rows[j].text : "-");
            put_shell(out, rows[j].doc);
            putc('\n', out);
        }
    }
}

void chat_pages_shell_own_options(FILE *out)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        fprintf(out, "-%c\t%s\t%s\t", options[i].letter, options[i].word,
                options[i].value[0] == '\0' ? "-" : options[i].value);
        put_shell(out, options[i].doc);
        putc('\n', out);
    }
}
