/* chatd-protocol(7): requests, events, errors and close codes, as the server itself has them. */
#include "core/error.h"
#include "core/request.h"
#include "pages.h"
#include "proto/kind.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

struct member {
    const char *name;
    enum chat_kind kind;
};

static const struct member members[] = {
#define MEMBER(name, kind)        {#name, CHAT_KIND_##kind},
#define INNER(object, name, kind) {#object "." #name, CHAT_KIND_##kind},
#include "core/request.def"
};
static const struct field {
    const char *request, *name;
    bool required;
} fields[] = {
#define REQUIRED                     true
#define OPTIONAL                     false
#define FIELD(request, member, need) {#request, #member, need},
#include "core/request.def"
#undef REQUIRED
#undef OPTIONAL
};
enum {
    MEMBERS = sizeof(members) / sizeof(members[0]),
    FIELDS = sizeof(fields) / sizeof(fields[0])
};

static void put_kind(FILE *out, enum chat_kind kind)
{
    const struct chat_kind_row *row = chat_kind_row(kind);

    fputs(row->type, out);
    if (row->high > 0)
        fprintf(out, ", %" PRId64 " to %" PRId64 "%s", row->low, row->high, row->unit);
    else if (row->is_configured)
        fprintf(out, ", %" PRId64 " to the configured bound%s%s", row->low,
                row->unit[0] == '\0' ? "" : ", counted in", row->unit);
    if (row->characters[0] != '\0') {
        fputs("; ", out);
        chat_pages_text(out, row->characters);
    }
}

/* Each once, whatever the requests that have it. */
void chat_pages_members(FILE *out)
{
    fputs(".Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < MEMBERS; i++) {
        fprintf(out, ".It Li %s\n", members[i].name);
        put_kind(out, members[i].kind);
        putc('\n', out);
    }
    fputs(".El\n", out);
}

static void put_fields(FILE *out, const char *request, bool required, const char *before)
{
    bool any = false;

    for (size_t i = 0; i < FIELDS; i++) {
        if (strcmp(fields[i].request, request) != 0 || fields[i].required != required)
            continue;
        fprintf(out, "%s\\fB%s\\fR", any ? ",\n" : before, fields[i].name);
        any = true;
    }
    if (any)
        fputs(".\n", out);
}

static void put_request(FILE *out, const struct chat_request_row *row)
{
    static const char *const charges[] = {
        [CHAT_CHARGE_NOTHING] = "It is free of any rate.",
        [CHAT_CHARGE_MESSAGES] = "It counts against\n.Ic limits.messages_per_second .",
        [CHAT_CHARGE_JOINS] = "It counts against\n.Ic limits.joins_per_second .",
    };

    fprintf(out, ".It Li %s\n", row->name);
    chat_pages_text(out, row->doc);
    putc('\n', out);
    put_fields(out, row->name, true, "It needs ");
    put_fields(out, row->name, false, "It may have ");
    fprintf(out, "%s\n", charges[row->charge]);
}

void chat_pages_requests(FILE *out)
{
    fputs(".Bl -tag -width Ds\n", out);
    for (int type = 0; type < CHAT_REQUESTS; type++)
        put_request(out, chat_request_row((enum chat_request_type)type));
    fputs(".El\n", out);
}

#define KIND_STRING   "a string"
#define KIND_NUMBER   "an integer"
#define KIND_POSITIVE "an integer, left out when there is none"
#define KIND_TIME     "a time"
#define KIND_EXPIRY   "a time, left out when there is none"
#define KIND_TEXT     "an object {room_id, message}"
#define KIND_FLAG     "true or false, left out where it says nothing"
#define KIND_ROOMS    "an array of objects {room_id, room_name, members}"
#define KIND_USERS    "an array of objects {user_id, user_name}"
#define KIND_FRAMES   "an array of server messages, each with its type"

void chat_pages_events(FILE *out)
{
    static const struct {
        const char *name, *doc;
    } events[] = {
#define EVENT(name, doc) {#name, doc},
#include "core/event.def"
    };
    static const struct {
        const char *event, *name, *kind;
    } rows[] = {
#define MEMBER(event, name, kind, member) {#event, #name, KIND_##kind},
#include "core/event.def"
    };

    fputs(".Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        const char *before = "Its members: ";
        fprintf(out, ".It Li %s\n", events[i].name);
        chat_pages_text(out, events[i].doc);
        for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++)
            if (strcmp(rows[j].event, events[i].name) == 0) {
                fprintf(out, "%s%s\\fB%s\\fR, %s", before[0] == 'I' ? "\n" : "", before,
                        rows[j].name, rows[j].kind);
                before = ";\n";
            }
        fputs(before[0] == 'I' ? "\nIt has no other member.\n" : ".\n", out);
    }
    fputs(".El\n", out);
}

void chat_pages_errors(FILE *out)
{
    const char *code = "";

    fputs(".Bl -tag -width Ds\n", out);
    for (int error = CHAT_OK + 1; error < CHAT_ERRORS; error++) {
        const struct chat_error_row *row = chat_error_row((enum chat_error)error);
        if (strcmp(row->code, code) != 0) {
            if (code[0] != '\0')
                fputs(".El\n", out);
            code = row->code;
            fprintf(out, ".It Li %s\n.Bl -tag -width Ds -compact\n", code);
        }
        fprintf(out, ".It Li %s\n", row->reason);
        chat_pages_text(out, row->sentence);
        putc('\n', out);
    }
    fputs(".El\n.El\n", out);
}

void chat_pages_closes(FILE *out)
{
    static const struct {
        int code;
        const char *word, *sentence;
    } rows[] = {
#define CLOSE(symbol, code, word, sentence) {code, #word, sentence},
#include "wire/close.def"
    };

    fputs(".Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fprintf(out, ".It %d Li %s\n", rows[i].code, rows[i].word);
        chat_pages_text(out, rows[i].sentence);
        putc('\n', out);
    }
    fputs(".El\n", out);
}
