/* Answers and events arrive at their connections, letters at whoever they are for. */
#include "net/delivery.h"

#include "core/mute.h"
#include "net/ban.h"
#include "net/dispatch.h"
#include "net/letter.h"
#include "net/stop.h"
#include "wire/close.h"
#include "wire/deflate.h"

/* Nothing is on its way to one that has ended, unless the stop's deadline ended it. */
static struct chat_conn *receiver(const struct chat_worker *worker, uint64_t to)
{
    struct chat_conn *conn = chat_worker_conn(worker, to);
    return conn != NULL && !conn->ended ? conn : NULL;
}

static struct chat_slice as_it_hears(const struct chat_conn *conn, struct chat_slice frames)
{
    struct chat_slice run;
    if (!conn->deflates)
        return frames;
    run.length = chat_deflater_run(conn->worker->deflater, frames.bytes, frames.length, &run.bytes);
    return run;
}

/* A direct answer: what the connection's earlier requests caused comes first. */
static void send_now(struct chat_conn *conn, struct chat_slice frames)
{
    chat_audience_catch_up(conn);
    chat_conn_send(conn, as_it_hears(conn, frames));
    chat_tally_add(conn->worker->tally->messages_out, 1);
    chat_worker_fill(conn->worker, frames.length);
}

void chat_deliver_reply(struct chat_worker *worker, uint64_t to, struct chat_slice frames)
{
    struct chat_conn *conn = receiver(worker, to);
    if (conn != NULL)
        send_now(conn, frames);
}

void chat_deliver_seat(struct chat_worker *worker, uint64_t to, uint64_t room,
                       struct chat_slice room_id, struct chat_slice frames)
{
    /* It is there until its last request is completed, so that no seat is left behind. */
    struct chat_conn *conn = receiver(worker, to);
    if (conn == NULL)
        return;
    send_now(conn, frames);
    if (conn->session.state != CHAT_SESSION_BOUND)
        worker->identified++;
    chat_session_seated(&conn->session);
    chat_audience_seat(worker, conn, room, room_id);
}

/* One block, as queues know whole frames only. It counts for the turn's end like a room's: the next
 * one waits until this was written. */
void chat_deliver_replay(struct chat_worker *worker, uint64_t to, const struct chat_run *frames)
{
    struct chat_conn *conn = receiver(worker, to);
    if (conn == NULL)
        return;
    struct chat_block *block = chat_block_open_for(&conn->worker->memory, chat_run_length(frames));
    chat_block_append(block, frames->parts[0]);
    chat_block_append(block, frames->parts[1]); /* the two may have halves of one frame */
    if (conn->deflates) {
        struct chat_slice run = as_it_hears(conn, (struct chat_slice){block->bytes, block->length});
        block->length = 0;
        chat_block_append(block, run);
    }
    chat_conn_push(conn, block, 0, block->length);
    chat_tally_add(worker->tally->messages_out, frames->frames);
    chat_worker_fill(worker, block->length);
    chat_block_unref(block);
}

void chat_deliver_unseat(struct chat_worker *worker, uint64_t to, uint64_t room,
                         struct chat_slice frames)
{
    struct chat_conn *conn = receiver(worker, to);
    if (conn == NULL)
        return;
    chat_audience_catch_up(conn);
    chat_audience_unseat(worker, conn, room);
    send_now(conn, frames);
}

void chat_deliver_replace(struct chat_worker *worker, uint64_t to, uint64_t room)
{
    struct chat_conn *conn = receiver(worker, to);
    if (conn == NULL)
        return;
    chat_audience_unseat(worker, conn, room);
    chat_conn_close(conn, CHAT_CLOSE_REPLACED, (struct chat_slice){"", 0});
}

void chat_deliver_event(struct chat_worker *worker, uint64_t room, uint64_t cause,
                        struct chat_slice frames)
{
    struct chat_audience *audience = chat_audience_find(worker, room);
    if (audience != NULL)
        chat_audience_say(worker, audience, chat_worker_conn(worker, cause), frames);
}

void chat_deliver_close(struct chat_worker *worker, uint64_t room, struct chat_slice frames)
{
    struct chat_audience *audience = chat_audience_find(worker, room);
    if (audience != NULL)
        chat_audience_dissolve(worker, audience, frames);
}

void chat_deliver_whisper(struct chat_worker *worker, uint64_t room, uint64_t from,
                          struct chat_slice frames)
{
    struct chat_audience *audience = chat_audience_find(worker, room);
    if (audience != NULL)
        chat_audience_whisper(worker, audience, from, frames);
}

void chat_deliver_complete(struct chat_worker *worker, uint64_t to)
{
    struct chat_conn *conn = receiver(worker, to);
    if (conn == NULL)
        return;
    chat_session_complete(&conn->session);
    /* Only one that waits for this has something to do now. */
    if (conn->in != NULL || conn->paused || !conn->serving || conn->eof)
        chat_conn_wake(conn);
}

static void sanctioned(struct chat_worker *worker, const struct chat_letter *letter)
{
    struct chat_packed_call packed;
    chat_letter_unpack_call(letter, &packed);
    struct chat_call call = {
        .request = &packed.request, .from = letter->conn, .user = packed.user, .name = packed.name};
    chat_mute_answer(worker->coordinator, &call, (enum chat_error)letter->number,
                     (int64_t)letter->room);
}

static void request_arrived(struct chat_worker *worker, const struct chat_letter *letter)
{
    struct chat_packed_call packed;
    chat_letter_unpack_call(letter, &packed);
    struct chat_call call = {
        .request = &packed.request,
        .from = letter->conn,
        .user = packed.user,
        .name = packed.name,
        .rights = packed.rights,
        .now = chat_worker_time(worker),
        .listing = {.rows = letter->parts[2], .last = letter->room, .begun = letter->number != 0}};
    chat_coordinator_request(worker->coordinator, &call);
}

void chat_deliver_letter(struct chat_worker *worker, const struct chat_letter *letter)
{
    const struct chat_slice *parts = letter->parts;

    switch ((enum chat_letter_kind)letter->kind) {
    case CHAT_LETTER_REQUEST:
        request_arrived(worker, letter);
        break;
    case CHAT_LETTER_GONE:
        chat_dispatch_gone(worker, letter->conn, parts[0], parts[1],
                           (enum chat_departure)letter->number, (uint32_t)letter->room);
        break;
    case CHAT_LETTER_REPLY:
        chat_deliver_reply(worker, letter->conn, parts[0]);
        break;
    case CHAT_LETTER_SEAT:
        chat_deliver_seat(worker, letter->conn, letter->room, parts[1], parts[0]);
        if (worker->sanctions.table.count != 0)
            chat_ban_judge_seat(worker, letter->conn, parts[1]);
        break;
    case CHAT_LETTER_REPLAY: {
        struct chat_run frames = {{parts[0], parts[1]}, (uint32_t)letter->number};
        chat_deliver_replay(worker, letter->conn, &frames);
        break;
    }
    case CHAT_LETTER_UNSEAT:
        chat_deliver_unseat(worker, letter->conn, letter->room, parts[0]);
        break;
    case CHAT_LETTER_REPLACE:
        chat_deliver_replace(worker, letter->conn, letter->room);
        break;
    case CHAT_LETTER_EVENT:
        chat_deliver_event(worker, letter->room, letter->conn, parts[0]);
        break;
    case CHAT_LETTER_CLOSE:
        chat_deliver_close(worker, letter->room, parts[0]);
        break;
    case CHAT_LETTER_WHISPER:
        chat_deliver_whisper(worker, letter->room, letter->conn, parts[0]);
        break;
    case CHAT_LETTER_COMPLETE:
        chat_deliver_complete(worker, letter->conn);
        break;
    case CHAT_LETTER_SANCTIONED:
        sanctioned(worker, letter);
        break;
    case CHAT_LETTER_TOKEN:
        chat_stop_token(worker, (unsigned)letter->number);
        break;
    case CHAT_LETTER_QUERY:
        chat_query_begin(worker, letter);
        break;
    case CHAT_LETTER_SANCTION:
    case CHAT_LETTER_ROW:
    case CHAT_LETTER_DONE:
    case CHAT_LETTER_AUDIT:
    case CHAT_LETTER_SETTLED:
        break; /* the control's */
    }
}
