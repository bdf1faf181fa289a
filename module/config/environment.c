/* ${NAME} in the values of the configuration. Reads the environment: before threads start.
 * What a value may be is value.c's business. */
#include "config/environment.h"

#include "config/value.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* No option takes more; a file of many variables shall not become a large one. */
enum { LONGEST_NAME = 255, LONGEST_VALUE = 65536 };

static bool is_name(const char *name, size_t length)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    for (size_t i = 0; i < length; i++) {
        if (memchr(letters, name[i], sizeof letters - 1) != NULL)
            continue;
        if (i == 0 || name[i] < '0' || name[i] > '9')
            return false;
    }
    return length > 0 && length <= LONGEST_NAME;
}

static const char *variable(const char *name, size_t length)
{
    char terminated[LONGEST_NAME + 1];
    memcpy(terminated, name, length);
    terminated[length] = '\0';
    return getenv(terminated);
}

struct growing {
    char *bytes;
    size_t length;
};

static bool append(struct growing *value, const char *bytes, size_t length)
{
    if (length > LONGEST_VALUE - value->length)
        return false;
    char *larger = realloc(value->bytes, value->length + length + 1);
    if (larger == NULL)
        abort();
    memcpy(larger + value->length, bytes, length);
    value->bytes = larger;
    value->length += length;
    larger[value->length] = '\0';
    return true;
}

/* Takes the variable that text begins with. */
static const char *take_variable(struct growing *value, const char **text, const char *end,
                                 const char **ret_part, size_t *ret_part_length)
{
    const char *dollar = *text;
    const char *name = dollar + 2;
    const char *brace = memchr(name, '}', (size_t)(end - name));
    if (brace == NULL)
        return "has a ${ without its }";
    *text = brace + 1;
    *ret_part = dollar;
    *ret_part_length = (size_t)(*text - dollar);
    if (!is_name(name, (size_t)(brace - name)))
        return "is not the name of a variable";
    const char *content = variable(name, (size_t)(brace - name));
    if (content == NULL)
        return "is not set in the environment";
    return append(value, content, strlen(content)) ? NULL : "is too long";
}

/* Takes what comes before the next dollar. */
static const char *take_plain(struct growing *value, const char **text, const char *end)
{
    const char *from = *text;
    const char *dollar = memchr(from + 1, '$', (size_t)(end - from) - 1);
    *text = dollar == NULL ? end : dollar;
    return append(value, from, (size_t)(*text - from)) ? NULL : "is too long";
}

static bool begins(const char *text, const char *end, const char *with)
{
    size_t length = strlen(with);
    return (size_t)(end - text) >= length && memcmp(text, with, length) == 0;
}

const char *chat_environment_expand(const char *text, size_t length, char **ret, size_t *ret_length,
                                    const char **ret_part, size_t *ret_part_length)
{
    const char *end = text + length;
    struct growing value = {chat_value_copy("", 0), 0};
    const char *wrong = NULL;
    while (text < end && wrong == NULL) {
        if (begins(text, end, "${")) {
            wrong = take_variable(&value, &text, end, ret_part, ret_part_length);
            continue;
        }
        text += begins(text, end, "$${"); /* then a plain ${ follows */
        wrong = take_plain(&value, &text, end);
    }
    if (wrong != NULL) {
        free(value.bytes);
        return wrong;
    }
    *ret = value.bytes;
    *ret_length = value.length;
    return NULL;
}
