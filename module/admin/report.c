/* Sorting and writing, by the columns' rows. Admin loop. */
#define _GNU_SOURCE /* qsort_r */
#include "admin/report.h"

#include "admin/column.h"

#include <stdlib.h>
#include <strings.h>

static void put_key(yajl_gen json, const char *key)
{
    yajl_gen_string(json, (const unsigned char *)key, strlen(key));
}

enum chat_admin_error chat_report_missing(struct chat_report *report, struct chat_slice name,
                                          enum chat_query_kind others)
{
    report->missing = name;
    report->others = others;
    return CHAT_ADMIN_E_NOT_FOUND;
}

void chat_report_put_members(struct chat_report *report, const void *record)
{
    size_t columns = 0;
    const struct chat_column_row *column = chat_column_rows(report->command, "self", &columns);

    chat_column_write(report->json, column, columns, record, report->now_ms);
}

void chat_report_put_object(struct chat_report *report, const void *record)
{
    yajl_gen_map_open(report->json);
    chat_report_put_members(report, record);
    yajl_gen_map_close(report->json);
}

void chat_report_put_list(struct chat_report *report, const char *list, const void *records,
                          size_t count, size_t size)
{
    size_t columns = 0;
    const struct chat_column_row *column = chat_column_rows(report->command, list, &columns);

    put_key(report->json, list);
    yajl_gen_array_open(report->json);
    for (size_t i = 0; i < count; i++) {
        yajl_gen_map_open(report->json);
        chat_column_write(report->json, column, columns, (const char *)records + i * size,
                          report->now_ms);
        yajl_gen_map_close(report->json);
    }
    yajl_gen_array_close(report->json);
}

struct order {
    const struct chat_column_row *first, *falling;
};

static int compare_records(const void *a, const void *b, void *context)
{
    const struct order *order = context;
    const struct chat_row *left = a, *right = b;
    int result = order->falling == NULL ? 0 : chat_column_compare(order->falling, b, a);

    if (result == 0)
        result = chat_column_compare(order->first, a, b);
    return result != 0 ? result : (left->conn > right->conn) - (left->conn < right->conn);
}

void chat_report_sort(const struct chat_report *report, const char *list, const char *heading,
                      void *records, size_t count, size_t size)
{
    size_t columns = 0;
    struct order order = {.first = chat_column_rows(report->command, list, &columns)};

    for (size_t i = 0; heading != NULL && i < columns; i++)
        if (strcasecmp(order.first[i].heading, heading) == 0)
            order.falling = &order.first[i];
    if (count > 0)
        qsort_r(records, count, size, compare_records, &order);
}

static int compare_kinds(const void *a, const void *b)
{
    const struct chat_row *left = a, *right = b;

    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    return (left->conn > right->conn) - (left->conn < right->conn);
}

struct chat_row *chat_report_rows(struct chat_report *report, enum chat_row_kind kind,
                                  size_t *ret_count)
{
    struct chat_found *found = report->found;
    size_t first = 0, end;

    if (found->count > 0)
        qsort(found->rows, found->count, sizeof(*found->rows), compare_kinds);
    while (first < found->count && found->rows[first].kind < kind)
        first++;
    for (end = first; end < found->count && found->rows[end].kind == kind;)
        end++;
    *ret_count = end - first;
    return found->rows == NULL ? NULL : found->rows + first;
}
