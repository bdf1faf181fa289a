/* chatd.yaml(5): every option, section by section, as the loader describes it itself. */
#include "config/config.h"
#include "config/option.h"
#include "config/value.h"
#include "pages.h"

#include <stdbool.h>
#include <string.h>

/* The first word of a dotted name. */
static size_t section_length(const struct chat_option *row)
{
    return strcspn(row->path, ".");
}

static bool begins_section(const struct chat_option *row, const struct chat_option *before)
{
    size_t length = section_length(row);

    return before == NULL || section_length(before) != length ||
           memcmp(row->path, before->path, length) != 0;
}

static void put_facts(FILE *out, const struct chat_option *row)
{
    char values[1024];

    chat_value_describe(row, values, sizeof(values));
    fputs("It takes ", out);
    chat_pages_text(out, values);
    fputs(".\n", out);
    if (row->dflt != NULL) {
        fputs("Default: ", out);
        chat_pages_text(out, row->dflt);
        fputs(".\n", out);
    }
    fputs(row->when == CHAT_WHEN_RELOAD ? "A reload applies it.\n" : "It needs a restart.\n", out);
}

void chat_pages_options(FILE *out)
{
    const struct chat_option *rows = chat_option_rows(), *before = NULL;

    for (const struct chat_option *row = rows; row < rows + CHAT_OPTIONS; before = row++) {
        if (begins_section(row, before)) {
            if (before != NULL)
                fputs(".El\n", out);
            fprintf(out, ".Ss %.*s\n.Bl -tag -width Ds\n", (int)section_length(row), row->path);
        }
        fprintf(out, ".It Ic %s\n", row->path);
        chat_pages_text(out, row->doc);
        putc('\n', out);
        put_facts(out, row);
    }
    fputs(".El\n", out);
}

void chat_pages_shell_options(FILE *out)
{
    const struct chat_option *rows = chat_option_rows();

    for (const struct chat_option *row = rows; row < rows + CHAT_OPTIONS; row++)
        fprintf(out, "%s\n", row->path);
}
