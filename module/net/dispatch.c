/* From a message to its destination, and from a connection's end to the ends of its seats. */
#include "net/dispatch.h"

#include "net/answer.h"
#include "net/ban.h"
#include "net/delivery.h"
#include "net/identity.h"
#include "net/letter.h"
#include "net/stop.h"
#include "wire/close.h"

static void refuse(struct chat_conn *conn, const struct chat_request *request,
                   const struct chat_fault *fault)
{
    char sentence[CHAT_SENTENCE_MAX];
    struct chat_event event = chat_event_of_fault(request, fault, sentence);
    chat_tally_add(&conn->worker->tally->errors[fault->error], 1);
    chat_deliver_reply(conn->worker, chat_worker_id_of(conn),
                       chat_encoder_write(conn->worker->encoder, &event));
}

static unsigned destination_of(const struct chat_worker *worker, const struct chat_request *request)
{
    enum chat_route route = chat_request_row(request->type)->route;
    if (route != CHAT_ROUTE_ROOM)
        return route == CHAT_ROUTE_HERE ? CHAT_DESTINATION_HERE : CHAT_DESTINATION_ALL;
    if (worker->workers == 1)
        return 0; /* whatever the hash */
    return chat_hash_home(chat_hash(&worker->shared->secrets, request->room_id), worker->workers);
}

/* limits.rooms_per_connection: counts the seats that open requests may still take. */
static bool takes_too_many(const struct chat_conn *conn, const struct chat_request *request)
{
    return chat_request_row(request->type)->identity == CHAT_IDENTITY_BINDS &&
           (uint32_t)conn->n_seats + conn->session.joins >=
               conn->worker->config->limits_rooms_per_connection;
}

static enum chat_error too_many_joined(const struct chat_request *request)
{
    return request->type == CHAT_REQUEST_create_room ? CHAT_E_CREATE_TOO_MANY_JOINED
                                                     : CHAT_E_JOIN_TOO_MANY_JOINED;
}

/* A bucket that is empty (PROTOCOL §7: rate, of a malformed request first of all). Nothing is
 * charged before the request goes. */
static bool is_too_fast(struct chat_conn *conn, const struct chat_request *request,
                        struct chat_fault *ret_fault)
{
    enum chat_charge charge = chat_charge_of(request->type);
    uint64_t wait_ms =
        chat_pace_wait_ms(&conn->pace, &conn->worker->pace, charge, uv_now(conn->worker->loop));
    if (wait_ms == 0)
        return false;
    *ret_fault = (struct chat_fault){.error = charge == CHAT_CHARGE_JOINS ? CHAT_E_RATE_JOINS
                                                                          : CHAT_E_RATE_MESSAGES,
                                     .retry_after_ms = wait_ms};
    return true;
}

/* The next refusal may be one too many. The whole bucket's time, and up to as much again, so that
 * those who are closed together do not come back together. */
static void refuse_for_rate(struct chat_conn *conn, const struct chat_request *request,
                            const struct chat_fault *fault)
{
    const struct chat_worker *worker = conn->worker;
    const struct chat_rate *rate = chat_charge_of(request->type) == CHAT_CHARGE_JOINS
                                       ? &worker->pace.joins
                                       : &worker->pace.messages;
    uint64_t id = chat_worker_id_of(conn), whole_ms = rate->burst_ns / 1000000 + 1;
    unsigned limit = rate == &worker->pace.joins ? CHAT_LIMITED_joins : CHAT_LIMITED_messages;

    chat_tally_add(&worker->tally->limited[limit], 1);
    if (!chat_pace_refuse(&conn->pace, &worker->pace)) {
        refuse(conn, request, fault);
        return;
    }
    uint64_t chance =
        chat_hash(&worker->shared->secrets, (struct chat_slice){(const char *)&id, sizeof(id)});
    chat_conn_close_for(conn, CHAT_CLOSE_RATE_LIMITED, whole_ms + chance % whole_ms);
}

/* The checks that need no room (PROTOCOL §7: rate, payload, identity), and where the request goes.
 */
static unsigned judge(struct chat_conn *conn, struct chat_slice text, struct chat_call *call,
                      struct chat_request *ret_request, struct chat_fault *ret_fault)
{
    *ret_fault = (struct chat_fault){.error = CHAT_OK};
    bool is_right = chat_decoder_read(conn->worker->decoder, text, ret_request, ret_fault);
    if (is_too_fast(conn, ret_request, ret_fault) || !is_right)
        return CHAT_DESTINATION_HERE;
    ret_fault->error = chat_session_identify(&conn->session, ret_request, &call->user, &call->name);
    if (ret_fault->error != CHAT_OK)
        return CHAT_DESTINATION_HERE;
    return destination_of(conn->worker, ret_request);
}

/* limits.memory: what would be queued is not begun; to leave, or to ask for a sign of life, is. */
static bool is_overload(const struct chat_worker *worker, const struct chat_request *request)
{
    return worker->memory.is_over && request->type != CHAT_REQUEST_leave &&
           chat_request_row(request->type)->route != CHAT_ROUTE_HERE;
}

/* Nobody begins anything on a server that is about to be empty (PROTOCOL §7). */
static bool is_turned_away(const struct chat_worker *worker, const struct chat_request *request)
{
    return chat_request_row(request->type)->identity == CHAT_IDENTITY_BINDS &&
           chat_drain_is_on(worker->shared);
}

/* False: it waits for requests that are under way elsewhere; nothing has happened yet. */
static bool take_message(struct chat_conn *conn, enum chat_opcode opcode, struct chat_slice text)
{
    struct chat_worker *worker = conn->worker;
    struct chat_request request;
    struct chat_fault fault;
    struct chat_call call = {.request = &request, .from = chat_worker_id_of(conn)};
    unsigned destination = judge(conn, text, &call, &request, &fault);

    (void)opcode;
    if (!chat_session_admits(&conn->session, &request, destination))
        return false;
    if (fault.error == CHAT_OK && takes_too_many(conn, &request)) {
        if (conn->session.open > 0)
            return false;
        fault.error = too_many_joined(&request);
    }
    if (fault.error == CHAT_OK && is_turned_away(worker, &request)) {
        if (conn->session.open > 0)
            return false;
        fault.error = CHAT_E_SERVER_DRAINING;
    }
    if (fault.error == CHAT_OK && is_overload(worker, &request)) {
        if (conn->session.open > 0)
            return false;
        fault.error = CHAT_E_SERVER_OVERLOADED;
    }
    chat_tally_add(worker->tally->messages_in, 1);
    if (fault.retry_after_ms != 0) {
        refuse_for_rate(conn, &request, &fault);
        return true;
    }
    chat_pace_charge(&conn->pace, &worker->pace, chat_charge_of(request.type),
                     uv_now(worker->loop));
    if (fault.error != CHAT_OK) {
        refuse(conn, &request, &fault);
        return true;
    }
    chat_session_open(&conn->session, &request, destination, call.user, call.name);
    call.rights = chat_claims_rights(conn->session.claims, request.room_id);
    if (worker->sanctions.table.count != 0)
        call.rights |= chat_ban_judge(conn, &call);
    if (destination >= CHAT_WORKERS_MAX || destination == worker->index) {
        call.now = chat_worker_time(worker);
        chat_coordinator_request(worker->coordinator, &call);
    } else {
        chat_letter_send_call(worker->mailbox, destination, &call);
    }
    return true;
}

static bool accepts(const struct chat_conn *conn)
{
    return conn->session.open < conn->worker->config->limits_requests_in_flight;
}

static bool quiet(const struct chat_conn *conn)
{
    return conn->session.open == 0 || chat_stop_is_forced(conn->worker);
}

void chat_dispatch_gone(struct chat_worker *worker, uint64_t conn, struct chat_slice room_id,
                        struct chat_slice user_id, enum chat_departure departure, uint32_t ticket)
{
    /* Of one that was lost before the ban of it came here. */
    if (departure == CHAT_LOST && worker->sanctions.table.count != 0 &&
        chat_ban_ends_wait(worker, user_id, room_id))
        departure = CHAT_BANNED;
    chat_membership_gone(worker->coordinator, conn, room_id, user_id, departure,
                         chat_worker_time(worker));
    if (ticket != 0)
        chat_answer_settled(worker, ticket);
}

static void tell_home(struct chat_conn *conn, uint64_t key, struct chat_slice room_id,
                      enum chat_departure departure, uint32_t ticket)
{
    struct chat_worker *worker = conn->worker;
    struct chat_slice user_id = chat_session_user(&conn->session);
    unsigned home = chat_room_key_home(key);

    if (home == worker->index) {
        chat_dispatch_gone(worker, chat_worker_id_of(conn), room_id, user_id, departure, ticket);
        return;
    }
    struct chat_letter letter = {.kind = CHAT_LETTER_GONE,
                                 .conn = chat_worker_id_of(conn),
                                 .room = ticket,
                                 .number = departure,
                                 .parts = {room_id, user_id}};
    chat_mailbox_send(worker->mailbox, home, &letter);
}

/* The last seat: first the worker's own audience, then the room at its home. */
static void give_up_seat(struct chat_conn *conn)
{
    struct chat_audience *audience = conn->seats[conn->n_seats - 1].audience;

    chat_audience_unseat(conn->worker, conn, audience->key);
    tell_home(conn, audience->key, (struct chat_slice){audience->id, audience->id_length},
              (enum chat_departure)conn->departure, conn->ticket);
}

void chat_dispatch_put_out(struct chat_conn *conn, struct chat_slice room_id,
                           enum chat_departure departure, struct chat_slice reason, uint32_t ticket)
{
    struct chat_worker *worker = conn->worker;
    struct chat_event event = {.type = CHAT_EVENT_kicked, .room_id = room_id, .reason = reason};
    const struct chat_audience *audience = chat_audience_of(conn, room_id);

    if (audience == NULL)
        return;
    uint64_t key = audience->key;
    chat_deliver_unseat(worker, chat_worker_id_of(conn), key,
                        chat_encoder_write(worker->encoder, &event));
    tell_home(conn, key, room_id, departure, ticket);
}

/* Which ends keep the seats for rooms.resume_window (PROTOCOL §5). */
static enum chat_departure departure_of(const struct chat_conn *conn)
{
    if (conn->departure != CHAT_DISCONNECTED || !conn->resumable || conn->close_asked)
        return (enum chat_departure)conn->departure;
    switch (conn->close_code) {
    case 0: /* no close frame at all */
    case CHAT_CLOSE_SENT_AWAY:
    case CHAT_CLOSE_SLOW_CONSUMER:
    case CHAT_CLOSE_REPLACED:
        return CHAT_LOST;
    default:
        return CHAT_DISCONNECTED;
    }
}

/* When the server stops nobody is told that somebody left (DESIGN, hosting). */
static void ended(struct chat_conn *conn)
{
    struct chat_worker *worker = conn->worker;
    conn->departure = (uint8_t)departure_of(conn);
    if (conn->ticket != 0)
        chat_answer_kicked(worker, conn->ticket, conn->n_seats);
    while (conn->n_seats > 0) {
        if (chat_stop_is_begun(worker))
            chat_audience_unseat(worker, conn, conn->seats[conn->n_seats - 1].audience->key);
        else
            give_up_seat(conn);
    }
    if (conn->session.state == CHAT_SESSION_BOUND)
        worker->identified--;
    chat_session_finish(&conn->session);
}

const struct chat_conn_app chat_dispatch_app = {
    .message = take_message,
    .accepts = accepts,
    .quiet = quiet,
    .ended = ended,
    .opened = chat_identity_open,
    .overdue = chat_identity_overdue,
};
