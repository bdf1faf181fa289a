/* users, user: who is connected, and where. Admin loop. */
#include "admin/column.h"
#include "admin/must.h"
#include "admin/pattern.h"
#include "admin/report.h"

#include <stdio.h>
#include <stdlib.h>

static bool keeps_user(const struct chat_command_arguments *arguments, const struct chat_row *row)
{
    return chat_pattern_matches(chat_command_argument(arguments, "pattern"), row->user);
}

static bool wants_closed(const struct chat_command_arguments *arguments)
{
    return chat_command_argument(arguments, "closed").bytes != NULL;
}

static void begin_users(struct chat_errand *errand)
{
    const struct chat_command_arguments *arguments = errand->arguments;
    bool sorts = chat_command_argument(arguments, "sort").bytes != NULL;

    if (wants_closed(arguments))
        errand->query.kind = CHAT_QUERY_ENDINGS;
    if (wants_closed(arguments) && sorts)
        chat_errand_go_on(errand, CHAT_ADMIN_E_USAGE, "--closed is in the order of the ends");
    else
        chat_errand_go_on(errand, CHAT_ADMIN_OK, "");
}

static enum chat_admin_error answer_users(struct chat_report *report)
{
    struct chat_found *found = report->found;
    const char *list = wants_closed(report->arguments) ? "closed" : "users";

    chat_report_sort(report, list, chat_command_argument(report->arguments, "sort").bytes,
                     found->rows, found->count, sizeof(*found->rows));
    yajl_gen_map_open(report->json);
    chat_report_put_list(report, list, found->rows, found->count, sizeof(*found->rows));
    yajl_gen_map_close(report->json);
    return CHAT_ADMIN_OK;
}

static int compare_rooms(const void *a, const void *b)
{
    const struct chat_slice *left = a, *right = b;
    size_t both = left->length < right->length ? left->length : right->length;
    int order = memcmp(left->bytes, right->bytes, both);

    return order != 0 ? order : (left->length > right->length) - (left->length < right->length);
}

/* Each connection with the rooms of its seats; both are sorted by `conn`. The rooms' names go into
 * `rooms`, which has a place for each seat. */
static void seat(struct chat_admin_connection *records, const struct chat_row *connections,
                 size_t count, struct chat_slice *rooms, const struct chat_row *seats,
                 size_t seat_count)
{
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        size_t first = at;
        while (first < seat_count && seats[first].conn < connections[i].conn)
            first++;
        for (at = first; at < seat_count && seats[at].conn == connections[i].conn; at++)
            rooms[at] = seats[at].room;
        if (at > first)
            qsort(rooms + first, at - first, sizeof(*rooms), compare_rooms);
        records[i] = (struct chat_admin_connection){connections[i], {rooms + first, at - first}};
    }
}

static enum chat_admin_error answer_user(struct chat_report *report)
{
    size_t count = 0, seat_count = 0;
    const struct chat_row *connections = chat_report_rows(report, CHAT_ROW_CONNECTION, &count);
    const struct chat_row *seats = chat_report_rows(report, CHAT_ROW_SEAT, &seat_count);

    if (count == 0) {
        struct chat_slice user = chat_command_argument(report->arguments, "user");
        snprintf(report->why, sizeof(report->why), "no user %s is connected", user.bytes);
        return chat_report_missing(report, user, CHAT_QUERY_USERS);
    }
    struct chat_admin_connection *records = chat_must(malloc(count * sizeof(*records)));
    struct chat_slice *rooms = chat_must(malloc((seat_count + 1) * sizeof(*rooms)));
    seat(records, connections, count, rooms, seats, seat_count);
    chat_report_sort(report, "connections", NULL, records, count, sizeof(*records));
    yajl_gen_map_open(report->json);
    chat_report_put_members(report, &records[0]);
    chat_report_put_list(report, "connections", records, count, sizeof(*records));
    yajl_gen_map_close(report->json);
    free(rooms);
    free(records);
    return CHAT_ADMIN_OK;
}

const struct chat_command chat_command_users = {.begin = begin_users,
                                                .asks = true,
                                                .query = CHAT_QUERY_USERS,
                                                .keeps = keeps_user,
                                                .answer = answer_users};
const struct chat_command chat_command_user = {
    .asks = true, .query = CHAT_QUERY_USER, .answer = answer_user};
