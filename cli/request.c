/* From an invocation to one line of JSON. The values were judged when they were read. */
#define _GNU_SOURCE /* getcwd with memory of its own */
#include "request.h"

#include "admin/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yajl/yajl_gen.h>

static void put(yajl_gen json, const char *text)
{
    yajl_gen_string(json, (const unsigned char *)text, strlen(text));
}

/* In whole milliseconds. */
static void put_time(yajl_gen json, const char *text)
{
    int64_t ms = 0;

    if (chat_invocation_read_time(text, CHAT_ADMIN_TIME_MAX_MS, &ms))
        yajl_gen_integer(json, ms);
}

/* The server has a working directory of its own. */
static void put_file(yajl_gen json, const char *path)
{
    char *directory = path[0] == '/' ? NULL : getcwd(NULL, 0), *whole = NULL;
    size_t length = 0;

    if (directory == NULL) {
        put(json, path);
        return;
    }
    FILE *out = chat_must(open_memstream(&whole, &length));
    fprintf(out, "%s/%s", directory, path);
    fclose(out);
    put(json, chat_must(whole));
    free(whole);
    free(directory);
}

static void put_arguments(yajl_gen json, const struct chat_invocation *invocation)
{
    size_t count = 0;
    const struct chat_argument_row *rows =
        chat_catalog_arguments(invocation->command->name, &count);

    for (size_t i = 0; i < count; i++) {
        const char *value = invocation->values[i];
        if (value == NULL)
            continue;
        put(json, rows[i].name);
        if (rows[i].type == CHAT_TYPE_FILENAME)
            put_file(json, value);
        else if (rows[i].type == CHAT_TYPE_NUMBER)
            yajl_gen_number(json, value, strlen(value));
        else if (rows[i].type == CHAT_TYPE_FLAG)
            yajl_gen_bool(json, true);
        else if (rows[i].type == CHAT_TYPE_TIME)
            put_time(json, value);
        else
            put(json, value);
    }
}

char *chat_request_line(const struct chat_invocation *invocation, size_t *ret_length)
{
    yajl_gen json = chat_must(yajl_gen_alloc(NULL));
    const unsigned char *bytes = NULL;

    yajl_gen_map_open(json);
    put(json, "command");
    put(json, invocation->command->words);
    put(json, "args");
    yajl_gen_map_open(json);
    put_arguments(json, invocation);
    yajl_gen_map_close(json);
    yajl_gen_map_close(json);
    yajl_gen_reset(json, "\n");
    yajl_gen_get_buf(json, &bytes, ret_length);
    char *line = memcpy(chat_must(malloc(*ret_length)), bytes, *ret_length);
    yajl_gen_free(json);
    return line;
}
