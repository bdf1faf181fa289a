/* A line of output for each line of the server's, by the command's columns. */
#include "stream.h"

#include "render.h"
#include "text.h"

#include <ctype.h>
#include <string.h>

static bool says(const struct chat_node *node, const char *text)
{
    return node != NULL && node->kind == CHAT_NODE_STRING && node->length == strlen(text) &&
           memcmp(node->text, text, node->length) == 0;
}

static void put_header(const char *command)
{
    size_t count = 0;
    const struct chat_catalog_column *columns = chat_catalog_columns(command, &count);

    for (size_t i = 0; i < count; i++)
        printf("%s%s", i > 0 ? "\t" : "", columns[i].heading);
    putchar('\n');
}

static bool is_nothing(const struct chat_node *value)
{
    return value == NULL || value->kind == CHAT_NODE_NULL || value->length == 0 ||
           (value->kind == CHAT_NODE_NUMBER && value->length == 1 && value->text[0] == '0');
}

/* The time of day and the event, then whatever there is, like a line of the log. */
static void put_for_people(const char *command, const struct chat_node *data)
{
    size_t count = 0;
    const struct chat_catalog_column *columns = chat_catalog_columns(command, &count);

    for (size_t i = 0; i < count; i++) {
        const struct chat_node *value = chat_node_member(data, columns[i].key);
        if (is_nothing(value))
            continue;
        if (columns[i].kind == CHAT_COLUMN_TIME && value->length > 11) {
            chat_text_put(stdout, value->text + 11, value->length - 11);
            continue;
        }
        putchar(' ');
        if (strcmp(columns[i].key, "event") != 0)
            printf("%s=", columns[i].key);
        chat_text_put(stdout, value->text, value->length);
    }
    putchar('\n');
}

void chat_stream_put(const struct chat_invocation *invocation, enum chat_output output,
                     const char *answer, const struct chat_node *data)
{
    const char *command = invocation->command->name;
    bool is_begin = says(chat_node_member(data, "event"), "listening");

    if (output == CHAT_OUTPUT_JSON) {
        fwrite(answer + data->begin, 1, data->end - data->begin, stdout);
        putchar('\n');
    } else if (output == CHAT_OUTPUT_TABLE) {
        put_for_people(command, data);
    } else if (is_begin && !invocation->no_header) {
        put_header(command);
    } else if (!is_begin) {
        chat_render_tsv(stdout, command, data, &(struct chat_render_style){.header = false});
    }
    fflush(stdout);
}
