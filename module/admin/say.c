/* say, broadcast: the server's own words, in a room or to everyone. Admin loop. */
#include "admin/report.h"

#include <stdio.h>

static struct chat_row sum_of(const struct chat_found *found)
{
    struct chat_row sum = {.kind = CHAT_ROW_REACHED};

    for (size_t i = 0; i < found->count; i++)
        sum.connections += found->rows[i].connections;
    return sum;
}

/* The room's home answers, and nobody else. */
static enum chat_admin_error answer_say(struct chat_report *report)
{
    if (report->found->count == 0) {
        struct chat_slice room = chat_command_argument(report->arguments, "room");
        snprintf(report->why, sizeof(report->why), "there is no room %s", room.bytes);
        return chat_report_missing(report, room, CHAT_QUERY_ROOMS);
    }
    chat_report_put_object(report, &report->found->rows[0]);
    return CHAT_ADMIN_OK;
}

static enum chat_admin_error answer_broadcast(struct chat_report *report)
{
    struct chat_row sum = sum_of(report->found);

    chat_report_put_object(report, &sum);
    return CHAT_ADMIN_OK;
}

const struct chat_command chat_command_say = {
    .asks = true, .query = CHAT_QUERY_SAY, .answer = answer_say};
const struct chat_command chat_command_broadcast = {
    .asks = true, .query = CHAT_QUERY_BROADCAST, .answer = answer_broadcast};
