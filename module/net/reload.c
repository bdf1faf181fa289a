/* Reads, compares, applies. If another reload was faster, what this one compared with is in effect
 * no longer: then it reads again. */
#include "net/reload.h"

#include "config/option.h"
#include "config/show.h"
#include "net/caution.h"
#include "net/control.h"
#include "net/mailbox.h"
#include "net/snapshot.h"
#include "net/tls.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

struct chat_reload {
    uv_work_t work;
    struct chatd *chatd;
    enum chat_reload_kind kind;
    char *file;
    struct chatd_config *base; /* what was in effect when it was read */
    struct chatd_config *read;
    struct chat_reload_result result;
    void (*done)(void *context, const struct chat_reload_result *result);
    void *context;
};

static void *must(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

static void clear(struct chat_reload *reload)
{
    struct chat_reload_result *result = &reload->result;

    for (size_t i = 0; i < result->n_problems; i++)
        free(result->problems[i]);
    for (size_t i = 0; i < result->n_warnings; i++)
        free(result->warnings[i]);
    for (size_t i = 0; i < result->n_changes; i++) {
        free(result->changes[i].from);
        free(result->changes[i].to);
    }
    free(result->problems);
    free(result->warnings);
    free(result->changes);
    *result = (struct chat_reload_result){.is_right = false};
    chat_snapshot_unref(reload->read);
    chat_snapshot_unref(reload->base);
    reload->read = reload->base = NULL;
}

static void add_line(char ***lines, size_t *count, const char *line)
{
    *lines = must(realloc(*lines, (*count + 1) * sizeof(**lines)));
    (*lines)[(*count)++] = must(strdup(line));
}

static void on_problem(void *context, const char *line)
{
    struct chat_reload_result *result = context;
    add_line(&result->problems, &result->n_problems, line);
}

static void on_caution(void *context, const char *sentence)
{
    struct chat_reload_result *result = context;
    add_line(&result->warnings, &result->n_warnings, sentence);
}

static void add_change(struct chat_reload *reload, enum chat_config_at at, bool needs_restart)
{
    struct chat_reload_result *result = &reload->result;
    const struct chat_option *row = &chat_option_rows()[at];
    size_t size = (result->n_changes + 1) * sizeof(*result->changes);

    result->changes = must(realloc(result->changes, size));
    result->changes[result->n_changes++] =
        (struct chat_reload_change){.option = row->path,
                                    .from = chat_show_value(&reload->base->config, at),
                                    .to = chat_show_value(&reload->read->config, at),
                                    .restart = needs_restart};
}

/* Options that need a restart keep their values, and that must hang together with the new ones. */
static void compare(struct chat_reload *reload)
{
    const struct chat_option *rows = chat_option_rows();
    struct chat_config *config = &reload->read->config;

    for (enum chat_config_at at = 0; at < CHAT_OPTIONS; at++) {
        if (rows[at].owner != CHAT_OWNER_CONFIG ||
            chat_show_same(&reload->base->config, config, at))
            continue;
        bool needs_restart = chat_show_waits(&reload->base->config, config, at);
        add_change(reload, at, needs_restart);
        if (needs_restart)
            chat_show_copy(config, &reload->base->config, at);
    }
    reload->result.is_right = chat_config_check(config, on_problem, &reload->result);
}

static void look_for_cautions(struct chat_reload *reload)
{
    struct rlimit files = {.rlim_max = RLIM_INFINITY};

    getrlimit(RLIMIT_NOFILE, &files);
    chat_caution_tell(&reload->read->config, files.rlim_max, on_caution, &reload->result);
}

/* What was told although nothing is wrong is only to be careful of. */
static void keep_as_warnings(struct chat_reload_result *result)
{
    result->warnings = result->problems;
    result->n_warnings = result->n_problems;
    result->problems = NULL;
    result->n_problems = 0;
}

/* On a thread of the pool. */
static void on_work(uv_work_t *work)
{
    struct chat_reload *reload = work->data;

    reload->read = chat_snapshot_again(reload->base, reload->file, on_problem, &reload->result,
                                       &reload->result.is_right);
    if (reload->result.is_right)
        keep_as_warnings(&reload->result);
    if (reload->result.is_right && reload->kind == CHAT_RELOAD_CHECK)
        look_for_cautions(reload);
    else if (reload->result.is_right)
        compare(reload);
}

static void end(struct chat_reload *reload)
{
    struct chatd *chatd = reload->chatd;

    if (reload->done != NULL)
        reload->done(reload->context, &reload->result);
    if (reload->kind == CHAT_RELOAD_APPLY && chatd->reloading != NULL)
        chatd->reloading(chatd->changed_context, false);
    clear(reload);
    free(reload->file);
    free(reload);
    if (--chatd->reloads == 0 && chatd->reloads_ended != NULL)
        chatd->reloads_ended(chatd->reloads_context);
}

static void log_change(struct chatd *chatd, const struct chat_reload_change *change)
{
    if (change->restart)
        chat_log(chatd, CHATD_WARNING, "config_needs_restart", {"option", change->option, 0},
                 {"from", change->from, 0}, {"to", change->to, 0});
    else
        chat_log(chatd, CHATD_INFO, "config_changed", {"option", change->option, 0},
                 {"from", change->from, 0}, {"to", change->to, 0});
}

static void log_result(const struct chat_reload *reload)
{
    const struct chat_reload_result *result = &reload->result;

    for (size_t i = 0; i < result->n_problems; i++)
        chat_log(reload->chatd, CHATD_ERROR, "config_problem", {"problem", result->problems[i], 0});
    for (size_t i = 0; i < result->n_warnings; i++)
        chat_log(reload->chatd, CHATD_WARNING, "config_warning",
                 {"warning", result->warnings[i], 0});
    for (size_t i = 0; i < result->n_changes && result->is_right; i++)
        log_change(reload->chatd, &result->changes[i]);
    if (result->is_right)
        chat_log(reload->chatd, CHATD_INFO, "reloaded",
                 {"changes", NULL, (long long)result->n_changes});
    else
        chat_log(reload->chatd, CHATD_ERROR, "reload_refused",
                 {"problems", NULL, (long long)result->n_problems});
}

static void note_reload(struct chatd *chatd, const struct chat_reload_result *result)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    chatd->reloaded_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    chatd->n_restart_for = 0;
    for (size_t i = 0; i < result->n_changes; i++)
        if (result->changes[i].restart)
            chatd->restart_for[chatd->n_restart_for++] = result->changes[i].option;
}

static void on_applied(void *context)
{
    struct chat_reload *reload = context;

    log_result(reload);
    end(reload);
}

static void apply(struct chat_reload *reload)
{
    struct chatd *chatd = reload->chatd;
    struct chatd_config *snapshot = chat_snapshot_ref(reload->read);
    const struct chat_config *config = &snapshot->config;
    struct chat_query query = {.kind = CHAT_QUERY_CONFIGURE, .snapshot = snapshot};

    chat_snapshot_unref(chatd->snapshot);
    chatd->snapshot = snapshot;
    note_reload(chatd, &reload->result);
    atomic_store(&chatd->connections_max, config->limits_connections);
    chat_post_office_limit(chatd->office, config->limits_mailbox);
    chat_address_table_limit(chatd->addresses,
                             &(struct chat_address_limits){config->limits_connections_per_address,
                                                           config->limits_handshakes_per_second,
                                                           config->limits_connections});
    atomic_store(&chatd->log_level, (int)config->log_level);
    chat_tls_use(chatd->tls, snapshot->certificates);
    if (chatd->changed != NULL)
        chatd->changed(chatd->changed_context);
    chat_control_ask(chatd->control, &query, NULL, on_applied, reload);
}

static void begin_work(struct chat_reload *reload);

static void on_worked(uv_work_t *work, int status)
{
    struct chat_reload *reload = work->data;
    struct chatd *chatd = reload->chatd;
    bool applies = reload->kind == CHAT_RELOAD_APPLY && chatd->reloads_ended == NULL;

    (void)status;
    if (applies && reload->result.is_right && chatd->snapshot != reload->base) {
        clear(reload);
        begin_work(reload);
    } else if (applies && reload->result.is_right) {
        apply(reload);
    } else {
        if (reload->kind == CHAT_RELOAD_APPLY)
            log_result(reload);
        end(reload);
    }
}

static void begin_work(struct chat_reload *reload)
{
    reload->base = chat_snapshot_ref(reload->chatd->snapshot);
    reload->work.data = reload;
    if (uv_queue_work(reload->chatd->loop, &reload->work, on_work, on_worked) != 0)
        abort();
}

struct chat_reload *chat_reload_begin(
    struct chatd *chatd, enum chat_reload_kind kind, const char *file,
    void (*done)(void *context, const struct chat_reload_result *result), void *context)
{
    struct chat_reload *reload = must(calloc(1, sizeof(*reload)));

    reload->chatd = chatd;
    reload->kind = kind;
    reload->file = file == NULL ? NULL : must(strdup(file));
    reload->done = done;
    reload->context = context;
    chatd->reloads++;
    if (kind == CHAT_RELOAD_APPLY && chatd->reloading != NULL)
        chatd->reloading(chatd->changed_context, true);
    begin_work(reload);
    return reload;
}

void chat_reload_forget(struct chat_reload *reload)
{
    reload->done = NULL;
}

void chat_reload_watch(struct chatd *chatd, void (*reloading)(void *context, bool begins),
                       void (*changed)(void *context), void *context)
{
    chatd->reloading = reloading;
    chatd->changed = changed;
    chatd->changed_context = context;
}

void chat_reload_end(struct chatd *chatd, void (*ended)(void *context), void *context)
{
    chatd->reloads_ended = ended;
    chatd->reloads_context = context;
    if (chatd->reloads == 0)
        ended(context);
}

/* What a host asked for is told in the log. */
void chatd_reload(struct chatd *chatd)
{
    chat_reload_begin(chatd, CHAT_RELOAD_APPLY, NULL, NULL, NULL);
}
