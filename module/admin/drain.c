/* drain, undrain, shutdown: the server is emptied, and ends. Admin loop. */
#include "net/drain.h"

#include "admin/column.h"
#include "admin/ending.h"
#include "admin/report.h"
#include "net/shared.h"

#include <stdlib.h>

enum { OVER_MS = 30000 }; /* as the argument's row says */

static void begin_drain(struct chat_errand *errand)
{
    const char *over = chat_command_argument(errand->arguments, "over").bytes;
    bool exits = chat_command_argument(errand->arguments, "exit").bytes != NULL;

    chatd_drain(errand->chatd, over == NULL ? OVER_MS : strtoull(over, NULL, 10));
    chat_ending_watch(errand->chatd, exits);
    chat_errand_go_on(errand, CHAT_ADMIN_OK, "");
}

static enum chat_admin_error answer_drain(struct chat_report *report)
{
    uint64_t begun_ms, end_ms;
    struct chat_admin_status status = {.version = CHAT_SLICE("")};

    chat_drain_times(report->errand->chatd, &begun_ms, &end_ms);
    for (size_t i = 0; i < report->found->count; i++)
        status.connections += report->found->rows[i].connections;
    status.drain_ms = end_ms - begun_ms;
    chat_report_put_object(report, &status);
    return CHAT_ADMIN_OK;
}

static void begin_undrain(struct chat_errand *errand)
{
    bool was_on = chat_drain_is_on(errand->chatd);

    chat_ending_forget(errand->chatd);
    chatd_undrain(errand->chatd);
    chat_errand_go_on(errand, was_on ? CHAT_ADMIN_OK : CHAT_ADMIN_E_NOT_DRAINING, "");
}

static void begin_shutdown(struct chat_errand *errand)
{
    bool can = errand->chatd->shutdown != NULL;

    chat_errand_go_on(errand, can ? CHAT_ADMIN_OK : CHAT_ADMIN_E_NO_SHUTDOWN, "");
}

static enum chat_admin_error answer_connections(struct chat_report *report)
{
    struct chat_admin_status status = {.version = CHAT_SLICE("")};

    for (size_t i = 0; i < report->found->count; i++)
        status.connections += report->found->rows[i].connections;
    chat_report_put_object(report, &status);
    return CHAT_ADMIN_OK;
}

/* Only now, as the workers do not answer any more once they stop. */
static enum chat_admin_error answer_shutdown(struct chat_report *report)
{
    chat_ending_ask(report->errand->chatd);
    return answer_connections(report);
}

const struct chat_command chat_command_drain = {
    .begin = begin_drain, .asks = true, .query = CHAT_QUERY_STATUS, .answer = answer_drain};
const struct chat_command chat_command_undrain = {
    .begin = begin_undrain, .asks = true, .query = CHAT_QUERY_STATUS, .answer = answer_connections};
const struct chat_command chat_command_shutdown = {
    .begin = begin_shutdown, .asks = true, .query = CHAT_QUERY_STATUS, .answer = answer_shutdown};
