/* status, ping, version, log-level: the server as a whole. Admin loop. */
#include "admin/column.h"
#include "admin/report.h"
#include "net/drain.h"
#include "net/shared.h"

static const char *const level_names[] = {[CHATD_ERROR] = "error",
                                          [CHATD_WARNING] = "warning",
                                          [CHATD_INFO] = "info",
                                          [CHATD_DEBUG] = "debug"};

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

/* What was changed since the start, and lasts. */
static void add_changes(struct chat_admin_status *status, const struct chatd *chatd,
                        struct chat_slice restart_for[CHAT_OPTIONS])
{
    uint64_t begun_ms, end_ms, now_ms = uv_hrtime() / 1000000;

    if (chatd == NULL)
        return;
    status->state = chat_slice_of(!chat_drain_is_on(chatd)    ? "serving"
                                  : chat_drain_is_done(chatd) ? "drained"
                                                              : "draining");
    chat_drain_times(chatd, &begun_ms, &end_ms);
    if (chat_drain_is_on(chatd) && end_ms > now_ms)
        status->drain_left_ms = end_ms - now_ms;
    status->log_level = chat_slice_of(level_names[atomic_load(&chatd->log_level)]);
    status->reloaded_ms = chatd->reloaded_ms;
    for (size_t i = 0; i < chatd->n_restart_for; i++)
        restart_for[i] = chat_slice_of(chatd->restart_for[i]);
    status->restart_for = (struct chat_column_texts){restart_for, chatd->n_restart_for};
}

static enum chat_admin_error answer_status(struct chat_report *report)
{
    const struct chat_report_facts *facts = report->facts;
    struct chat_admin_status status = {
        .version = chat_slice_of(facts->version),
        .started_ms = facts->started_ms,
        .pid = facts->pid,
        .workers = facts->workers,
    };

    struct chat_slice restart_for[CHAT_OPTIONS];

    for (size_t i = 0; i < report->found->count; i++)
        add(&status, &report->found->rows[i]);
    add_changes(&status, report->errand->chatd, restart_for);
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

    chat_report_put_object(report, &(struct chat_admin_status){.version = chat_slice_of(version),
                                                               .protocol = CHAT_SLICE("chat.v1")});
    return CHAT_ADMIN_OK;
}

/* Until the next reload, or for ever. */
static void begin_log_level(struct chat_errand *errand)
{
    struct chat_slice wanted = chat_command_argument(errand->arguments, "level");
    int level = CHATD_ERROR;

    while (!chat_slice_equal(wanted, chat_slice_of(level_names[level])))
        level++; /* it is one of them */
    atomic_store(&errand->chatd->log_level, level);
    chat_errand_go_on(errand, CHAT_ADMIN_OK, "");
}

static enum chat_admin_error answer_log_level(struct chat_report *report)
{
    int level = atomic_load(&report->errand->chatd->log_level);

    chat_report_put_object(
        report, &(struct chat_admin_status){.log_level = chat_slice_of(level_names[level])});
    return CHAT_ADMIN_OK;
}

const struct chat_command chat_command_status = {
    .asks = true, .query = CHAT_QUERY_STATUS, .answer = answer_status};
const struct chat_command chat_command_ping = {
    .asks = true, .query = CHAT_QUERY_STATUS, .answer = answer_ping};
const struct chat_command chat_command_version = {.answer = answer_version};
const struct chat_command chat_command_log_level = {.begin = begin_log_level,
                                                    .answer = answer_log_level};
