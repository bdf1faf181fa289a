/* The admin server as a host opens it: the control that asks the workers, and the socket. */
#include "admin/ending.h"
#include "admin/server.h"
#include "chatd.h"
#include "net/audit.h"
#include "net/control.h"
#include "net/kept.h"
#include "net/moderation.h"
#include "net/reload.h"
#include "net/shared.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { FIELDS_MAX = 12 };

/* As one text, `NAME=VALUE NAME=VALUE`: what does not fit whole is left out. A value with a blank
 * stands in quotes. */
static size_t put_argument(char *text, size_t size, const char *name, struct chat_slice value)
{
    const char *quote = memchr(value.bytes, ' ', value.length) != NULL ? "\"" : "";
    int length =
        snprintf(text, size, "%s=%s%.*s%s", name, quote, (int)value.length, value.bytes, quote);

    return length < 0 || (size_t)length >= size ? 0 : (size_t)length;
}

static void keep(struct chatd *chatd, const struct chat_admin_audit *entry)
{
    char subject[CHAT_AUDIT_TEXT_MAX], number[16];
    size_t used = 0;

    for (size_t i = 0; i < entry->argument_count; i++) {
        size_t blank = used > 0;
        size_t length = put_argument(subject + used + blank, sizeof(subject) - used - blank,
                                     entry->arguments[i].name, entry->arguments[i].value);
        if (length == 0)
            break;
        if (blank)
            subject[used++] = ' ';
        used += length;
    }
    snprintf(number, sizeof(number), "%u", (unsigned)entry->uid);
    struct chat_audit_entry kept = {
        .by = chat_slice_of(entry->user_name[0] != '\0' ? entry->user_name : number),
        .uid = entry->uid,
        .pid = (uint64_t)entry->pid,
        .change = chat_slice_of(entry->command),
        .subject = {subject, used},
        .result = chat_slice_of(entry->result)};
    chat_audit_keep(chatd, &kept);
}

/* Who changed what, with which result (INTERFACES, the admin socket). */
static void audit(void *context, const struct chat_admin_audit *entry)
{
    struct chatd *chatd = context;
    struct chatd_field fields[FIELDS_MAX] = {{"command", entry->command, 0},
                                             {"result", entry->result, 0},
                                             {"uid", NULL, entry->uid},
                                             {"pid", NULL, entry->pid},
                                             {"by", entry->user_name, 0}};
    char text[CHAT_AUDIT_TEXT_MAX];
    size_t n = 5, used = 0;

    for (size_t i = 0; i < entry->argument_count && n < FIELDS_MAX - 1; i++) {
        struct chat_slice value = entry->arguments[i].value;
        int length = snprintf(text + used, sizeof(text) - used, "%.*s", (int)value.length,
                              value.length == 0 ? "" : value.bytes);
        if (length < 0 || (size_t)length >= sizeof(text) - used)
            break;
        fields[n++] = (struct chatd_field){entry->arguments[i].name, text + used, 0};
        used += (size_t)length + 1;
    }
    fields[n] = (struct chatd_field){NULL, NULL, 0};
    if (chat_log_wants(chatd, CHATD_INFO))
        chat_record_write(chatd, CHATD_INFO, "admin", fields);
    keep(chatd, entry);
}

bool chatd_admin_open(struct chatd *chatd, uv_loop_t *loop, char error[256])
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    chatd->loop = loop;
    chatd->control = chat_control_create(chatd->office, chatd->n_workers, loop);
    struct chat_admin_options options = {
        .chatd = chatd,
        .path = chatd->config->admin_socket,
        .mode = chatd->config->admin_mode,
        .group = chatd->config->admin_group,
        .version = CHATD_VERSION,
        .pid = getpid(),
        .workers = chatd->n_workers,
        .started_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000,
        .audit = audit,
        .context = chatd,
    };
    chat_state_use(chatd->state, loop);
    chat_kept_open(chatd);
    chat_control_audit(chatd->control, chat_audit_receive, chatd);
    chat_moderation_open(chatd);
    chatd->admin = chat_admin_create(loop, chatd->control, &options, error);
    return chatd->admin != NULL;
}

static void on_state_closed(void *context)
{
    struct chatd *chatd = context;
    chatd->admin_closed(chatd->admin_context);
}

/* What was asked to be kept is still written. */
static void on_control_destroyed(void *context)
{
    struct chatd *chatd = context;
    chatd->control = NULL;
    chat_state_close(chatd->state, on_state_closed, chatd);
}

static void on_moderation_closed(void *context)
{
    struct chatd *chatd = context;
    chat_control_destroy(chatd->control, on_control_destroyed, chatd);
}

static void on_reloads_ended(void *context)
{
    struct chatd *chatd = context;
    chat_moderation_close(chatd, on_moderation_closed, chatd);
}

/* The socket is gone; the workers still answer what was asked. */
static void on_admin_closed(void *context)
{
    struct chatd *chatd = context;
    chatd->admin = NULL;
    chat_reload_end(chatd, on_reloads_ended, chatd);
}

void chatd_admin_close(struct chatd *chatd, void (*closed)(void *context), void *context)
{
    chatd->admin_closed = closed;
    chatd->admin_context = context;
    chat_ending_close(chatd);
    chat_kept_close(chatd);
    if (chatd->admin != NULL)
        chat_admin_close(chatd->admin, on_admin_closed, chatd);
    else
        on_admin_closed(chatd);
}
