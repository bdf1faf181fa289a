/* Entries of the audit log on their way to the state. */
#include "net/audit.h"

#include "net/letter.h"
#include "net/worker.h"

#include <stdio.h>
#include <time.h>

enum { FIELD_MAX = 256 };

/* That nothing is kept at all was said at the start. */
static void on_written(void *context, const struct chat_record *record, const char *why)
{
    struct chatd *chatd = context;

    (void)record;
    if (why != NULL && chat_state_absence(chatd->state)[0] == '\0')
        chat_log(chatd, CHATD_ERROR, "audit_not_kept", {"reason", why, 0});
}

void chat_audit_keep(struct chatd *chatd, const struct chat_audit_entry *entry)
{
    struct chat_record record = {.kind = CHAT_RECORD_AUDIT, .audit = *entry};
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    record.audit.time_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    chat_state_write(chatd->state, &record, on_written, chatd);
}

static const char *text_of(struct chat_slice slice, char out[FIELD_MAX])
{
    snprintf(out, FIELD_MAX, "%.*s", (int)slice.length, slice.length == 0 ? "" : slice.bytes);
    return out;
}

static void log_moderator(struct chat_worker *worker, const struct chat_call *call,
                          const char *request)
{
    char by[FIELD_MAX], room[FIELD_MAX], user[FIELD_MAX];

    chat_log(worker->shared, CHATD_INFO, "moderation", {"by", text_of(call->user, by), 0},
             {"request", request, 0}, {"room", text_of(call->request->room_id, room), 0},
             {"user", text_of(call->request->user_id, user), 0});
}

void chat_audit_moderator(struct chat_worker *worker, const struct chat_call *call)
{
    const struct chat_request *request = call->request;
    const char *name = chat_request_row(request->type)->name;
    char subject[CHAT_AUDIT_TEXT_MAX], text[CHAT_AUDIT_TEXT_MAX + FIELD_MAX];
    bool has_user = request->user_id.length != 0, has_reason = request->reason.length != 0;
    int length =
        snprintf(subject, sizeof(subject), "room=%.*s%s%.*s%s%.*s%s", (int)request->room_id.length,
                 request->room_id.bytes, has_user ? " user=" : "", (int)request->user_id.length,
                 has_user ? request->user_id.bytes : "", has_reason ? " reason=\"" : "",
                 (int)request->reason.length, has_reason ? request->reason.bytes : "",
                 has_reason ? "\"" : "");
    struct chat_record record = {.kind = CHAT_RECORD_AUDIT,
                                 .audit = {.by = call->user,
                                           .change = {name, strlen(name)},
                                           .subject = {subject, (size_t)length},
                                           .result = CHAT_SLICE("ok")}};

    log_moderator(worker, call, name);
    chat_record_keep_text(&record, text);
    struct chat_letter letter = {
        .kind = CHAT_LETTER_AUDIT,
        .parts = {{(const char *)&record, sizeof(record)}, {text, chat_record_text(&record)}}};
    chat_mailbox_send(worker->mailbox, worker->workers, &letter); /* the control is the last end */
}

void chat_audit_receive(struct chatd *chatd, struct chat_slice entry, struct chat_slice text)
{
    struct chat_record record;

    memcpy(&record, entry.bytes, sizeof(record));
    chat_record_find_text(&record, text.bytes);
    chat_audit_keep(chatd, &record.audit);
}
