/* Jobs over rooms, members and connections. */
#include "net/query.h"

#include "core/membership.h"
#include "core/notice.h"
#include "net/announcement.h"
#include "net/answer.h"
#include "net/ban.h"
#include "net/dispatch.h"
#include "net/letter.h"
#include "net/news.h"
#include "net/rooms.h"
#include "net/tune.h"
#include "net/worker.h"
#include "wire/close.h"

#include <stdlib.h>

/* Of a turn, for all jobs together: rooms, members or connections looked at, about a millisecond's
 * work (DESIGN allows 5), and what a job's first slice does counts as so many of them. */
enum { SLICE = 1024, START = 64 };

struct chat_query_job {
    struct chat_query_job *next;
    enum chat_query_kind kind;
    uint32_t ticket;
    uint64_t number;
    uint32_t slot;          /* connections: the next one */
    uint64_t ending;        /* a kick's connections that have not ended yet */
    struct chat_list *list; /* rooms, members or who waits: what the cursor is of, or NULL */
    struct chat_cursor cursor;
    uint64_t key; /* of the room whose members are listed */
    bool started;
    struct chat_announcement *announcement; /* to everyone, or NULL */
    uint64_t sum; /* of what is counted: reached by it, seats that waited, bytes queued */
    struct chat_slice room_id, user, text; /* in bytes */
    struct chat_sanction sanction;         /* likewise */
    char bytes[];
};

void chat_query_begin(struct chat_worker *worker, const struct chat_letter *letter)
{
    const struct chat_slice *parts = letter->parts;
    struct chat_query_job *job, **end = &worker->jobs;

    job = calloc(1, sizeof(*job) + parts[0].length + parts[1].length + parts[2].length);
    if (job == NULL)
        abort();
    job->kind = (enum chat_query_kind)letter->conn;
    job->ticket = (uint32_t)letter->number;
    job->number = letter->room;
    job->room_id = (struct chat_slice){job->bytes, parts[0].length};
    job->user = (struct chat_slice){job->bytes + parts[0].length, parts[1].length};
    job->text = (struct chat_slice){job->user.bytes + parts[1].length, parts[2].length};
    for (unsigned i = 0, at = 0; i < CHAT_LETTER_PARTS; at += (unsigned)parts[i++].length)
        if (parts[i].length > 0)
            memcpy(job->bytes + at, parts[i].bytes, parts[i].length);
    if (chat_query_is_of_sanction(job->kind)) {
        job->sanction = chat_sanction_unpack(job->text);
        job->text = job->sanction.reason;
    }
    while (*end != NULL)
        end = &(*end)->next;
    *end = job;
}

static bool is_user(const struct chat_conn *conn, struct chat_slice user)
{
    return conn->session.state == CHAT_SESSION_BOUND &&
           chat_slice_equal(chat_session_user(&conn->session), user);
}

static void put_off(struct chat_query_job *job, struct chat_conn *conn,
                    enum chat_departure departure, unsigned code)
{
    if (conn->ended || conn->ticket != 0)
        return;
    conn->ticket = job->ticket;
    conn->departure = (uint8_t)departure;
    job->ending++;
    chat_conn_close(conn, code, job->text);
    chat_conn_wake(conn);
}

/* One whom a new ban is of: off the server, or out of the room. */
static void ban(struct chat_worker *worker, struct chat_query_job *job, struct chat_conn *conn)
{
    if (!chat_ban_meets(conn, &job->sanction))
        return;
    if (job->kind == CHAT_QUERY_BAN_MEETS) {
        if (job->room_id.length == 0 || chat_audience_of(conn, job->room_id) != NULL)
            chat_answer_conn(worker, job->ticket, conn);
    } else if (job->room_id.length == 0) {
        chat_answer_conn(worker, job->ticket, conn);
        put_off(job, conn, CHAT_BANNED, CHAT_CLOSE_BANNED);
    } else if (chat_audience_of(conn, job->room_id) != NULL) {
        chat_answer_conn(worker, job->ticket, conn);
        chat_dispatch_put_out(conn, job->room_id, CHAT_BANNED, job->text, job->ticket);
        job->ending++;
        chat_answer_kicked(worker, job->ticket, 1);
    }
}

static void visit_conn(struct chat_worker *worker, struct chat_query_job *job,
                       struct chat_conn *conn)
{
    switch (job->kind) {
    case CHAT_QUERY_USERS:
        if (conn->session.state == CHAT_SESSION_BOUND)
            chat_answer_conn(worker, job->ticket, conn);
        break;
    case CHAT_QUERY_USER:
        if (is_user(conn, job->user)) {
            chat_answer_conn(worker, job->ticket, conn);
            chat_answer_seats(worker, job->ticket, conn);
        }
        break;
    case CHAT_QUERY_ROOM:
        if (chat_audience_of(conn, job->room_id) != NULL)
            chat_answer_conn(worker, job->ticket, conn);
        break;
    case CHAT_QUERY_KICK:
        if (job->room_id.length == 0 && is_user(conn, job->user))
            put_off(job, conn, CHAT_KICKED, CHAT_CLOSE_KICKED);
        break;
    case CHAT_QUERY_BAN:
    case CHAT_QUERY_BAN_MEETS:
        ban(worker, job, conn);
        break;
    case CHAT_QUERY_BROADCAST:
        job->sum += chat_announcement_give(job->announcement, conn);
        break;
    case CHAT_QUERY_STATUS:
        job->sum += chat_conn_queued(conn);
        break;
    case CHAT_QUERY_EXPLAIN:
        if (is_user(conn, job->user))
            chat_answer_rights(worker, job->ticket, conn, job->room_id);
        break;
    default:
        break; /* never: walks_conns names them */
    }
}

/* The worker's copy of the table is changed before anybody is put out by it. */
static void change_sanctions(struct chat_worker *worker, struct chat_query_job *job)
{
    if (job->kind == CHAT_QUERY_LIFT)
        chat_sanctions_remove(&worker->sanctions, &job->sanction);
    else
        chat_sanctions_put(&worker->sanctions, &job->sanction);
}

static void send_reached(struct chat_worker *worker, uint32_t ticket, uint64_t connections)
{
    struct chat_row row = {.kind = CHAT_ROW_REACHED, .connections = connections};
    chat_answer_row(worker, ticket, &row);
}

static void say(struct chat_worker *worker, const struct chat_query_job *job)
{
    uint64_t reached;
    if (chat_notice_say(worker->coordinator, job->room_id, job->text, chat_worker_time(worker),
                        &reached))
        send_reached(worker, job->ticket, reached);
}

static bool ends_waiting(const struct chat_query_job *job)
{
    return job->kind == CHAT_QUERY_KICK_WAITING || job->kind == CHAT_QUERY_BAN_WAITING;
}

/* What takes no list: at the job's first slice. */
static void start(struct chat_worker *worker, struct chat_query_job *job)
{
    struct chat_row row = {.kind = CHAT_ROW_KICKED};

    if (job->kind == CHAT_QUERY_CONFIGURE) {
        chat_tune_worker(worker, chat_tune_unpack(job->room_id));
    } else if (job->kind == CHAT_QUERY_ROOMS) {
        job->list = chat_coordinator_live(worker->coordinator);
    } else if (job->kind == CHAT_QUERY_ROOM) {
        struct chat_room *room = chat_coordinator_find(worker->coordinator, job->room_id);
        if (room != NULL) {
            chat_answer_room(worker, job->ticket, room);
            job->key = chat_room_facts(room).key;
            job->list = chat_room_members(room);
        }
    } else if (job->kind == CHAT_QUERY_KICK && job->room_id.length != 0) {
        row.seats = chat_membership_kick(worker->coordinator, job->room_id, job->user, job->text,
                                         chat_worker_time(worker));
        row.connections = row.seats;
        if (row.seats != 0)
            chat_answer_row(worker, job->ticket, &row);
    }
    if (ends_waiting(job))
        job->list = chat_membership_waiting(worker->coordinator);
    if (job->kind == CHAT_QUERY_BAN || job->kind == CHAT_QUERY_MUTE || job->kind == CHAT_QUERY_LIFT)
        change_sanctions(worker, job);
    if (job->kind == CHAT_QUERY_HITS)
        chat_answer_hits(worker, job->ticket);
    if (job->kind == CHAT_QUERY_SAY)
        say(worker, job);
    if (job->kind == CHAT_QUERY_CLOSE)
        chat_rooms_close(worker, job->ticket, job->room_id, job->text);
    if (job->kind == CHAT_QUERY_MAKE)
        chat_rooms_make(worker, job->ticket, job->room_id, job->text, (uint32_t)job->number);
    if (job->kind == CHAT_QUERY_EXPLAIN)
        chat_answer_seat(worker, job->ticket, job->room_id, job->user);
    if (job->kind == CHAT_QUERY_BROADCAST)
        job->announcement = chat_announcement_create(worker, job->text);
    if (job->kind == CHAT_QUERY_TAIL)
        chat_news_listen(worker, job->ticket, job->room_id, job->user, job->text);
    if (job->kind == CHAT_QUERY_HUSH)
        chat_news_hush(worker, job->ticket);
    if (job->kind == CHAT_QUERY_ENDINGS)
        chat_ending_answer(worker, job->ticket);
    if (job->list != NULL)
        chat_cursor_open(&job->cursor, job->list);
}

static bool walks_conns(const struct chat_query_job *job)
{
    switch (job->kind) {
    case CHAT_QUERY_ROOMS:
    case CHAT_QUERY_MUTE:
    case CHAT_QUERY_LIFT:
    case CHAT_QUERY_HITS:
    case CHAT_QUERY_SAY:
    case CHAT_QUERY_CONFIGURE:
    case CHAT_QUERY_CLOSE:
    case CHAT_QUERY_MAKE:
    case CHAT_QUERY_TAIL:
    case CHAT_QUERY_HUSH:
    case CHAT_QUERY_ENDINGS:
    case CHAT_QUERY_KICK_WAITING:
    case CHAT_QUERY_BAN_WAITING:
        return false;
    default:
        return true;
    }
}

/* A list of members goes with its room, and the cursor with it. */
static bool list_lives(struct chat_worker *worker, const struct chat_query_job *job)
{
    if (job->list == NULL || job->kind != CHAT_QUERY_ROOM)
        return job->list != NULL;
    struct chat_room *room = chat_coordinator_find(worker->coordinator, job->room_id);
    return room != NULL && chat_room_facts(room).key == job->key;
}

static void visit_link(struct chat_worker *worker, struct chat_query_job *job,
                       struct chat_link *link)
{
    if (job->kind == CHAT_QUERY_ROOM)
        chat_answer_member(worker, job->ticket, chat_member_of(link));
    else if (job->kind == CHAT_QUERY_ROOMS)
        chat_answer_room(worker, job->ticket, chat_room_of(link));
    else
        job->sum += chat_membership_kick_waiting(
            worker->coordinator, chat_device_of(link), job->user, job->room_id,
            job->kind == CHAT_QUERY_BAN_WAITING ? CHAT_BANNED : CHAT_KICKED,
            chat_worker_time(worker));
}

static void walk_list(struct chat_worker *worker, struct chat_query_job *job, unsigned *left)
{
    if (!list_lives(worker, job))
        job->list = NULL;
    for (; job->list != NULL && *left > 0; --*left) {
        struct chat_link *link = chat_cursor_next(&job->cursor);
        if (link != NULL) {
            visit_link(worker, job, link);
        } else {
            chat_cursor_close(&job->cursor, job->list);
            job->list = NULL;
        }
    }
}

/* What is told once all has been looked at. */
static void finish(struct chat_worker *worker, const struct chat_query_job *job)
{
    struct chat_row seats = {.kind = CHAT_ROW_KICKED, .seats = job->sum};

    if (job->announcement != NULL)
        send_reached(worker, job->ticket, job->sum);
    if (job->kind == CHAT_QUERY_STATUS)
        chat_answer_status(worker, job->ticket, job->sum);
    if (ends_waiting(job) && job->sum != 0)
        chat_answer_row(worker, job->ticket, &seats);
    chat_answer_done(worker, job->ticket, job->ending);
}

/* True: the job is done; else nothing is left of the turn's share. */
static bool slice(struct chat_worker *worker, struct chat_query_job *job, unsigned *left)
{
    if (!job->started) {
        job->started = true;
        start(worker, job);
        *left -= *left < START ? *left : START;
    }
    walk_list(worker, job, left);
    if (job->list != NULL)
        return false;
    for (; walks_conns(job) && job->slot < worker->n_slots; job->slot++) {
        if (*left == 0)
            return false;
        --*left;
        if (worker->conns[job->slot] != NULL)
            visit_conn(worker, job, worker->conns[job->slot]);
    }
    finish(worker, job);
    return true;
}

static void destroy(struct chat_query_job *job)
{
    chat_announcement_destroy(job->announcement);
    free(job);
}

/* It goes on behind the others. */
static void put_last(struct chat_query_job **first)
{
    struct chat_query_job *job = *first, **end = first;

    *first = job->next;
    while (*end != NULL)
        end = &(*end)->next;
    *end = job;
    job->next = NULL;
}

bool chat_query_step(struct chat_worker *worker)
{
    unsigned left = SLICE;

    while (worker->jobs != NULL && left > 0 && !chat_mailbox_last_over(worker->mailbox)) {
        struct chat_query_job *job = worker->jobs;
        if (slice(worker, job, &left)) {
            worker->jobs = job->next;
            destroy(job);
        } else {
            put_last(&worker->jobs);
        }
    }
    /* Else the control, once it has taken answers, wakes the worker. */
    return worker->jobs != NULL && !chat_mailbox_last_over(worker->mailbox);
}

void chat_query_finish(struct chat_worker *worker)
{
    while (worker->jobs != NULL) {
        struct chat_query_job *job = worker->jobs;
        worker->jobs = job->next;
        if (list_lives(worker, job))
            chat_cursor_close(&job->cursor, job->list);
        if (job->kind == CHAT_QUERY_CONFIGURE && !job->started)
            chat_snapshot_unref(chat_tune_unpack(job->room_id));
        destroy(job);
    }
}
