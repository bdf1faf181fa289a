/* room-close: a room and all its seats end. Admin loop. */
#include "admin/must.h"
#include "admin/report.h"
#include "net/shared.h"

#include <stdio.h>
#include <stdlib.h>

struct work {
    struct chat_state *state;
    uint64_t change; /* 0: written */
};

static void on_written(void *context, const struct chat_record *record, const char *why)
{
    struct chat_errand *errand = context;

    (void)record;
    ((struct work *)errand->work)->change = 0;
    chat_errand_go_on(errand, why == NULL ? CHAT_ADMIN_OK : CHAT_ADMIN_E_NOT_KEPT,
                      why == NULL ? "" : why);
}

/* One that room-create made is not to come back. */
static void begin(struct chat_errand *errand)
{
    struct work *work = chat_must(calloc(1, sizeof(*work)));
    struct chat_record record = {.kind = CHAT_RECORD_ROOM_GONE, .room = {.id = errand->query.room}};
    const struct chat_kept_room *kept;
    size_t i = 0;

    errand->work = work;
    work->state = errand->chatd->state;
    while ((kept = chat_state_room(work->state, i)) != NULL &&
           !chat_slice_equal(kept->id, record.room.id))
        i++;
    if (kept == NULL)
        chat_errand_go_on(errand, CHAT_ADMIN_OK, "");
    else
        work->change = chat_state_write(work->state, &record, on_written, errand);
}

static void end(struct chat_errand *errand)
{
    struct work *work = errand->work;

    if (work->change != 0)
        chat_state_forget(work->state, work->change);
    free(work);
}

static enum chat_admin_error answer_room_close(struct chat_report *report)
{
    const char *room = chat_command_argument(report->arguments, "room").bytes;
    const struct chat_row *row = report->found->rows; /* the home's */

    if (report->found->count == 0) {
        snprintf(report->why, sizeof(report->why), "there is no room %s", room);
        return chat_report_missing(report, chat_command_argument(report->arguments, "room"),
                                   CHAT_QUERY_ROOMS);
    }
    if (row->never_ends) {
        snprintf(report->why, sizeof(report->why),
                 "room %s is one of rooms.permanent and never ends", room);
        return CHAT_ADMIN_E_BAD_VALUE;
    }
    chat_report_put_object(report, row);
    return CHAT_ADMIN_OK;
}

const struct chat_command chat_command_room_close = {.begin = begin,
                                                     .end = end,
                                                     .asks = true,
                                                     .query = CHAT_QUERY_CLOSE,
                                                     .answer = answer_room_close};
