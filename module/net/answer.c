/* Rows as they are packed into letters to the control, which is the mailboxes' last end. */
#include "net/answer.h"

#include "net/ban.h"

#include "net/letter.h"
#include "net/pulse.h"
#include "net/row.h"

static void post(struct chat_worker *worker, uint32_t ticket, struct chat_letter *letter)
{
    letter->number = ticket;
    chat_mailbox_send(worker->mailbox, worker->workers, letter); /* the control is the last end */
}

void chat_answer_row(struct chat_worker *worker, uint32_t ticket, struct chat_row *row)
{
    char strings[CHAT_ROW_STRINGS_MAX];
    struct chat_letter letter;
    row->worker = worker->index;
    chat_row_pack(row, strings, &letter);
    post(worker, ticket, &letter);
}

void chat_answer_seat(struct chat_worker *worker, uint32_t ticket, struct chat_slice room_id,
                      struct chat_slice user)
{
    struct chat_room *room = NULL;
    const struct chat_member *member =
        chat_coordinator_member(worker->coordinator, room_id, user, &room);
    if (room != NULL)
        chat_answer_room(worker, ticket, room);
    if (member != NULL)
        chat_answer_member(worker, ticket, member);
}

void chat_answer_rights(struct chat_worker *worker, uint32_t ticket, const struct chat_conn *conn,
                        struct chat_slice room_id)
{
    const struct chat_sanction *ban = chat_ban_of(conn, room_id);
    struct chat_row row = {.kind = CHAT_ROW_RIGHTS,
                           .conn = chat_worker_id_of(conn),
                           .user = chat_session_user(&conn->session),
                           .rights = chat_claims_rights(conn->session.claims, room_id),
                           .sanction = ban != NULL ? ban->id : 0};
    chat_answer_row(worker, ticket, &row);
}

void chat_answer_kicked(struct chat_worker *worker, uint32_t ticket, unsigned seats)
{
    struct chat_row row = {.kind = CHAT_ROW_KICKED, .connections = 1, .seats = seats};
    chat_answer_row(worker, ticket, &row);
}

void chat_answer_settled(struct chat_worker *worker, uint32_t ticket)
{
    struct chat_letter letter = {.kind = CHAT_LETTER_SETTLED};
    post(worker, ticket, &letter);
}

void chat_answer_done(struct chat_worker *worker, uint32_t ticket, uint64_t ending)
{
    struct chat_letter letter = {.kind = CHAT_LETTER_DONE, .conn = ending};
    post(worker, ticket, &letter);
}

void chat_answer_status(struct chat_worker *worker, uint32_t ticket, uint64_t queued_bytes)
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
                           .memory_bytes = chat_memory_bytes(worker),
                           .queued_bytes = queued_bytes};
    chat_answer_row(worker, ticket, &row);
}

void chat_answer_room(struct chat_worker *worker, uint32_t ticket, struct chat_room *room)
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
    chat_answer_row(worker, ticket, &row);
}

/* A row for each of its connections; one, that nobody has, when all are lost. */
void chat_answer_member(struct chat_worker *worker, uint32_t ticket,
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
        chat_answer_row(worker, ticket, &row);
    for (unsigned i = 0; i < n; i++) {
        row.conn = conns[i];
        chat_answer_row(worker, ticket, &row);
    }
}

void chat_answer_conn(struct chat_worker *worker, uint32_t ticket, const struct chat_conn *conn)
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
    chat_answer_row(worker, ticket, &row);
}

void chat_answer_seats(struct chat_worker *worker, uint32_t ticket, const struct chat_conn *conn)
{
    for (unsigned i = 0; i < conn->n_seats; i++) {
        const struct chat_audience *audience = conn->seats[i].audience;
        struct chat_row row = {.kind = CHAT_ROW_SEAT,
                               .conn = chat_worker_id_of(conn),
                               .room = {audience->id, audience->id_length}};
        chat_answer_row(worker, ticket, &row);
    }
}

void chat_answer_hits(struct chat_worker *worker, uint32_t ticket)
{
    uint32_t at = 0;
    const struct chat_sanction *sanction;

    while ((sanction = chat_sanctions_next(&worker->sanctions, &at)) != NULL) {
        struct chat_row row = {
            .kind = CHAT_ROW_HITS, .sanction = sanction->id, .hits = sanction->hits};
        if (row.hits != 0)
            chat_answer_row(worker, ticket, &row);
    }
}
