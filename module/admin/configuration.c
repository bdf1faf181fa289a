/* config check, config show, config diff, reload: what is configured, what would be, and to make it
 * so. Admin loop; files are read on a thread of libuv's pool. */
#include "admin/column.h"
#include "admin/must.h"
#include "admin/report.h"
#include "config/show.h"
#include "net/reload.h"
#include "net/snapshot.h"

#include <stdio.h>
#include <stdlib.h>

struct work {
    struct chat_reload *reload; /* NULL: done */
    const struct chat_reload_result *result;
};

static void on_done(void *context, const struct chat_reload_result *result)
{
    struct chat_errand *errand = context;
    struct work *work = errand->work;
    char why[64];

    work->reload = NULL;
    work->result = result;
    errand->problems = (const char *const *)result->problems;
    errand->n_problems = result->n_problems;
    snprintf(why, sizeof(why), "the configuration has %zu problem%s", result->n_problems,
             result->n_problems == 1 ? "" : "s");
    chat_errand_go_on(errand, result->is_right ? CHAT_ADMIN_OK : CHAT_ADMIN_E_BAD_CONFIG,
                      result->is_right ? "" : why);
}

static void begin(struct chat_errand *errand, enum chat_reload_kind kind)
{
    struct work *work = chat_must(calloc(1, sizeof(*work)));
    const char *file = chat_command_argument(errand->arguments, "file").bytes;

    errand->work = work;
    work->reload = chat_reload_begin(errand->chatd, kind, file, on_done, errand);
}

static void end(struct chat_errand *errand)
{
    struct work *work = errand->work;

    if (work->reload != NULL)
        chat_reload_forget(work->reload);
    free(work);
}

static void begin_check(struct chat_errand *errand)
{
    begin(errand, CHAT_RELOAD_CHECK);
}

static void begin_diff(struct chat_errand *errand)
{
    begin(errand, CHAT_RELOAD_DIFFER);
}

static void begin_reload(struct chat_errand *errand)
{
    begin(errand, CHAT_RELOAD_APPLY);
}

static enum chat_admin_error answer_check(struct chat_report *report)
{
    const struct chat_reload_result *result = ((struct work *)report->errand->work)->result;
    struct chat_admin_warning *records =
        chat_must(calloc(result->n_warnings + 1, sizeof(*records)));

    for (size_t i = 0; i < result->n_warnings; i++)
        records[i].warning = chat_slice_of(result->warnings[i]);
    yajl_gen_map_open(report->json);
    chat_report_put_list(report, "warnings", records, result->n_warnings, sizeof(*records));
    yajl_gen_map_close(report->json);
    free(records);
    return CHAT_ADMIN_OK;
}

static enum chat_admin_error answer_changes(struct chat_report *report)
{
    const struct chat_reload_result *result = ((struct work *)report->errand->work)->result;
    struct chat_admin_change *records = chat_must(calloc(result->n_changes + 1, sizeof(*records)));

    for (size_t i = 0; i < result->n_changes; i++) {
        const struct chat_reload_change *change = &result->changes[i];
        records[i] = (struct chat_admin_change){
            chat_slice_of(change->option), chat_slice_of(change->from), chat_slice_of(change->to),
            chat_slice_of(change->restart ? "restart" : "reload")};
    }
    yajl_gen_map_open(report->json);
    chat_report_put_list(report, "changes", records, result->n_changes, sizeof(*records));
    yajl_gen_map_close(report->json);
    free(records);
    return CHAT_ADMIN_OK;
}

static enum chat_admin_error answer_show(struct chat_report *report)
{
    const struct chat_config *config = &report->errand->chatd->snapshot->config;
    struct chat_slice wanted = chat_command_argument(report->arguments, "option");
    struct chat_admin_option records[CHAT_OPTIONS];
    char *texts[CHAT_OPTIONS][2];
    size_t n = 0;

    for (enum chat_config_at at = 0; at < CHAT_OPTIONS; at++) {
        if (!chat_show_is_named(at, wanted.bytes))
            continue;
        texts[n][0] = chat_show_value(config, at);
        texts[n][1] = chat_show_source(config, at);
        records[n] = (struct chat_admin_option){
            chat_slice_of(chat_show_name(at)), chat_slice_of(texts[n][0]),
            chat_slice_of(texts[n][1]),
            chat_slice_of(chat_show_needs_restart(at) ? "restart" : "reload")};
        n++;
    }
    if (n == 0) {
        chat_show_suggest(wanted.bytes, report->why, sizeof(report->why));
        return CHAT_ADMIN_E_BAD_VALUE;
    }
    yajl_gen_map_open(report->json);
    chat_report_put_list(report, "options", records, n, sizeof(*records));
    yajl_gen_map_close(report->json);
    while (n-- > 0) {
        free(texts[n][0]);
        free(texts[n][1]);
    }
    return CHAT_ADMIN_OK;
}

const struct chat_command chat_command_config_check = {
    .begin = begin_check, .end = end, .answer = answer_check};
const struct chat_command chat_command_config_show = {.answer = answer_show};
const struct chat_command chat_command_config_diff = {
    .begin = begin_diff, .end = end, .answer = answer_changes};
const struct chat_command chat_command_reload = {
    .begin = begin_reload, .end = end, .answer = answer_changes};
