/* Ears, each with its filter. */
#include "net/news.h"

#include "net/answer.h"
#include "net/letter.h"
#include "net/worker.h"

#include <fnmatch.h>
#include <stdlib.h>

enum { TEXT_MAX = 1024 }; /* of a message's text */

enum group { GROUP_NONE, GROUP_MESSAGES, GROUP_MEMBERS, GROUP_CONNECTIONS };

struct chat_ear {
    struct chat_ear *next;
    uint32_t ticket;
    enum group only; /* GROUP_NONE: all */
    uint64_t missed;
    struct chat_slice user;
    size_t patterns; /* in text, a NUL behind each */
    char text[];
};

static enum group group_of(enum chat_event_type type)
{
    switch (type) {
    case CHAT_EVENT_new_message:
    case CHAT_EVENT_notice:
        return GROUP_MESSAGES;
    case CHAT_EVENT_user_typing:
        return GROUP_NONE;
    default:
        return GROUP_MEMBERS;
    }
}

static enum group group_named(struct chat_slice name)
{
    if (chat_slice_equal(name, CHAT_SLICE("messages")))
        return GROUP_MESSAGES;
    if (chat_slice_equal(name, CHAT_SLICE("members")))
        return GROUP_MEMBERS;
    return name.length == 0 ? GROUP_NONE : GROUP_CONNECTIONS;
}

void chat_news_listen(struct chat_worker *worker, uint32_t ticket, struct chat_slice rooms,
                      struct chat_slice user, struct chat_slice only)
{
    struct chat_ear *ear = calloc(1, sizeof(*ear) + rooms.length + 1 + user.length);
    if (ear == NULL)
        abort();
    ear->ticket = ticket;
    ear->only = group_named(only);
    for (size_t i = 0; i < rooms.length; i++)
        ear->text[i] = rooms.bytes[i] == ' ' ? '\0' : rooms.bytes[i];
    ear->patterns = rooms.length;
    ear->user = (struct chat_slice){ear->text + rooms.length + 1, user.length};
    if (user.length > 0)
        memcpy(ear->text + rooms.length + 1, user.bytes, user.length);
    ear->next = worker->ears;
    worker->ears = ear;
}

void chat_news_hush(struct chat_worker *worker, uint32_t ticket)
{
    struct chat_ear **at = &worker->ears;

    while (*at != NULL && (*at)->ticket != ticket)
        at = &(*at)->next;
    struct chat_ear *ear = *at;
    if (ear == NULL)
        return;
    *at = ear->next;
    free(ear);
}

void chat_news_finish(struct chat_worker *worker)
{
    while (worker->ears != NULL)
        chat_news_hush(worker, worker->ears->ticket);
}

/* Without a room only those hear it who named none. */
static bool hears_room(const struct chat_ear *ear, struct chat_slice room_id)
{
    char id[CHAT_ID_MAX + 1];

    if (ear->patterns == 0)
        return true;
    if (room_id.length == 0 || room_id.length > CHAT_ID_MAX)
        return false;
    memcpy(id, room_id.bytes, room_id.length);
    id[room_id.length] = '\0';
    for (size_t at = 0; at < ear->patterns; at += strlen(ear->text + at) + 1)
        if (fnmatch(ear->text + at, id, 0) == 0)
            return true;
    return false;
}

static bool hears(const struct chat_ear *ear, enum group group, const struct chat_row *row)
{
    return (ear->only == GROUP_NONE || ear->only == group) &&
           (ear->user.length == 0 || chat_slice_equal(ear->user, row->user)) &&
           hears_room(ear, row->room);
}

static void tell(struct chat_worker *worker, enum group group, struct chat_row *row)
{
    for (struct chat_ear *ear = worker->ears; ear != NULL; ear = ear->next) {
        if (!hears(ear, group, row))
            continue;
        if (chat_mailbox_last_over(worker->mailbox)) {
            ear->missed++;
            continue;
        }
        row->missed = ear->missed;
        ear->missed = 0;
        chat_answer_row(worker, ear->ticket, row);
    }
}

void chat_news_settle(struct chat_worker *worker)
{
    for (struct chat_ear *ear = worker->ears; ear != NULL; ear = ear->next) {
        struct chat_row row = {.kind = CHAT_ROW_NEWS, .missed = ear->missed};
        if (ear->missed == 0 || chat_mailbox_last_over(worker->mailbox))
            continue;
        ear->missed = 0;
        chat_answer_row(worker, ear->ticket, &row);
    }
}

/* Cut at a character. */
static struct chat_slice cut(struct chat_slice text)
{
    if (text.length <= TEXT_MAX)
        return text;
    text.length = TEXT_MAX;
    while (text.length > 0 && ((unsigned char)text.bytes[text.length] & 0xc0) == 0x80)
        text.length--;
    return text;
}

void chat_news_event(struct chat_worker *worker, struct chat_slice room_id,
                     const struct chat_event *event)
{
    static const char *const names[] = {
#define EVENT(name, doc) #name,
#include "core/event.def"
    };
    const char *name = names[event->type];
    enum group group = group_of(event->type);
    bool is_author = event->type == CHAT_EVENT_new_room;
    struct chat_row row = {
        .kind = CHAT_ROW_NEWS,
        .event = chat_slice_of(name),
        .room = room_id,
        .name = is_author ? event->room_name : (struct chat_slice){"", 0},
        .user = event->user_id,
        .user_name = event->user_name,
        .text = cut(event->message),
        .reason = event->reason,
        .seq = event->seq > 0 ? (uint64_t)event->seq : 0,
        .members = event->members > 0 ? (uint64_t)event->members : 0,
        .time_ms = chat_worker_time(worker).wall_ms,
    };

    if (group != GROUP_NONE)
        tell(worker, group, &row);
}

void chat_news_conn(const struct chat_conn *conn, const char *event, unsigned code,
                    const char *reason)
{
    struct chat_worker *worker = conn->worker;
    char address[64];
    struct chat_row row = {
        .kind = CHAT_ROW_NEWS,
        .event = chat_slice_of(event),
        .user = chat_session_user(&conn->session),
        .user_name = chat_session_name(&conn->session),
        .address = chat_conn_address(conn, address, sizeof(address)),
        .reason = chat_slice_of(reason),
        .code = code,
        .time_ms = chat_worker_time(worker).wall_ms,
    };

    tell(worker, GROUP_CONNECTIONS, &row);
}
