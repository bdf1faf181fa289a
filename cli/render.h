/* An answer's `data` for people or for scripts, by the columns of its command. */
#ifndef CHAT_CLI_RENDER_H
#define CHAT_CLI_RENDER_H

#include "node.h"

#include <stdbool.h>
#include <stdio.h>

struct chat_render_style {
    bool header;
    bool colour;
};

/* Members one below the other, lists as aligned tables, durations and missing values for people. */
void chat_render_table(FILE *out, const char *command, const struct chat_node *data,
                       const struct chat_render_style *style);

/* A line for each row, the values as they are between tabs; an empty line between two lists. */
void chat_render_tsv(FILE *out, const char *command, const struct chat_node *data,
                     const struct chat_render_style *style);

#endif
