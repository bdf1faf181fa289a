/* The event encoder: the only place that spells a server message. Each is written once, into the
 * encoder's own buffer, its frame header in front. One worker, like its encoder. */
#include "proto/event.h"

#include "core/page.h"
#include "proto/spell.h"
#include "wire/frame.h"

#include <stdlib.h>

enum kind {
    KIND_STRING,
    KIND_NUMBER,
    KIND_POSITIVE,
    KIND_TIME,
    KIND_EXPIRY,
    KIND_TEXT,
    KIND_FLAG,
    KIND_ROOMS,
    KIND_USERS,
    KIND_FRAMES
};

/* The members of all events in one array; those of one event begin at its FIRST_ and end where the
 * next one's begin. */
enum {
#define EVENT(name, doc)                  FIRST_##name, BEFORE_##name = FIRST_##name - 1,
#define MEMBER(event, name, kind, member) MEMBER_##event##_##name,
#include "core/event.def"
    MEMBERS
};

/* The shapes are fixed, so what stands before each value is spelled by the compiler. */
#define SPELLED(literal)                                                                           \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

static const struct member_row {
    struct chat_slice name; /* as it stands before the value */
    enum kind kind;
    size_t offset; /* in struct chat_event */
} members[MEMBERS] = {
#define MEMBER(event, name, kind, member)                                                          \
    {SPELLED(",\"" #name "\":"), KIND_##kind, offsetof(struct chat_event, member)},
#include "core/event.def"
};

static const struct event_row {
    struct chat_slice head;
    int first_member;
} events[CHAT_EVENTS + 1] = {
#define EVENT(name, doc) [CHAT_EVENT_##name] = {SPELLED("{\"type\":\"" #name "\""), FIRST_##name},
#include "core/event.def"
    [CHAT_EVENTS] = {{NULL, 0}, MEMBERS},
};

enum { TIME_LENGTH = sizeof("2000-01-01T00:00:00.000Z") - 1, TIME_MS_AT = TIME_LENGTH - 4 };

struct chat_encoder {
    char *bytes;
    size_t size;
    int64_t second; /* since 1970: the one that `time` spells */
    char time[TIME_LENGTH];
};

static void put_digits(char *out, int64_t value, int n)
{
    for (; n > 0; n--, value /= 10)
        out[n - 1] = (char)('0' + value % 10);
}

static int days_in_year(int64_t year)
{
    return 365 + (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

/* Counting the years takes a while, but it is done once a second at most. */
static void put_date(char *out, int64_t days)
{
    static const int month_ends[] = {31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    int64_t year = 1970;
    int month = 0, leap;

    for (; days >= days_in_year(year); year++)
        days -= days_in_year(year);
    leap = days_in_year(year) - 365;
    while (days >= month_ends[month] + (month >= 1 ? leap : 0))
        month++;
    if (month > 0)
        days -= month_ends[month - 1] + (month >= 2 ? leap : 0);
    put_digits(out, year, 4);
    put_digits(out + 5, month + 1, 2);
    put_digits(out + 8, days + 1, 2);
}

/* RFC 3339, UTC, milliseconds (PROTOCOL §2), for the years from 1970 to 9999. */
static struct chat_slice spell_time(struct chat_encoder *encoder, int64_t time_ms)
{
    static const int64_t last_ms = INT64_C(253402300799999);
    int64_t ms = time_ms < 0 ? 0 : time_ms > last_ms ? last_ms : time_ms;

    if (ms / 1000 != encoder->second) {
        encoder->second = ms / 1000;
        put_date(encoder->time, encoder->second / 86400);
        put_digits(encoder->time + 11, encoder->second / 3600 % 24, 2);
        put_digits(encoder->time + 14, encoder->second / 60 % 60, 2);
        put_digits(encoder->time + 17, encoder->second % 60, 2);
    }
    put_digits(encoder->time + TIME_MS_AT, ms % 1000, 3);
    return (struct chat_slice){encoder->time, TIME_LENGTH};
}

struct chat_encoder *chat_encoder_create(void)
{
    struct chat_encoder *encoder = calloc(1, sizeof(*encoder));

    if (encoder == NULL)
        abort();
    memcpy(encoder->time, "1970-01-01T00:00:00.000Z", TIME_LENGTH);
    return encoder;
}

void chat_encoder_destroy(struct chat_encoder *encoder)
{
    if (encoder == NULL)
        return;
    free(encoder->bytes);
    free(encoder);
}

static char *put(char *out, struct chat_slice spelled)
{
    memcpy(out, spelled.bytes, spelled.length);
    return out + spelled.length;
}

static char *put_flag(char *out, const struct member_row *row, enum chat_flag flag)
{
    if (flag == CHAT_FLAG_ABSENT)
        return out;
    return put(put(out, row->name),
               flag == CHAT_FLAG_TRUE ? CHAT_SLICE("true") : CHAT_SLICE("false"));
}

/* The frames are joined where their array will end, then each moves up without its header, which
 * is longer than the comma. */
static char *put_frames(char *out, const struct member_row *row, const struct chat_run *run)
{
    size_t length = chat_run_length(run);
    out = put(put(out, row->name), CHAT_SLICE("["));
    char *frame = out + 1, *end = frame + length;
    if (length > 0)
        put(put(frame, run->parts[0]), run->parts[1]);
    while (frame < end) {
        size_t size = chat_frame_boundary(frame, (size_t)(end - frame), 1);
        size_t header = chat_frame_payload_at(frame);
        if (frame != end - length)
            *out++ = ',';
        memmove(out, frame + header, size - header);
        out += size - header;
        frame += size;
    }
    *out++ = ']';
    return out;
}

/* What stands before each value of a packed row. */
static const struct rows_shape {
    struct chat_slice id, name, members;
} shapes[] = {
    [KIND_ROOMS] = {SPELLED("{\"room_id\":"), SPELLED(",\"room_name\":"), SPELLED(",\"members\":")},
    [KIND_USERS] = {SPELLED("{\"user_id\":"), SPELLED(",\"user_name\":"), {NULL, 0}},
};

static char *put_rows(char *out, const struct member_row *row, struct chat_slice rows)
{
    const struct rows_shape *shape = &shapes[row->kind];
    struct chat_page_row next;

    out = put(put(out, row->name), CHAT_SLICE("["));
    for (bool first = true; chat_page_next(&rows, &next); first = false) {
        if (!first)
            *out++ = ',';
        out = chat_spell_string(put(out, shape->id), next.id);
        out = chat_spell_string(put(out, shape->name), next.name);
        if (shape->members.length > 0)
            out = chat_spell_integer(put(out, shape->members), next.members);
        *out++ = '}';
    }
    *out++ = ']';
    return out;
}

static char *put_row(struct chat_encoder *encoder, char *out, const struct chat_event *event,
                     const struct member_row *row)
{
    const void *value = (const char *)event + row->offset;
    const struct chat_slice *string = value;

    switch (row->kind) {
    case KIND_STRING:
        if (string->length == 0)
            return out;
        return chat_spell_string(put(out, row->name), *string);
    case KIND_POSITIVE:
        if (*(const int64_t *)value == 0)
            return out;
        __attribute__((fallthrough));
    case KIND_NUMBER:
        return chat_spell_integer(put(out, row->name), *(const int64_t *)value);
    case KIND_EXPIRY:
        if (*(const int64_t *)value == 0)
            return out;
        __attribute__((fallthrough));
    case KIND_TIME:
        return chat_spell_string(put(out, row->name), spell_time(encoder, *(const int64_t *)value));
    case KIND_TEXT:
        out = put(put(out, row->name), CHAT_SLICE("{\"room_id\":"));
        out = put(chat_spell_string(out, event->room_id), CHAT_SLICE(",\"message\":"));
        return put(chat_spell_string(out, *string), CHAT_SLICE("}"));
    case KIND_FLAG:
        return put_flag(out, row, *(const enum chat_flag *)value);
    case KIND_ROOMS:
    case KIND_USERS:
        return put_rows(out, row, *string);
    case KIND_FRAMES:
        return put_frames(out, row, value);
    }
    return out;
}

/* Room for the longest spelling, so that nothing is checked while it is written. */
static void make_room(struct chat_encoder *encoder, const struct chat_event *event)
{
    enum { SHAPE_MAX = 1024, PER_BYTE = 6 }; /* names, numbers, times; \u0000 */
    _Static_assert(PER_BYTE * CHAT_PAGE_ROW_MIN >= CHAT_PAGE_SHAPE_MAX, "a row is spelled in that");
    size_t strings = 2 * event->room_id.length + event->room_name.length + event->user_id.length +
                     event->user_name.length + event->message.length + event->client_msg_id.length +
                     event->epoch.length + event->session.length + event->code.length +
                     event->reason.length + event->next.length + event->rows.length;
    size_t size =
        SHAPE_MAX + event->id.length + PER_BYTE * strings + chat_run_length(&event->frames);

    if (size <= encoder->size)
        return;
    free(encoder->bytes);
    encoder->bytes = malloc(size);
    if (encoder->bytes == NULL)
        abort();
    encoder->size = size;
}

struct chat_slice chat_encoder_write(struct chat_encoder *encoder, const struct chat_event *event)
{
    char header[CHAT_FRAME_HEADER_MAX];

    make_room(encoder, event);
    char *start = encoder->bytes + CHAT_FRAME_HEADER_MAX, *out = start;
    out = put(out, events[event->type].head);
    if (event->id.length > 0)
        out = put(put(out, CHAT_SLICE(",\"id\":")), event->id);
    for (int i = events[event->type].first_member; i < events[event->type + 1].first_member; i++)
        out = put_row(encoder, out, event, &members[i]);
    *out++ = '}';

    size_t length = (size_t)(out - start);
    size_t header_length = chat_frame_header(header, CHAT_OPCODE_TEXT, length);
    memcpy(start - header_length, header, header_length);
    return (struct chat_slice){start - header_length, header_length + length};
}

/* A sentence as it grows; what does not fit is cut. All its words are ASCII and our own. */
struct sentence {
    char *bytes;
    size_t length;
};

static void say(struct sentence *sentence, const char *words, size_t length)
{
    size_t room = CHAT_SENTENCE_MAX - sentence->length;

    length = length < room ? length : room;
    memcpy(sentence->bytes + sentence->length, words, length);
    sentence->length += length;
}

static void say_text(struct sentence *sentence, const char *text)
{
    if (text != NULL)
        say(sentence, text, strlen(text));
}

/* "64 bytes", "1 byte" */
static void say_bound(struct sentence *sentence, int64_t bound, const char *unit)
{
    char digits[20];
    int n = 1;

    for (int64_t rest = bound; rest >= 10; rest /= 10)
        n++;
    put_digits(digits, bound, n);
    say(sentence, digits, (size_t)n);
    if (unit != NULL && *unit != '\0')
        say(sentence, unit, strlen(unit) - (bound == 1));
}

/* The names that error.def knows. */
static void say_name(struct sentence *sentence, const struct chat_fault *fault,
                     struct chat_slice name)
{
    if (chat_slice_equal(name, CHAT_SLICE("field")))
        say_text(sentence, fault->field);
    else if (chat_slice_equal(name, CHAT_SLICE("expected")))
        say_text(sentence, fault->expected);
    else if (chat_slice_equal(name, CHAT_SLICE("low")))
        say_bound(sentence, fault->low, fault->unit);
    else if (chat_slice_equal(name, CHAT_SLICE("high")))
        say_bound(sentence, fault->high, fault->unit);
}

static struct chat_slice spell_fault(const struct chat_fault *fault, char bytes[CHAT_SENTENCE_MAX])
{
    struct sentence sentence = {bytes, 0};
    const char *p = chat_error_row(fault->error)->sentence, *open, *close;

    while ((open = strchr(p, '{')) != NULL && (close = strchr(open, '}')) != NULL) {
        say(&sentence, p, (size_t)(open - p));
        say_name(&sentence, fault, (struct chat_slice){open + 1, (size_t)(close - open - 1)});
        p = close + 1;
    }
    say_text(&sentence, p);
    return (struct chat_slice){sentence.bytes, sentence.length};
}

struct chat_event chat_event_of_fault(const struct chat_request *request,
                                      const struct chat_fault *fault,
                                      char sentence[CHAT_SENTENCE_MAX])
{
    const struct chat_error_row *row = chat_error_row(fault->error);

    return (struct chat_event){
        .type = CHAT_EVENT_error,
        .id = request->id,
        .room_id = request->room_id,
        .code = {row->code, strlen(row->code)},
        .reason = {row->reason, strlen(row->reason)},
        .message = spell_fault(fault, sentence),
        .retry_after_ms = (int64_t)fault->retry_after_ms,
    };
}
