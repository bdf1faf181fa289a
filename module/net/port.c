/* The home's way out: an event is encoded once, then given to this worker by a call and to any
 * other by a letter. */
#include "net/port.h"

#include "core/conn_id.h"
#include "net/audit.h"
#include "net/delivery.h"
#include "net/identity.h"
#include "net/letter.h"
#include "net/moderation.h"
#include "net/news.h"

#include <stdlib.h>

static struct chat_worker *worker_of(struct chat_port *port)
{
    return (struct chat_worker *)((char *)port - offsetof(struct chat_worker, port));
}

static bool is_here(const struct chat_worker *worker, uint64_t conn)
{
    return chat_conn_id_worker(conn) == worker->index;
}

static void send_frames(struct chat_worker *worker, uint64_t to, struct chat_slice frames)
{
    if (is_here(worker, to)) {
        chat_deliver_reply(worker, to, frames);
        return;
    }
    struct chat_letter letter = {.kind = CHAT_LETTER_REPLY, .conn = to, .parts = {frames}};
    chat_mailbox_send(worker->mailbox, chat_conn_id_worker(to), &letter);
}

static void reply(struct chat_port *port, uint64_t to, const struct chat_event *event)
{
    struct chat_worker *worker = worker_of(port);
    send_frames(worker, to, chat_encoder_write(worker->encoder, event));
}

static void refuse(struct chat_port *port, uint64_t to, const struct chat_request *request,
                   const struct chat_fault *fault)
{
    char sentence[CHAT_SENTENCE_MAX];
    struct chat_event event = chat_event_of_fault(request, fault, sentence);
    chat_tally_add(&worker_of(port)->tally->errors[fault->error], 1);
    reply(port, to, &event);
}

static void seat(struct chat_port *port, uint64_t to, const struct chat_room *room,
                 const struct chat_event *event)
{
    struct chat_worker *worker = worker_of(port);
    struct chat_slice frames = chat_encoder_write(worker->encoder, event);
    struct chat_room_facts facts = chat_room_facts(room);

    if (worker->ears != NULL && event->type == CHAT_EVENT_new_room)
        chat_news_event(worker, facts.id, event);
    if (is_here(worker, to)) {
        chat_deliver_seat(worker, to, facts.key, facts.id, frames);
        return;
    }
    struct chat_letter letter = {
        .kind = CHAT_LETTER_SEAT, .conn = to, .room = facts.key, .parts = {frames, facts.id}};
    chat_mailbox_send(worker->mailbox, chat_conn_id_worker(to), &letter);
}

static void unseat(struct chat_port *port, uint64_t to, const struct chat_room *room,
                   const struct chat_event *event)
{
    struct chat_worker *worker = worker_of(port);
    struct chat_slice frames = chat_encoder_write(worker->encoder, event);
    uint64_t key = chat_room_facts(room).key;

    if (is_here(worker, to)) {
        chat_deliver_unseat(worker, to, key, frames);
        return;
    }
    struct chat_letter letter = {
        .kind = CHAT_LETTER_UNSEAT, .conn = to, .room = key, .parts = {frames}};
    chat_mailbox_send(worker->mailbox, chat_conn_id_worker(to), &letter);
}

static void replace(struct chat_port *port, uint64_t to, const struct chat_room *room)
{
    struct chat_worker *worker = worker_of(port);
    uint64_t key = chat_room_facts(room).key;

    if (is_here(worker, to)) {
        chat_deliver_replace(worker, to, key);
        return;
    }
    struct chat_letter letter = {.kind = CHAT_LETTER_REPLACE, .conn = to, .room = key};
    chat_mailbox_send(worker->mailbox, chat_conn_id_worker(to), &letter);
}

static struct chat_slice broadcast(struct chat_port *port, const struct chat_room *room,
                                   uint64_t cause, const struct chat_event *event)
{
    struct chat_worker *worker = worker_of(port);
    struct chat_letter letter = {.kind = CHAT_LETTER_EVENT,
                                 .conn = cause,
                                 .room = chat_room_facts(room).key,
                                 .parts = {chat_encoder_write(worker->encoder, event)}};

    chat_tally_add(worker->tally->broadcasts, 1);
    if (worker->ears != NULL)
        chat_news_event(worker, chat_room_facts(room).id, event);
    for (unsigned w = 0; w < worker->workers; w++) {
        if (chat_room_conns_on(room, w) == 0)
            continue;
        if (w == worker->index)
            chat_deliver_event(worker, letter.room, cause, letter.parts[0]);
        else
            chat_mailbox_send(worker->mailbox, w, &letter);
    }
    return letter.parts[0];
}

static void close_room(struct chat_port *port, const struct chat_room *room,
                       const struct chat_event *event)
{
    struct chat_worker *worker = worker_of(port);
    struct chat_letter letter = {.kind = CHAT_LETTER_CLOSE,
                                 .room = chat_room_facts(room).key,
                                 .parts = {chat_encoder_write(worker->encoder, event)}};

    if (worker->ears != NULL)
        chat_news_event(worker, chat_room_facts(room).id, event);
    for (unsigned w = 0; w < worker->workers; w++) {
        if (chat_room_conns_on(room, w) == 0)
            continue;
        if (w == worker->index)
            chat_deliver_close(worker, letter.room, letter.parts[0]);
        else
            chat_mailbox_send(worker->mailbox, w, &letter);
    }
}

static void replay(struct chat_port *port, uint64_t to, const struct chat_run *frames)
{
    struct chat_worker *worker = worker_of(port);
    if (is_here(worker, to)) {
        chat_deliver_replay(worker, to, frames);
        return;
    }
    struct chat_letter letter = {.kind = CHAT_LETTER_REPLAY,
                                 .conn = to,
                                 .number = frames->frames,
                                 .parts = {frames->parts[0], frames->parts[1]}};
    chat_mailbox_send(worker->mailbox, chat_conn_id_worker(to), &letter);
}

static void whisper(struct chat_port *port, const struct chat_room *room, uint64_t from,
                    const struct chat_event *event)
{
    struct chat_worker *worker = worker_of(port);
    struct chat_letter letter = {.kind = CHAT_LETTER_WHISPER,
                                 .conn = from,
                                 .room = chat_room_facts(room).key,
                                 .parts = {chat_encoder_write(worker->encoder, event)}};

    for (unsigned w = 0; w < worker->workers; w++) {
        if (chat_room_conns_on(room, w) == 0)
            continue;
        if (w == worker->index)
            chat_deliver_whisper(worker, letter.room, from, letter.parts[0]);
        else
            chat_mailbox_send(worker->mailbox, w, &letter);
    }
}

static void pass(struct chat_port *port, unsigned home, const struct chat_call *call)
{
    chat_letter_send_call(worker_of(port)->mailbox, home, call);
}

static bool sanction(struct chat_port *port, const struct chat_call *call,
                     const struct chat_sanction *change, bool lifts)
{
    struct chat_worker *worker = worker_of(port);
    char strings[CHAT_MODERATION_STRINGS_MAX], packed_change[CHAT_SANCTION_BYTES];
    struct chat_packed_call packed;
    struct chat_letter letter;

    if (!atomic_load_explicit(&worker->shared->moderates, memory_order_acquire))
        return false;
    chat_letter_pack_call(call, &packed, strings, &letter);
    letter.kind = CHAT_LETTER_SANCTION;
    letter.number = lifts;
    letter.room = worker->index;
    letter.parts[2] = chat_sanction_pack(change, packed_change);
    chat_mailbox_send(worker->mailbox, worker->workers, &letter);
    return true;
}

static void audit(struct chat_port *port, const struct chat_call *call)
{
    chat_audit_moderator(worker_of(port), call);
}

static uint32_t rooms(struct chat_port *port)
{
    return atomic_load_explicit(&worker_of(port)->shared->rooms, memory_order_relaxed);
}

static void complete_now(struct chat_worker *worker, uint64_t to)
{
    if (is_here(worker, to)) {
        chat_deliver_complete(worker, to);
        return;
    }
    struct chat_letter letter = {.kind = CHAT_LETTER_COMPLETE, .conn = to};
    chat_mailbox_send(worker->mailbox, chat_conn_id_worker(to), &letter);
}

/* Under pressure a home keeps back completions, never replies or events: so the windows close, and
 * what can still come is bounded by those that are open (DESIGN, mailboxes). */
static void complete(struct chat_port *port, uint64_t to)
{
    struct chat_worker *worker = worker_of(port);
    if (!worker->pressed) {
        complete_now(worker, to);
        return;
    }
    if (worker->n_held == worker->held_capacity) {
        worker->held_capacity = worker->held_capacity * 2 + 64;
        worker->held = realloc(worker->held, worker->held_capacity * sizeof(*worker->held));
        if (worker->held == NULL)
            abort();
    }
    worker->held[worker->n_held++] = to;
}

void chat_port_release(struct chat_worker *worker)
{
    for (uint32_t i = 0; i < worker->n_held; i++)
        complete_now(worker, worker->held[i]);
    worker->n_held = 0;
}

static enum chat_error verify(struct chat_port *port, uint64_t from, struct chat_slice token,
                              struct chat_time now, struct chat_event *event)
{
    struct chat_conn *conn = chat_worker_conn(worker_of(port), from);
    return chat_identity_verify(conn, token, now, event);
}

static bool take_room(struct chat_port *port)
{
    const struct chat_worker *worker = worker_of(port);
    struct chatd *shared = worker->shared;
    unsigned before = atomic_fetch_add_explicit(&shared->rooms, 1, memory_order_relaxed);
    if (before < worker->config->rooms_max)
        return true;
    atomic_fetch_sub_explicit(&shared->rooms, 1, memory_order_relaxed);
    return false;
}

static void give_room(struct chat_port *port)
{
    atomic_fetch_sub_explicit(&worker_of(port)->shared->rooms, 1, memory_order_relaxed);
}

void chat_port_init(struct chat_worker *worker)
{
    worker->port = (struct chat_port){
        .reply = reply,
        .refuse = refuse,
        .seat = seat,
        .unseat = unseat,
        .replace = replace,
        .broadcast = broadcast,
        .close = close_room,
        .replay = replay,
        .whisper = whisper,
        .verify = verify,
        .pass = pass,
        .sanction = sanction,
        .audit = audit,
        .rooms = rooms,
        .complete = complete,
        .take_room = take_room,
        .give_room = give_room,
    };
}
