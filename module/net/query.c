/* Jobs over rooms, members and connections. */
#include "net/query.h"

#include "core/membership.h"
#include "net/letter.h"
#include "net/pulse.h"
#include "net/worker.h"
#include "wire/close.h"

#include <stdlib.h>

/* About a millisecond's work: DESIGN allows 5. */
enum { SLICE = 1024 };

struct chat_query_job {
    struct chat_query_job *next;
    enum chat_query_kind kind;
    uint32_t ticket;
    uint32_t slot;          /* connections: the next one */
    uint64_t ending;        /* a kick's connections that have not ended yet */
    struct chat_list *list; /* rooms or members: what the cursor is of, or NULL */
    struct chat_cursor cursor;
    uint64_t key; /* of the room whose members are listed */
    bool started;
    struct chat_slice room_id, user, reason; /* in text */
    char text[];
};

void chat_row_pack(const struct chat_row *row, char strings[CHAT_ROW_STRINGS_MAX],
                   struct chat_letter *ret_letter)
{
    const struct chat_slice *slices[] = {&row->room,      &row->name,    &row->user,
                                         &row->user_name, &row->address, &row->epoch};
    size_t end = 0;
    for (unsigned i = 0; i < sizeof(slices) / sizeof(*slices); i++) {
        if (slices[i]->length > 0)
            memcpy(strings + end, slices[i]->bytes, slices[i]->length);
        end += slices[i]->length;
    }
    *ret_letter = (struct chat_letter){
        .kind = CHAT_LETTER_ROW, .parts = {{(const char *)row, sizeof(*row)}, {strings, end}}};
}

void chat_row_unpack(const struct chat_letter *letter, struct chat_row *ret_row)
{
    const char *at = letter->parts[1].bytes;
    memcpy(ret_row, letter->parts[0].bytes, sizeof(*ret_row));
    struct chat_slice *slices[] = {&ret_row->room,      &ret_row->name,    &ret_row->user,
                                   &ret_row->user_name, &ret_row->address, &ret_row->epoch};
    for (unsigned i = 0; i < sizeof(slices) / sizeof(*slices); i++) {
        slices[i]->bytes = at;
        at += slices[i]->length;
    }
}

static void answer(struct chat_worker *worker, uint32_t ticket, struct chat_letter *letter)
{
    letter->number = ticket;
    chat_mailbox_send(worker->mailbox, worker->workers, letter); /* the control is the last end */
}

static void send_row(struct chat_worker *worker, uint32_t ticket, struct chat_row *row)
{
    char strings[CHAT_ROW_STRINGS_MAX];
    struct chat_letter letter;
    row->worker = worker->index;
    chat_row_pack(row, strings, &letter);
    answer(worker, ticket, &letter);
}

void chat_query_kicked(struct chat_worker *worker, uint32_t ticket, unsigned seats)
{
    struct chat_row row = {.kind = CHAT_ROW_KICKED, .connections = 1, .seats = seats};
    send_row(worker, ticket, &row);
}

void chat_query_settled(struct chat_worker *worker, uint32_t ticket)
{
    struct chat_letter letter = {.kind = CHAT_LETTER_SETTLED};
    answer(worker, ticket, &letter);
}

void chat_query_begin(struct chat_worker *worker, const struct chat_letter *letter)
{
    const struct chat_slice *parts = letter->parts;
    struct chat_query_job *job, **end = &worker->jobs;

    job = calloc(1, sizeof(*job) + parts[0].length + parts[1].length + parts[2].length);
    if (job == NULL)
        abort();
    job->kind = (enum chat_query_kind)letter->conn;
    job->ticket = (uint32_t)letter->number;
    job->room_id = (struct chat_slice){job->text, parts[0].length};
    job->user = (struct chat_slice){job->text + parts[0].length, parts[1].length};
    job->reason = (struct chat_slice){job->user.bytes + parts[1].length, parts[2].length};
    for (unsigned i = 0, at = 0; i < CHAT_LETTER_PARTS; at += (unsigned)parts[i++].length)
        if (parts[i].length > 0)
            memcpy(job->text + at, parts[i].bytes, parts[i].length);
    while (*end != NULL)
        end = &(*end)->next;
    *end = job;
}

static void send_status(struct chat_worker *worker, uint32_t ticket)
{
    chat_pulse_publish(worker);
    struct chat_row row = {.kind = CHAT_ROW_WORKER,
                           .connections = worker->n_conns,
                           .users = worker->identified,
                           .rooms = chat_coordinator_rooms(worker->coordinator),
                           .seats = worker->memberships,
                           .messages_in = chat_tally_read(worker->tally->messages_in),
                           .messages_out = chat_tally_read(worker->tally->messages_out),
                           .history_bytes = chat_coordinator_history_bytes(worker->coordinator),
                           .memory_bytes = chat_memory_bytes(worker)};
    for (uint32_t i = 0; i < worker->n_slots; i++)
        if (worker->conns[i] != NULL)
            row.queued_bytes += chat_conn_queued(worker->conns[i]);
    send_row(worker, ticket, &row);
}

static void send_room(struct chat_worker *worker, uint32_t ticket, struct chat_room *room)
{
    char epoch[CHAT_TOKEN_LENGTH];
    struct chat_room_facts facts = chat_room_facts(room);
    struct chat_row row = {.kind = CHAT_ROW_ROOM,
                           .room = facts.id,
                           .name = facts.name,
                           .epoch = chat_token(&worker->shared->secrets, 'e', facts.key, epoch),
                           .members = facts.members,
                           .max_members = facts.max_members,
                           .messages = facts.seq,
                           .seq = facts.seq,
                           .history_bytes = facts.history_bytes,
                           .created_ms = facts.created_ms,
                           .last_ms = facts.last_ms};
    send_row(worker, ticket, &row);
}

/* A row for each of its connections; one, that nobody has, when all are lost. */
static void send_member(struct chat_worker *worker, uint32_t ticket,
                        const struct chat_member *member)
{
    struct chat_row row = {.kind = CHAT_ROW_MEMBER,
                           .conn = member->conn,
                           .user = chat_member_id(member),
                           .user_name = chat_member_name(member),
                           .joined_ms = member->joined_ms};
    uint64_t conns[CHAT_DEVICES_MAX];
    unsigned n = chat_member_living(member, conns);

    if (n == 0)
        send_row(worker, ticket, &row);
    for (unsigned i = 0; i < n; i++) {
        row.conn = conns[i];
        send_row(worker, ticket, &row);
    }
}

static void send_conn(struct chat_worker *worker, uint32_t ticket, const struct chat_conn *conn)
{
    char address[64];
    struct chat_row row = {.kind = CHAT_ROW_CONNECTION,
                           .conn = chat_worker_id_of(conn),
                           .user = chat_session_user(&conn->session),
                           .user_name = chat_session_name(&conn->session),
                           .address = chat_conn_address(conn, address, sizeof(address)),
                           .connected_ms = conn->connected_ms,
                           .idle_ms = chat_worker_ms(worker) - chat_conn_stamps(conn)->active,
                           .queued_bytes = chat_conn_queued(conn),
                           .rooms = conn->n_seats};
    send_row(worker, ticket, &row);
}

static void send_seats(struct chat_worker *worker, uint32_t ticket, const struct chat_conn *conn)
{
    for (unsigned i = 0; i < conn->n_seats; i++) {
        const struct chat_audience *audience = conn->seats[i].audience;
        struct chat_row row = {.kind = CHAT_ROW_SEAT,
                               .conn = chat_worker_id_of(conn),
                               .room = {audience->id, audience->id_length}};
        send_row(worker, ticket, &row);
    }
}

static bool is_user(const struct chat_conn *conn, struct chat_slice user)
{
    return conn->session.state == CHAT_SESSION_BOUND &&
           chat_slice_equal(chat_session_user(&conn->session), user);
}

static bool sits_in(const struct chat_conn *conn, struct chat_slice room_id)
{
    for (unsigned i = 0; i < conn->n_seats; i++) {
        const struct chat_audience *audience = conn->seats[i].audience;
        if (chat_slice_equal((struct chat_slice){audience->id, audience->id_length}, room_id))
            return true;
    }
    return false;
}

static void kick(struct chat_query_job *job, struct chat_conn *conn)
{
    if (conn->ended || conn->ticket != 0)
        return;
    conn->ticket = job->ticket;
    conn->departure = CHAT_KICKED;
    job->ending++;
    chat_conn_close(conn, CHAT_CLOSE_KICKED, job->reason);
    chat_conn_wake(conn);
}

static void visit_conn(struct chat_worker *worker, struct chat_query_job *job,
                       struct chat_conn *conn)
{
    switch (job->kind) {
    case CHAT_QUERY_USERS:
        if (conn->session.state == CHAT_SESSION_BOUND)
            send_conn(worker, job->ticket, conn);
        break;
    case CHAT_QUERY_USER:
        if (is_user(conn, job->user)) {
            send_conn(worker, job->ticket, conn);
            send_seats(worker, job->ticket, conn);
        }
        break;
    case CHAT_QUERY_ROOM:
        if (sits_in(conn, job->room_id))
            send_conn(worker, job->ticket, conn);
        break;
    case CHAT_QUERY_KICK:
        if (job->room_id.length == 0 && is_user(conn, job->user))
            kick(job, conn);
        break;
    case CHAT_QUERY_STATUS:
    case CHAT_QUERY_ROOMS:
        break;
    }
}

/* The user's seats here that wait for a connection. */
static void kick_waiting(struct chat_worker *worker, struct chat_query_job *job)
{
    struct chat_row row = {.kind = CHAT_ROW_KICKED};
    row.seats =
        chat_membership_kick_waiting(worker->coordinator, job->user, chat_worker_time(worker));
    if (row.seats != 0)
        send_row(worker, job->ticket, &row);
    for (uint64_t i = 0; i < row.seats; i++)
        chat_query_settled(worker, job->ticket);
}

/* What takes no list: at the job's first slice. */
static void start(struct chat_worker *worker, struct chat_query_job *job)
{
    struct chat_row row = {.kind = CHAT_ROW_KICKED};

    if (job->kind == CHAT_QUERY_STATUS) {
        send_status(worker, job->ticket);
    } else if (job->kind == CHAT_QUERY_ROOMS) {
        job->list = chat_coordinator_live(worker->coordinator);
    } else if (job->kind == CHAT_QUERY_ROOM) {
        struct chat_room *room = chat_coordinator_find(worker->coordinator, job->room_id);
        if (room != NULL) {
            send_room(worker, job->ticket, room);
            job->key = chat_room_facts(room).key;
            job->list = chat_room_members(room);
        }
    } else if (job->kind == CHAT_QUERY_KICK && job->room_id.length != 0) {
        row.seats = chat_membership_kick(worker->coordinator, job->room_id, job->user, job->reason,
                                         chat_worker_time(worker));
        row.connections = row.seats;
        if (row.seats != 0)
            send_row(worker, job->ticket, &row);
    }
    if (job->kind == CHAT_QUERY_KICK && job->room_id.length == 0)
        kick_waiting(worker, job);
    if (job->list != NULL)
        chat_cursor_open(&job->cursor, job->list);
}

static bool walks_conns(const struct chat_query_job *job)
{
    return job->kind != CHAT_QUERY_STATUS && job->kind != CHAT_QUERY_ROOMS;
}

/* A list of members goes with its room, and the cursor with it. */
static bool list_lives(struct chat_worker *worker, const struct chat_query_job *job)
{
    if (job->list == NULL || job->kind != CHAT_QUERY_ROOM)
        return job->list != NULL;
    struct chat_room *room = chat_coordinator_find(worker->coordinator, job->room_id);
    return room != NULL && chat_room_facts(room).key == job->key;
}

static void walk_list(struct chat_worker *worker, struct chat_query_job *job, unsigned *left)
{
    if (!list_lives(worker, job))
        job->list = NULL;
    for (; job->list != NULL && *left > 0; --*left) {
        struct chat_link *link = chat_cursor_next(&job->cursor);
        if (link == NULL) {
            chat_cursor_close(&job->cursor, job->list);
            job->list = NULL;
        } else if (job->kind == CHAT_QUERY_ROOM) {
            send_member(worker, job->ticket, chat_member_of(link));
        } else {
            send_room(worker, job->ticket, chat_room_of(link));
        }
    }
}

/* True: the job is done. */
static bool slice(struct chat_worker *worker, struct chat_query_job *job)
{
    unsigned left = SLICE;

    if (!job->started) {
        job->started = true;
        start(worker, job);
    }
    walk_list(worker, job, &left);
    if (job->list != NULL)
        return false;
    for (; walks_conns(job) && job->slot < worker->n_slots; job->slot++) {
        if (left-- == 0)
            return false;
        if (worker->conns[job->slot] != NULL)
            visit_conn(worker, job, worker->conns[job->slot]);
    }
    struct chat_letter letter = {.kind = CHAT_LETTER_DONE, .conn = job->ending};
    answer(worker, job->ticket, &letter);
    return true;
}

bool chat_query_step(struct chat_worker *worker)
{
    struct chat_query_job **at = &worker->jobs;
    while (*at != NULL) {
        struct chat_query_job *job = *at;
        if (slice(worker, job)) {
            *at = job->next;
            free(job);
        } else {
            at = &job->next;
        }
    }
    return worker->jobs != NULL;
}

void chat_query_finish(struct chat_worker *worker)
{
    while (worker->jobs != NULL) {
        struct chat_query_job *job = worker->jobs;
        worker->jobs = job->next;
        if (list_lives(worker, job))
            chat_cursor_close(&job->cursor, job->list);
        free(job);
    }
}
