/* room-close: a room and all its seats end. Admin loop. */
#include "admin/report.h"

#include <stdio.h>

static enum chat_admin_error answer_room_close(struct chat_report *report)
{
    const char *room = chat_command_argument(report->arguments, "room").bytes;
    const struct chat_row *row = report->found->rows; /* the home's */

    if (report->found->count == 0) {
        snprintf(report->why, sizeof(report->why), "there is no room %s", room);
        return CHAT_ADMIN_E_NOT_FOUND;
    }
    if (row->never_ends) {
        snprintf(report->why, sizeof(report->why),
                 "room %s is one of rooms.permanent and never ends", room);
        return CHAT_ADMIN_E_BAD_VALUE;
    }
    chat_report_put_object(report, row);
    return CHAT_ADMIN_OK;
}

const struct chat_command chat_command_room_close = {
    .asks = true, .query = CHAT_QUERY_CLOSE, .answer = answer_room_close};
