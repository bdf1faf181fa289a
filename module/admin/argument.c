/* The ARGUMENT rows and the rule of each type. Any thread. */
#include "admin/argument.h"

#include "config/cidr.h"
#include "core/limits.h"
#include "core/valid.h"
#include "wire/utf8.h"

#include <inttypes.h>
#include <stdio.h>

static const struct chat_argument_row rows[] = {
#define ARGUMENT(command, name, use, type, text, doc)                                              \
    {#command, #name, CHAT_USE_##use, CHAT_TYPE_##type, text, doc},
#include "admin/command.def"
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

const struct chat_argument_row *chat_argument_rows(const char *command, size_t *ret_count)
{
    size_t first = 0, end;

    while (first < ROWS && strcmp(rows[first].command, command) != 0)
        first++;
    for (end = first; end < ROWS && strcmp(rows[end].command, command) == 0;)
        end++;
    *ret_count = end - first;
    return rows + first;
}

/* What is shown again on terminals and in logs: 1 to `most` bytes, of category Cc only those that
 * `allowed` has. */
static bool is_plain_text(struct chat_slice text, size_t most, const char *allowed)
{
    uint32_t c = 0;

    if (text.length == 0 || text.length > most || !chat_utf8_valid(text.bytes, text.length))
        return false;
    for (size_t at = 0; at < text.length;) {
        at += chat_utf8_decode(text.bytes + at, text.length - at, &c);
        bool is_control = c < 0x20 || (c >= 0x7f && c <= 0x9f);
        if (is_control && (c == 0 || c >= 0x7f || strchr(allowed, (int)c) == NULL))
            return false;
    }
    return true;
}

/* One of the words between bars. */
static bool is_choice(struct chat_slice text, const char *words)
{
    for (const char *word = words; text.length > 0; word++) {
        size_t length = strcspn(word, "|");
        if (chat_slice_equal(text, (struct chat_slice){word, length}))
            return true;
        word += length;
        if (*word == '\0')
            break;
    }
    return false;
}

static bool is_number(const struct chat_json_value *value, int64_t most)
{
    int64_t number = 0;

    return value->kind == CHAT_JSON_NUMBER &&
           chat_json_to_integer(value->text, &number) == CHAT_JSON_INTEGER && number >= 1 &&
           number <= most;
}

/* An id may have any of an address's characters, but no slash. */
static bool is_target(struct chat_slice text)
{
    struct chat_cidr range;

    return chat_valid_id(text.bytes, text.length, CHAT_ID_MAX) == CHAT_VALID ||
           chat_cidr_read(text.bytes, text.length, &range) == NULL;
}

/* How many bytes a text may have that only has a bound. */
static size_t bound_of(enum chat_argument_type type)
{
    switch (type) {
    case CHAT_TYPE_PATTERN:
        return CHAT_ADMIN_PATTERN_MAX;
    case CHAT_TYPE_PATTERNS:
        return CHAT_ADMIN_PATTERNS_MAX;
    case CHAT_TYPE_FILENAME:
        return CHAT_ADMIN_FILENAME_MAX;
    case CHAT_TYPE_CONTENT:
        return CHAT_ADMIN_CONTENT_MAX;
    case CHAT_TYPE_REASON:
        return CHAT_REASON_MAX;
    default:
        return 0; /* chatctl's own types, of which none fits */
    }
}

static bool fits(const struct chat_argument_row *row, const struct chat_json_value *value)
{
    if (row->type == CHAT_TYPE_NUMBER)
        return is_number(value, CHAT_ADMIN_NUMBER_MAX);
    if (row->type == CHAT_TYPE_TIME)
        return is_number(value, CHAT_ADMIN_TIME_MAX_MS);
    if (row->type == CHAT_TYPE_FLAG)
        return value->kind == CHAT_JSON_BOOLEAN && value->text.bytes[0] == 't';
    if (value->kind != CHAT_JSON_STRING)
        return false;
    switch (row->type) {
    case CHAT_TYPE_USER:
    case CHAT_TYPE_ROOM:
        return chat_valid_id(value->text.bytes, value->text.length, CHAT_ID_MAX) == CHAT_VALID;
    case CHAT_TYPE_TEXT:
        return is_plain_text(value->text, CHAT_NOTICE_MAX, "\t\n");
    case CHAT_TYPE_NAME:
        return chat_valid_name(value->text.bytes, value->text.length, CHAT_NAME_MAX) == CHAT_VALID;
    case CHAT_TYPE_TARGET:
        return is_target(value->text);
    case CHAT_TYPE_CHOICE:
        return is_choice(value->text, row->text);
    default:
        return is_plain_text(value->text, bound_of(row->type), "");
    }
}

enum chat_admin_error chat_argument_check(const struct chat_argument_row *row,
                                          const struct chat_json_value *value,
                                          char ret_why[CHAT_ARGUMENT_WHY_MAX])
{
    const char *name = row->name;

    if (fits(row, value))
        return CHAT_ADMIN_OK;
    if (row->type == CHAT_TYPE_NUMBER)
        snprintf(ret_why, CHAT_ARGUMENT_WHY_MAX, "%s must be a whole number from 1 to %u", name,
                 CHAT_ADMIN_NUMBER_MAX);
    else if (row->type == CHAT_TYPE_TIME)
        snprintf(ret_why, CHAT_ARGUMENT_WHY_MAX, "%s must be whole milliseconds from 1 to %" PRId64,
                 name, CHAT_ADMIN_TIME_MAX_MS);
    else if (row->type == CHAT_TYPE_FLAG)
        snprintf(ret_why, CHAT_ARGUMENT_WHY_MAX, "%s must be true, or left out", name);
    else if (row->type == CHAT_TYPE_NAME)
        snprintf(ret_why, CHAT_ARGUMENT_WHY_MAX,
                 "%s must be 1 to %d characters, none of them a control, no blank at its ends",
                 name, CHAT_NAME_MAX);
    else if (row->type == CHAT_TYPE_TARGET)
        snprintf(
            ret_why, CHAT_ARGUMENT_WHY_MAX,
            "%s must be an id (1 to %d characters of A-Z a-z 0-9 _ . : @ -), an IP address, or "
            "a range of them as 192.0.2.0/24, with no bits behind those that count",
            name, CHAT_ID_MAX);
    else if (row->type == CHAT_TYPE_CHOICE)
        snprintf(ret_why, CHAT_ARGUMENT_WHY_MAX, "%s must be one of %s", name, row->text);
    else if (row->type == CHAT_TYPE_USER || row->type == CHAT_TYPE_ROOM)
        snprintf(ret_why, CHAT_ARGUMENT_WHY_MAX,
                 "%s must be 1 to %d characters of A-Z a-z 0-9 _ . : @ -", name, CHAT_ID_MAX);
    else if (row->type == CHAT_TYPE_TEXT)
        snprintf(ret_why, CHAT_ARGUMENT_WHY_MAX,
                 "%s must be 1 to %d bytes of UTF-8, its control characters tabs and line feeds",
                 name, CHAT_NOTICE_MAX);
    else
        snprintf(ret_why, CHAT_ARGUMENT_WHY_MAX,
                 "%s must be 1 to %zu bytes of UTF-8 without control characters", name,
                 bound_of(row->type));
    return CHAT_ADMIN_E_BAD_VALUE;
}

struct chat_slice chat_argument_spell(const struct chat_argument_row *row, struct chat_slice value,
                                      char ret_time[CHAT_ARGUMENT_TIME_MAX])
{
    static const struct {
        int64_t ms;
        const char *name;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "min"}, {1000, "s"}, {1, "ms"}};
    int64_t ms = 0;
    size_t unit = 0;

    if (row->type != CHAT_TYPE_TIME || chat_json_to_integer(value, &ms) != CHAT_JSON_INTEGER)
        return value;
    while (ms % units[unit].ms != 0)
        unit++;
    snprintf(ret_time, CHAT_ARGUMENT_TIME_MAX, "%" PRId64 "%s", ms / units[unit].ms,
             units[unit].name);
    return chat_slice_of(ret_time);
}
