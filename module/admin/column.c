/* The COLUMN rows, and each kind's way from a record to JSON. Any thread. */
#include "admin/column.h"

#include <stdio.h>
#include <time.h>

static const struct chat_column_row rows[] = {
#define COLUMN(command, list, heading, key, kind, record, member)                                  \
    {#command,                                                                                     \
     #list,                                                                                        \
     heading,                                                                                      \
     #key,                                                                                         \
     CHAT_COLUMN_##kind,                                                                           \
     offsetof(struct record, member),                                                              \
     sizeof(((struct record *)NULL)->member)},
#include "admin/column.def"
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static bool is_of(const struct chat_column_row *row, const char *command, const char *list)
{
    return strcmp(row->command, command) == 0 && strcmp(row->list, list) == 0;
}

const struct chat_column_row *chat_column_rows(const char *command, const char *list,
                                               size_t *ret_count)
{
    size_t first = 0, end;

    while (first < ROWS && !is_of(&rows[first], command, list))
        first++;
    for (end = first; end < ROWS && is_of(&rows[end], command, list);)
        end++;
    *ret_count = end - first;
    return rows + first;
}

static void put_string(yajl_gen json, struct chat_slice text)
{
    yajl_gen_string(json, (const unsigned char *)text.bytes, text.length);
}

static void put_text(yajl_gen json, struct chat_slice text)
{
    if (text.length == 0)
        yajl_gen_null(json);
    else
        put_string(json, text);
}

static uint64_t number_of(const struct chat_column_row *column, const void *value)
{
    return column->width == sizeof(uint32_t) ? *(const uint32_t *)value : *(const uint64_t *)value;
}

/* By hand: an answer of 100,000 rooms has 400,000 of them. */
static void put_number(yajl_gen json, uint64_t number)
{
    char digits[20], *first = digits + sizeof(digits);

    do
        *--first = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    yajl_gen_number(json, first, (size_t)(digits + sizeof(digits) - first));
}

/* RFC 3339, UTC, milliseconds. */
static void put_time(yajl_gen json, int64_t time_ms)
{
    time_t seconds = time_ms / 1000;
    struct tm tm;
    char text[64];

    if (time_ms <= 0 || gmtime_r(&seconds, &tm) == NULL) {
        yajl_gen_null(json);
        return;
    }
    size_t length = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    length +=
        (size_t)snprintf(text + length, sizeof(text) - length, ".%03dZ", (int)(time_ms % 1000));
    put_string(json, (struct chat_slice){text, length});
}

static void put_list(yajl_gen json, const struct chat_column_texts *texts)
{
    yajl_gen_array_open(json);
    for (size_t i = 0; i < texts->count; i++)
        put_text(json, texts->items[i]);
    yajl_gen_array_close(json);
}

/* The clock may have been set back since. */
static uint64_t since(int64_t then_ms, int64_t now_ms)
{
    return now_ms > then_ms ? (uint64_t)(now_ms - then_ms) : 0;
}

static void put_value(yajl_gen json, const struct chat_column_row *column, const void *value,
                      int64_t now_ms)
{
    switch (column->kind) {
    case CHAT_COLUMN_TEXT:
    case CHAT_COLUMN_LINES:
        put_text(json, *(const struct chat_slice *)value);
        break;
    case CHAT_COLUMN_COUNT:
    case CHAT_COLUMN_BYTES:
    case CHAT_COLUMN_DURATION:
        put_number(json, number_of(column, value));
        break;
    case CHAT_COLUMN_SINCE:
        put_number(json, since(*(const int64_t *)value, now_ms));
        break;
    case CHAT_COLUMN_TIME:
        put_time(json, *(const int64_t *)value);
        break;
    case CHAT_COLUMN_LIST:
        put_list(json, value);
        break;
    }
}

void chat_column_write(yajl_gen json, const struct chat_column_row *columns, size_t count,
                       const void *record, int64_t now_ms)
{
    for (size_t i = 0; i < count; i++) {
        put_string(json, (struct chat_slice){columns[i].key, strlen(columns[i].key)});
        put_value(json, &columns[i], (const char *)record + columns[i].offset, now_ms);
    }
}

static int compare_texts(struct chat_slice a, struct chat_slice b)
{
    size_t both = a.length < b.length ? a.length : b.length;
    int order = both == 0 ? 0 : memcmp(a.bytes, b.bytes, both);
    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static int compare_lists(const struct chat_column_texts *a, const struct chat_column_texts *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        int order = compare_texts(a->items[i], b->items[i]);
        if (order != 0)
            return order;
    }
    return (a->count > b->count) - (a->count < b->count);
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

int chat_column_compare(const struct chat_column_row *column, const void *a, const void *b)
{
    const void *left = (const char *)a + column->offset, *right = (const char *)b + column->offset;

    switch (column->kind) {
    case CHAT_COLUMN_TEXT:
    case CHAT_COLUMN_LINES:
        return compare_texts(*(const struct chat_slice *)left, *(const struct chat_slice *)right);
    case CHAT_COLUMN_LIST:
        return compare_lists(left, right);
    case CHAT_COLUMN_SINCE: /* the later, the shorter */
        return compare_numbers(*(const uint64_t *)right, *(const uint64_t *)left);
    default:
        return compare_numbers(number_of(column, left), number_of(column, right));
    }
}
