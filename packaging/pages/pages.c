/* pages TEMPLATE PAGE: a build tool that makes a manual page or a completion of its template. A
 * line
 * `@mark@` is replaced by what the tables say; so that no page can drift from the program. Not
 * installed. */
#include "pages.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void put_system(FILE *out)
{
    fputs(".Os \"chatd " CHATD_VERSION "\"\n", out);
}

static const struct {
    const char *name;
    void (*put)(FILE *out);
} marks[] = {
    {"system", put_system},
    {"options", chat_pages_options},
    {"own-options", chat_pages_own_options},
    {"commands", chat_pages_commands},
    {"exits", chat_pages_exits},
    {"admin-errors", chat_pages_admin_errors},
    {"requests", chat_pages_requests},
    {"members", chat_pages_members},
    {"events", chat_pages_events},
    {"errors", chat_pages_errors},
    {"closes", chat_pages_closes},
    {"logs", chat_pages_logs},
    {"metrics", chat_pages_metrics},
    {"shell-commands", chat_pages_shell_commands},
    {"shell-own-options", chat_pages_shell_own_options},
    {"shell-options", chat_pages_shell_options},
};
enum { MARKS = sizeof(marks) / sizeof(marks[0]) };

static void fail(const char *name, const char *why)
{
    fprintf(stderr, "pages: %s: %s\n", name, why);
    exit(EXIT_FAILURE);
}

void chat_pages_text(FILE *out, const char *text)
{
    bool bold = false;
    char before = ' ';

    if (*text == '.' || *text == '\'')
        fputs("\\&", out);
    for (; *text != '\0'; before = *text++) {
        if (before != ' ' && text[0] == '.' && text[1] == ' ') { /* a new sentence, a new line */
            fputs(".\n", out);
            text++;
        } else if (*text == '\\') {
            fputs("\\e", out);
        } else if (*text == '`') {
            fputs((bold = !bold) ? "\\fB" : "\\fR", out);
        } else if (*text == '-') {
            fputs("\\-", out);
        } else {
            putc(*text, out);
        }
    }
}

void chat_pages_argument(FILE *out, const char *text)
{
    putc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '"')
            fputs("\\(dq", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            putc(*text, out);
    }
    putc('"', out);
}

/* The length of the name in a line `@name@`; 0 for any other line. */
static size_t mark_length(const char *line)
{
    size_t length = strcspn(line + 1, "@\n ");

    return line[0] == '@' && length > 0 && strcmp(line + 1 + length, "@\n") == 0 ? length : 0;
}

static void put_line(FILE *out, const char *template, const char *line)
{
    size_t length = mark_length(line), i = 0;

    if (length == 0) {
        fputs(line, out);
        return;
    }
    while (i < MARKS &&
           (strlen(marks[i].name) != length || memcmp(marks[i].name, line + 1, length) != 0))
        i++;
    if (i == MARKS)
        fail(template, "there is no such mark");
    marks[i].put(out);
}

int main(int count, char **words)
{
    char *line = NULL;
    size_t size = 0;

    if (count != 3)
        fail("usage", "pages TEMPLATE PAGE");
    FILE *in = fopen(words[1], "r"), *out = fopen(words[2], "w");
    if (in == NULL || out == NULL)
        fail(in == NULL ? words[1] : words[2], strerror(errno));
    while (getline(&line, &size, in) > 0)
        put_line(out, words[1], line);
    free(line);
    fclose(in);
    if (fclose(out) != 0)
        fail(words[2], strerror(errno));
    return EXIT_SUCCESS;
}
