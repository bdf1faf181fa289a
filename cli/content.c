/* One content in an invocation is enough for all commands, and lives as long as the process. */
#include "content.h"

#include "admin/must.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static int read_stream(FILE *in, const char *name, const char **ret_content, char *why)
{
    static char content[CHAT_ADMIN_CONTENT_MAX + 2];
    size_t length = fread(content, 1, sizeof(content) - 1, in);

    while (length > 0 && strchr(" \t\r\n", content[length - 1]) != NULL)
        length--;
    content[length] = '\0';
    if (!ferror(in) && length > 0 && length <= CHAT_ADMIN_CONTENT_MAX) {
        *ret_content = content;
        return 0;
    }
    snprintf(why, CHAT_INVOCATION_WHY_MAX, "%.100s %s", name,
             ferror(in)    ? strerror(errno)
             : length == 0 ? "is empty"
                           : "is longer than 8 KiB");
    return EX_DATAERR;
}

static int read_value(const char *path, const char **ret_content, char *why)
{
    bool is_input = path == NULL || strcmp(path, "-") == 0;
    FILE *in = is_input ? stdin : fopen(path, "re");

    if (in == NULL) {
        snprintf(why, CHAT_INVOCATION_WHY_MAX, "%.100s: %s", path, strerror(errno));
        return EX_DATAERR;
    }
    int failed = read_stream(in, is_input ? "the standard input" : path, ret_content, why);
    if (!is_input)
        fclose(in);
    return failed;
}

int chat_content_read(struct chat_invocation *invocation, char ret_why[CHAT_INVOCATION_WHY_MAX])
{
    size_t count = 0;
    const struct chat_argument_row *rows =
        chat_catalog_arguments(invocation->command->name, &count);
    int failed = 0;

    for (size_t i = 0; i < count && failed == 0; i++)
        if (rows[i].type == CHAT_TYPE_CONTENT)
            failed = read_value(invocation->values[i], &invocation->values[i], ret_why);
    return failed;
}
