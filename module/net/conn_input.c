/* From a connection's bytes to whole messages: what is decoded now, what is kept, when it is read.
 */
#include "net/conn.h"

#include "net/stop.h"
#include "net/worker.h"
#include "wire/close.h"
#include "wire/deflate.h"
#include "wire/utf8.h"

/* A message more may be taken, as far as this connection is concerned. */
static bool has_room(const struct chat_conn *conn)
{
    const struct chat_worker *worker = conn->worker;
    return !worker->pressed && !chat_stop_is_begun(worker) && worker->app->accepts(conn) &&
           chat_conn_queued(conn) <= worker->config->limits_outbound_queue / 2;
}

static bool may_decode(const struct chat_conn *conn)
{
    return !conn->worker->turn_full && !chat_inbound_waits(conn->in) && has_room(conn);
}

static void deliver(struct chat_conn *conn, enum chat_opcode opcode, struct chat_slice text)
{
    if (conn->worker->app->message(conn, opcode, text)) {
        if (conn->in != NULL)
            chat_inbound_message_done(conn->in);
        return;
    }
    struct chat_inbound *in = chat_inbound_need(&conn->in, &conn->worker->memory);
    if (in->message == NULL)
        chat_inbound_piece(in, text);
    in->opcode = opcode;
    in->waits = true;
}

/* A whole message as it came. Its text is checked when it is there (PROTOCOL §1). */
static void take_message(struct chat_conn *conn, const struct chat_frame_event *event,
                         struct chat_slice message)
{
    chat_conn_stamps(conn)->active = chat_worker_ms(conn->worker);
    if (event->compressed) {
        unsigned error = chat_inflater_message(
            conn->worker->inflater, conn->worker->config->websocket_max_message_size, message.bytes,
            message.length, &message.bytes, &message.length);
        if (error == 0 && event->opcode == CHAT_OPCODE_TEXT &&
            !chat_utf8_valid(message.bytes, message.length))
            error = CHAT_CLOSE_INVALID_UTF8;
        if (error != 0) {
            conn->deaf = true;
            chat_conn_close(conn, error, (struct chat_slice){"", 0});
            return;
        }
        if (conn->in != NULL)
            chat_inbound_message_done(conn->in); /* if it waits, it does so as a text */
    }
    deliver(conn, event->opcode, message);
}

/* A message or a control frame is whole; another's time may begin with the next byte. */
static void end_message_time(struct chat_conn *conn)
{
    if (conn->serving && !conn->eof) /* else the time is another's */
        chat_conn_stamps(conn)->until = 0;
}

static void take_data(struct chat_conn *conn, const struct chat_frame_event *event)
{
    struct chat_slice piece = {event->bytes, event->length};

    if (!conn->serving)
        return; /* it only has to come to the peer's close frame */
    if (event->opcode == CHAT_OPCODE_BINARY && !conn->worker->app->takes_binary) {
        chat_conn_close(conn, CHAT_CLOSE_UNSUPPORTED_DATA, (struct chat_slice){"", 0});
        return;
    }
    if (event->last)
        end_message_time(conn);
    if (event->first && event->last) {
        take_message(conn, event, piece);
        return;
    }
    struct chat_inbound *in = chat_inbound_need(&conn->in, &conn->worker->memory);
    chat_inbound_piece(in, piece);
    if (event->last)
        take_message(conn, event, (struct chat_slice){in->message, in->length});
}

static void take_control(struct chat_conn *conn, const struct chat_frame_event *event)
{
    struct chat_slice payload = {event->bytes, event->length};

    if (!(event->first && event->last)) {
        struct chat_inbound *in = chat_inbound_need(&conn->in, &conn->worker->memory);
        if (event->first)
            in->control_length = 0;
        memcpy(in->control + in->control_length, event->bytes, event->length);
        in->control_length = (uint8_t)(in->control_length + event->length);
        if (!event->last)
            return;
        payload = (struct chat_slice){in->control, in->control_length};
        in->control_length = 0;
    }
    if (!chat_frame_in_message(&conn->parser))
        end_message_time(conn);
    if (event->opcode == CHAT_OPCODE_PING)
        chat_conn_pong(conn, payload);
    else if (event->opcode == CHAT_OPCODE_CLOSE)
        chat_conn_close_received(conn, payload);
}

/* Decodes as much as may be; returns the bytes used. */
static size_t decode(struct chat_conn *conn, char *bytes, size_t length)
{
    uint64_t max = conn->worker->config->websocket_max_message_size;
    size_t used = 0;

    while (used < length) {
        struct chat_frame_event event;
        if (conn->deaf || (conn->close_seen && !conn->serving))
            return length; /* nothing behind it counts */
        if (conn->serving && !may_decode(conn))
            return used;
        used += chat_frame_feed(&conn->parser, max, bytes + used, length - used, &event);
        switch (event.kind) {
        case CHAT_FRAME_MORE:
            break;
        case CHAT_FRAME_DATA:
            take_data(conn, &event);
            break;
        case CHAT_FRAME_CONTROL:
            take_control(conn, &event);
            break;
        case CHAT_FRAME_ERROR:
            conn->deaf = true;
            chat_conn_close(conn, event.error, (struct chat_slice){"", 0});
            chat_worker_dirty(conn->worker, conn); /* our own close may wait for nothing else */
            break;
        }
    }
    return used;
}

/* websocket.message_timeout runs from a message's first byte to its last. */
static void note_message_time(struct chat_conn *conn)
{
    struct chat_stamps *stamps = chat_conn_stamps(conn);
    if (!conn->serving || conn->eof)
        return;
    if (!chat_frame_in_message(&conn->parser))
        stamps->until = 0;
    else if (stamps->until == 0)
        stamps->until = (chat_worker_ms(conn->worker) +
                         (uint32_t)conn->worker->config->websocket_message_timeout_ms) |
                        1;
}

static void take_bytes(struct chat_conn *conn, char *bytes, size_t length)
{
    size_t used = decode(conn, bytes, length);
    if (used < length) {
        chat_inbound_keep(chat_inbound_need(&conn->in, &conn->worker->memory),
                          (struct chat_slice){bytes + used, length - used});
        chat_worker_ready(conn->worker, conn);
    }
    chat_inbound_settle(&conn->in);
    note_message_time(conn);
    chat_conn_settle_input(conn);
}

/* One that closes is read only to come to the peer's close frame: at once as much as may have been
 * under way, then a ration for each look at its deadlines. */
static void pace_drain(struct chat_conn *conn, size_t n)
{
    if (conn->serving)
        return;
    conn->drained += (uint32_t)n;
    conn->rests = conn->drained >= CHAT_DRAIN_BYTES;
}

void chat_conn_readable(struct chat_transport *transport)
{
    struct chat_conn *conn = (struct chat_conn *)transport;
    struct chat_worker *worker = conn->worker;

    if (worker->turn_full) {
        /* Its turn comes in the order in which the full ones were met. */
        if (!conn->unread)
            chat_ration_put_off(&worker->ration);
        conn->unread = true;
        chat_worker_ready(worker, conn);
        return;
    }
    if (conn->read_turn == worker->turn)
        return;
    conn->read_turn = worker->turn;
    ssize_t n = chat_transport_read(&conn->transport, worker->read_buffer, worker->ration.bytes);
    if (n > 0) {
        chat_conn_stamps(conn)->heard = chat_worker_ms(worker);
        chat_tally_add(worker->tally->bytes_in, (uint64_t)n);
        pace_drain(conn, (size_t)n);
        take_bytes(conn, worker->read_buffer, (size_t)n);
        worker->turn_full |= chat_ration_take(&worker->ration, (size_t)n);
    } else if (n < 0) {
        chat_conn_end_of_input(conn, n == CHAT_TRANSPORT_END);
    }
}

void chat_conn_early(struct chat_conn *conn, struct chat_slice early)
{
    chat_tally_add(conn->worker->tally->bytes_in, early.length);
    if (early.length > 0)
        take_bytes(conn, (char *)early.bytes, early.length);
    else
        chat_conn_settle_input(conn);
}

void chat_conn_step_input(struct chat_conn *conn)
{
    struct chat_inbound *in = conn->in;

    if (chat_inbound_waits(in) && has_room(conn))
        deliver(conn, in->opcode, (struct chat_slice){in->message, in->length});
    if (conn->serving && chat_inbound_has_rest(conn->in)) {
        size_t used = decode(conn, conn->in->rest + conn->in->rest_from,
                             conn->in->rest_to - conn->in->rest_from);
        if (conn->in != NULL)
            chat_inbound_used(conn->in, used);
        note_message_time(conn);
    }
    chat_inbound_settle(&conn->in);
    if (conn->unread && conn->reading && may_decode(conn)) {
        conn->unread = false;
        chat_conn_readable(&conn->transport);
    }
    chat_conn_settle_input(conn);
}

/* What stood still while it was paused goes on from here (DESIGN, inbound). */
static void resume(struct chat_conn *conn)
{
    struct chat_stamps *stamps = chat_conn_stamps(conn);
    uint32_t pause = chat_worker_ms(conn->worker) - conn->paused_ms;

    conn->paused = false;
    stamps->heard += pause;
    /* What went out meanwhile is not older than the pause. */
    if (chat_worker_ms(conn->worker) - stamps->active < pause)
        stamps->active = chat_worker_ms(conn->worker);
    else
        stamps->active += pause;
    if (stamps->until != 0)
        stamps->until = (stamps->until + pause) | 1;
}

void chat_conn_settle_input(struct chat_conn *conn)
{
    bool kept = chat_inbound_has_rest(conn->in) || chat_inbound_waits(conn->in);
    bool room = has_room(conn);
    bool read = !conn->eof && !conn->closed && (conn->serving ? room && !kept : !conn->rests);

    /* A message that waits, for others to be completed, is tried again then; but where there was no
     * room at that time, now. */
    if (conn->serving && kept && room && (!chat_inbound_waits(conn->in) || conn->paused))
        chat_worker_ready(conn->worker, conn);
    if (conn->paused && (room || !conn->serving))
        resume(conn);
    if (!conn->paused && conn->serving && !room) {
        conn->paused = true;
        conn->paused_ms = chat_worker_ms(conn->worker);
    }
    if (conn->closed)
        return;
    if (read != conn->reading) {
        conn->reading = read;
        chat_conn_want(conn);
    }
}
