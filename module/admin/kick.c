/* kick: out of one room, or off the server. Admin loop. */
#include "admin/report.h"

#include <stdio.h>

static enum chat_admin_error answer_kick(struct chat_report *report)
{
    struct chat_slice user = chat_command_argument(report->arguments, "user");
    const char *room = chat_command_argument(report->arguments, "room").bytes;
    struct chat_row sum = {.kind = CHAT_ROW_KICKED};

    for (size_t i = 0; i < report->found->count; i++) {
        sum.connections += report->found->rows[i].connections;
        sum.seats += report->found->rows[i].seats;
    }
    if (sum.connections == 0 && sum.seats == 0) {
        if (room == NULL)
            snprintf(report->why, sizeof(report->why), "no user %s is connected", user.bytes);
        else
            snprintf(report->why, sizeof(report->why), "no user %s is in a room %s", user.bytes,
                     room);
        return chat_report_missing(report, user, CHAT_QUERY_USERS);
    }
    chat_report_put_object(report, &sum);
    return CHAT_ADMIN_OK;
}

const struct chat_command chat_command_kick = {
    .asks = true, .query = CHAT_QUERY_KICK, .answer = answer_kick};
