/* status, ping, version: the server as a whole. Admin loop. */
#include "admin/column.h"
#include "admin/report.h"

static void add(struct chat_admin_status *status, const struct chat_row *worker)
{
    status->connections += worker->connections;
    status->users += worker->users;
    status->rooms += worker->rooms;
    status->memberships += worker->seats;
    status->messages_in += worker->messages_in;
    status->messages_out += worker->messages_out;
    status->queued_bytes += worker->queued_bytes;
    status->history_bytes += worker->history_bytes;
    status->memory_bytes += worker->memory_bytes;
}

static enum chat_admin_error answer_status(struct chat_report *report)
{
    const struct chat_report_facts *facts = report->facts;
    struct chat_admin_status status = {
        .version = {facts->version, strlen(facts->version)},
        .started_ms = facts->started_ms,
        .pid = facts->pid,
        .workers = facts->workers,
    };

    for (size_t i = 0; i < report->found->count; i++)
        add(&status, &report->found->rows[i]);
    chat_report_put_object(report, &status);
    return CHAT_ADMIN_OK;
}

/* It asks all workers, so that one that hangs leaves it without an answer. */
static enum chat_admin_error answer_ping(struct chat_report *report)
{
    chat_report_put_object(report, &(struct chat_admin_status){.reply = CHAT_SLICE("pong"),
                                                               .workers = report->found->count});
    return CHAT_ADMIN_OK;
}

static enum chat_admin_error answer_version(struct chat_report *report)
{
    const char *version = report->facts->version;

    chat_report_put_object(report,
                           &(struct chat_admin_status){.version = {version, strlen(version)},
                                                       .protocol = CHAT_SLICE("chat.v1")});
    return CHAT_ADMIN_OK;
}

const struct chat_command chat_command_status = {
    .asks = true, .query = CHAT_QUERY_STATUS, .answer = answer_status};
const struct chat_command chat_command_ping = {
    .asks = true, .query = CHAT_QUERY_STATUS, .answer = answer_ping};
const struct chat_command chat_command_version = {.answer = answer_version};
