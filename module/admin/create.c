/* room-create: a room that never ends, now and after a restart. It is looked for first, then kept,
 * then made at its home. Admin loop. */
#include "admin/must.h"
#include "admin/report.h"
#include "net/shared.h"
#include "net/snapshot.h"

#include <stdio.h>
#include <stdlib.h>

struct work {
    struct chatd *chatd;
    uint32_t question; /* 0: answered */
    uint64_t change;   /* 0: written */
    bool is_there;
};

static struct chat_slice argument(const struct chat_errand *errand, const char *name)
{
    return chat_command_argument(errand->arguments, name);
}

static void on_row(void *context, const struct chat_row *row)
{
    struct work *work = ((struct chat_errand *)context)->work;

    work->is_there = work->is_there || row->kind == CHAT_ROW_ROOM;
}

static void on_written(void *context, const struct chat_record *record, const char *why)
{
    struct chat_errand *errand = context;

    ((struct work *)errand->work)->change = 0;
    errand->query = (struct chat_query){.kind = CHAT_QUERY_MAKE,
                                        .room = record->room.id,
                                        .text = record->room.name,
                                        .number = record->room.max_members};
    chat_errand_go_on(errand, why == NULL ? CHAT_ADMIN_OK : CHAT_ADMIN_E_NOT_KEPT,
                      why == NULL ? "" : why);
}

static void on_looked(void *context)
{
    struct chat_errand *errand = context;
    struct work *work = errand->work;
    const struct chat_config *config = &work->chatd->snapshot->config;
    struct chat_slice name = argument(errand, "name"), most = argument(errand, "max-members");
    struct chat_record record = {
        .kind = CHAT_RECORD_ROOM,
        .room = {.id = argument(errand, "room"), .name = name, .created_ms = errand->now_ms}};
    char why[CHAT_REPORT_WHY_MAX];

    work->question = 0;
    if (name.bytes == NULL)
        record.room.name = record.room.id;
    if (most.bytes != NULL)
        record.room.max_members = (uint32_t)strtoul(most.bytes, NULL, 10);
    snprintf(why, sizeof(why), "there is a room %s already", record.room.id.bytes);
    if (work->is_there)
        chat_errand_go_on(errand, CHAT_ADMIN_E_BAD_VALUE, why);
    else if (record.room.max_members > config->rooms_max_members)
        chat_errand_go_on(errand, CHAT_ADMIN_E_BAD_VALUE,
                          "max-members is more than rooms.max_members");
    else if (atomic_load(&work->chatd->rooms) >= config->rooms_max)
        chat_errand_go_on(errand, CHAT_ADMIN_E_TOO_MANY,
                          "there are as many rooms as rooms.max allows");
    else
        work->change = chat_state_write(work->chatd->state, &record, on_written, errand);
}

static void begin(struct chat_errand *errand)
{
    struct work *work = chat_must(calloc(1, sizeof(*work)));
    struct chat_query query = {.kind = CHAT_QUERY_EXPLAIN, .room = argument(errand, "room")};

    work->chatd = errand->chatd;
    errand->work = work;
    work->question = chat_control_ask(work->chatd->control, &query, on_row, on_looked, errand);
}

static void end(struct chat_errand *errand)
{
    struct work *work = errand->work;

    if (work->question != 0)
        chat_control_forget(work->chatd->control, work->question);
    if (work->change != 0)
        chat_state_forget(work->chatd->state, work->change);
    free(work);
}

static enum chat_admin_error answer(struct chat_report *report)
{
    size_t count = 0;
    const struct chat_row *room = chat_report_rows(report, CHAT_ROW_ROOM, &count);

    if (count == 0)
        return CHAT_ADMIN_E_NOT_FOUND; /* never: its home has just made it */
    chat_report_put_object(report, room);
    return CHAT_ADMIN_OK;
}

const struct chat_command chat_command_room_create = {
    .begin = begin, .end = end, .asks = true, .query = CHAT_QUERY_MAKE, .answer = answer};
