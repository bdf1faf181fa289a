/* rooms, room: what lives, and who is in it. Admin loop. */
#include "admin/pattern.h"
#include "admin/report.h"

#include <stdio.h>
#include <stdlib.h>

static bool keeps_room(const struct chat_command_arguments *arguments, const struct chat_row *row)
{
    return chat_pattern_matches(chat_command_argument(arguments, "pattern"), row->room);
}

/* The argument has been checked to be a number. */
static size_t limited(const struct chat_report *report, size_t count)
{
    struct chat_slice limit = chat_command_argument(report->arguments, "limit");
    size_t most = limit.bytes == NULL ? count : strtoul(limit.bytes, NULL, 10);

    return most < count ? most : count;
}

static enum chat_admin_error answer_rooms(struct chat_report *report)
{
    struct chat_found *found = report->found;

    chat_report_sort(report, "rooms", chat_command_argument(report->arguments, "sort").bytes,
                     found->rows, found->count, sizeof(*found->rows));
    yajl_gen_map_open(report->json);
    chat_report_put_list(report, "rooms", found->rows, limited(report, found->count),
                         sizeof(*found->rows));
    yajl_gen_map_close(report->json);
    return CHAT_ADMIN_OK;
}

/* The home knows who sits in the room, the workers know their connections: the two meet by `conn`,
 * both sorted by it. A connection that has just ended leaves its member without an address. */
static void meet(struct chat_row *members, size_t member_count, const struct chat_row *connections,
                 size_t connection_count)
{
    size_t at = 0;

    for (size_t i = 0; i < member_count; i++) {
        while (at < connection_count && connections[at].conn < members[i].conn)
            at++;
        if (at == connection_count || connections[at].conn != members[i].conn)
            continue;
        members[i].address = connections[at].address;
        members[i].queued_bytes = connections[at].queued_bytes;
    }
}

static enum chat_admin_error answer_room(struct chat_report *report)
{
    size_t rooms = 0, member_count = 0, connection_count = 0;
    const struct chat_row *room = chat_report_rows(report, CHAT_ROW_ROOM, &rooms);
    struct chat_row *members = chat_report_rows(report, CHAT_ROW_MEMBER, &member_count);
    const struct chat_row *connections =
        chat_report_rows(report, CHAT_ROW_CONNECTION, &connection_count);

    if (rooms == 0) {
        struct chat_slice name = chat_command_argument(report->arguments, "room");
        snprintf(report->why, sizeof(report->why), "there is no room %s", name.bytes);
        return chat_report_missing(report, name, CHAT_QUERY_ROOMS);
    }
    meet(members, member_count, connections, connection_count);
    chat_report_sort(report, "users", NULL, members, member_count, sizeof(*members));
    yajl_gen_map_open(report->json);
    chat_report_put_members(report, room);
    chat_report_put_list(report, "users", members, member_count, sizeof(*members));
    yajl_gen_map_close(report->json);
    return CHAT_ADMIN_OK;
}

const struct chat_command chat_command_rooms = {
    .asks = true, .query = CHAT_QUERY_ROOMS, .keeps = keeps_room, .answer = answer_rooms};
const struct chat_command chat_command_room = {
    .asks = true, .query = CHAT_QUERY_ROOM, .answer = answer_room};
