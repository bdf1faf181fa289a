/* A connection's life between its socket and the application. Input is in conn_input.c. */
#include "net/conn.h"

#include "net/ending.h"
#include "net/worker.h"
#include "wire/close.h"
#include "wire/deflate.h"

#include <stdio.h>
#include <stdlib.h>

static void stop_serving(struct chat_conn *conn)
{
    conn->serving = false;
    if (chat_inbound_has_rest(conn->in))
        conn->deaf = true; /* what comes now does not begin at a frame */
    chat_inbound_free(&conn->in);
    chat_worker_ready(conn->worker, conn);
    chat_worker_dirty(conn->worker, conn);
}

static void drop_queues(struct chat_conn *conn)
{
    if (conn->out != NULL)
        chat_outbound_return(&conn->worker->outbounds, conn->out);
    if (conn->pong != NULL)
        chat_block_unref(conn->pong);
    if (conn->close != NULL)
        chat_block_unref(conn->close);
    conn->out = NULL;
    conn->pong = conn->close = NULL;
}

/* The socket goes; the application's part may still wait for what is under way. */
static void close_socket(struct chat_conn *conn)
{
    if (conn->closed)
        return;
    chat_ending_note(conn);
    conn->closed = true;
    conn->reading = conn->blocked = false;
    drop_queues(conn);
    atomic_fetch_sub_explicit(&conn->worker->shared->connections, 1, memory_order_relaxed);
    chat_address_give(conn->worker->shared->addresses, conn->address);
    chat_transport_close(&conn->transport);
    chat_worker_ready(conn->worker, conn); /* its memory may go now */
}

void chat_conn_drop(struct chat_conn *conn)
{
    close_socket(conn);
    if (conn->serving)
        stop_serving(conn);
}

/* The socket failed. What was received whole is still served (PROTOCOL §8). */
static void socket_failed(struct chat_conn *conn)
{
    close_socket(conn);
    conn->eof = true;
}

void chat_conn_want(struct chat_conn *conn)
{
    if (!conn->closed)
        chat_transport_want(&conn->transport, conn->worker->poller, conn->reading, conn->blocked);
}

void chat_conn_end_of_input(struct chat_conn *conn, bool orderly)
{
    if (!orderly) {
        socket_failed(conn);
        return;
    }
    conn->reading = false;
    chat_conn_want(conn);
    conn->eof = true;
    struct chat_stamps *stamps = chat_conn_stamps(conn);
    if (conn->serving)
        stamps->until = (chat_worker_ms(conn->worker) +
                         (uint32_t)conn->worker->config->websocket_close_timeout_ms) |
                        1;
    chat_worker_ready(conn->worker, conn);
    chat_worker_dirty(conn->worker, conn);
}

static struct chat_outbound *queue_of(struct chat_conn *conn)
{
    if (conn->out == NULL) {
        conn->out = chat_outbound_lend(&conn->worker->outbounds);
        conn->stalled_ms = chat_worker_ms(conn->worker);
    }
    return conn->out;
}

static bool takes_output(const struct chat_conn *conn)
{
    return !conn->closed && !conn->close_queued && !(conn->close != NULL && conn->urgent);
}

void chat_conn_send(struct chat_conn *conn, struct chat_slice frames)
{
    if (!takes_output(conn))
        return;
    chat_outbound_copy(queue_of(conn), frames);
    chat_conn_stamps(conn)->active = chat_worker_ms(conn->worker);
    chat_worker_dirty(conn->worker, conn);
}

void chat_conn_push(struct chat_conn *conn, struct chat_block *block, uint32_t from, uint32_t to)
{
    if (from == to || !takes_output(conn))
        return;
    chat_outbound_push(queue_of(conn), block, from, to);
    chat_conn_stamps(conn)->active = chat_worker_ms(conn->worker);
    chat_worker_dirty(conn->worker, conn);
}

uint64_t chat_conn_queued(const struct chat_conn *conn)
{
    return chat_outbound_cost(conn->out);
}

/* The block of one control frame. */
static struct chat_block *control_block(const char *frame, size_t length)
{
    struct chat_block *block = chat_block_open(NULL, length);
    chat_block_append(block, (struct chat_slice){frame, length});
    return block;
}

static void begin_close(struct chat_conn *conn, unsigned code, struct chat_slice reason)
{
    char frame[CHAT_FRAME_CONTROL_MAX];
    size_t length = chat_frame_close(frame, code, reason.bytes, reason.length);
    uint64_t timeout_ms = conn->worker->config->websocket_close_timeout_ms;

    if (conn->closed) { /* nobody is left to be told */
        stop_serving(conn);
        return;
    }
    conn->close = control_block(frame, length);
    conn->close_code = (uint16_t)code;
    conn->paused = false; /* this time runs from now, however long that pause was */
    chat_conn_stamps(conn)->until = (chat_worker_ms(conn->worker) + (uint32_t)timeout_ms) | 1;
    stop_serving(conn);
}

/* The close reason is the code's word and, if there is a text, `between` and the text. */
static void close_saying(struct chat_conn *conn, unsigned code, struct chat_slice between,
                         struct chat_slice text)
{
    char reason[CHAT_FRAME_PAYLOAD_CONTROL_MAX + CHAT_REASON_MAX];
    const char *word = chat_close_word(code);
    size_t length = strlen(word);

    if ((conn->closed && !conn->serving) || conn->close != NULL || conn->close_queued)
        return;
    memcpy(reason, word, length);
    if (text.length > 0) {
        memcpy(reason + length, between.bytes, between.length);
        memcpy(reason + length + between.length, text.bytes, text.length);
        length += between.length + text.length;
    }
    if (code == CHAT_CLOSE_SLOW_CONSUMER)
        chat_ending_log_slow(conn);
    conn->urgent =
        code != CHAT_CLOSE_GOING_AWAY && code != CHAT_CLOSE_RESTART && code != CHAT_CLOSE_SENT_AWAY;
    begin_close(conn, code, (struct chat_slice){reason, length});
}

void chat_conn_close(struct chat_conn *conn, unsigned code, struct chat_slice text)
{
    close_saying(conn, code, CHAT_SLICE(": "), text);
}

void chat_conn_close_for(struct chat_conn *conn, unsigned code, uint64_t retry_after_ms)
{
    char digits[24];
    int n = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)retry_after_ms);
    close_saying(conn, code, CHAT_SLICE(" retry_after_ms="),
                 (struct chat_slice){digits, (size_t)n});
}

/* The peer's close frame is whole. All that its earlier requests cause is sent before the answer.
 */
void chat_conn_close_received(struct chat_conn *conn, struct chat_slice payload)
{
    enum { NO_CODE_RECEIVED = 1005 };
    unsigned code, error = chat_frame_close_read(payload.bytes, payload.length, &code);

    if (error != 0) {
        conn->deaf = true;
        chat_conn_close(conn, error, (struct chat_slice){"", 0});
        chat_worker_dirty(conn->worker, conn);
        return;
    }
    conn->close_seen = true;
    if (conn->close == NULL && !conn->close_queued) {
        conn->close_asked = true;
        begin_close(conn, code == NO_CODE_RECEIVED ? 0 : code, (struct chat_slice){"", 0});
    }
    chat_worker_dirty(conn->worker, conn);
}

void chat_conn_pong(struct chat_conn *conn, struct chat_slice payload)
{
    char frame[CHAT_FRAME_CONTROL_MAX];
    size_t length = chat_frame_pong(frame, payload.bytes, payload.length);

    if (!takes_output(conn))
        return;
    if (conn->pong != NULL)
        chat_block_unref(conn->pong); /* RFC 6455 §5.5.3: the newest ping's is enough */
    conn->pong = control_block(frame, length);
    chat_worker_dirty(conn->worker, conn);
}

static void queue_first(struct chat_conn *conn, struct chat_block *block)
{
    chat_outbound_copy_first(queue_of(conn), (struct chat_slice){block->bytes, block->length});
    chat_block_unref(block);
}

/* Control frames go before queued data, at a frame's boundary (DESIGN, outbound). */
static void queue_control(struct chat_conn *conn)
{
    if (conn->ping_due) {
        char frame[CHAT_FRAME_CONTROL_MAX];
        conn->ping_due = false;
        if (takes_output(conn))
            queue_first(conn, control_block(frame, chat_frame_ping(frame, "", 0)));
    }
    /* While the kernel is full the pong waits, so that pings of one who does not read cost nothing:
     * only the newest is answered. */
    if (conn->pong != NULL && !conn->blocked && takes_output(conn)) {
        queue_first(conn, conn->pong);
        conn->pong = NULL;
    }
    /* Behind the answers to what came before it. */
    if (conn->close != NULL && (conn->urgent || conn->ended)) {
        struct chat_block *close = conn->close;
        conn->close = NULL;
        conn->close_queued = true;
        if (conn->urgent)
            chat_outbound_drop(queue_of(conn));
        chat_outbound_push(queue_of(conn), close, 0, close->length);
        chat_block_unref(close);
    }
}

static void queue_written(struct chat_conn *conn)
{
    if (conn->out->count > 0) {
        chat_outbound_stay(conn->out);
    } else {
        chat_outbound_return(&conn->worker->outbounds, conn->out);
        conn->out = NULL;
    }
    conn->blocked = conn->out != NULL;
    chat_conn_want(conn);
}

/* Writes what the kernel takes now; the poller tells when it takes more. */
static void write_out(struct chat_conn *conn)
{
    struct chat_slice pieces[CHAT_TRANSPORT_PIECES];
    uint32_t n, before;

    if (conn->out == NULL)
        return;
    do {
        before = conn->out->count;
        n = chat_outbound_pieces(conn->out, pieces, CHAT_TRANSPORT_PIECES);
        ssize_t result = chat_transport_write(&conn->transport, pieces, n);
        if (result < 0) {
            socket_failed(conn);
            return;
        }
        chat_tally_add(conn->worker->tally->bytes_out, (uint64_t)result);
        if (result > 0)
            conn->stalled_ms = chat_worker_ms(conn->worker);
        chat_outbound_sent(conn->out, (size_t)result);
    } while (conn->out->count + n == before && conn->out->count > 0);
    queue_written(conn);
}

static void on_writable(struct chat_transport *transport)
{
    struct chat_conn *conn = (struct chat_conn *)transport;
    conn->blocked = false; /* which the poller learns when the queue is written */
    chat_worker_dirty(conn->worker, conn);
}

static void on_hung_up(struct chat_transport *transport)
{
    socket_failed((struct chat_conn *)transport);
}

const struct chat_poller_events chat_conn_poller_events = {
    .readable = chat_conn_readable,
    .writable = on_writable,
    .hung_up = on_hung_up,
};

/* After the close frames: FIN, then the peer's FIN or the deadline (H2O.md §5: closing with unread
 * input would reset the connection and lose the last frame). */
static void settle_close(struct chat_conn *conn)
{
    if (conn->out != NULL || conn->close != NULL)
        return;
    if (conn->eof && (conn->close_queued || conn->ended)) {
        close_socket(conn);
    } else if (conn->close_queued && (conn->close_seen || conn->deaf) && !conn->fin_sent) {
        conn->fin_sent = true;
        chat_transport_shutdown(&conn->transport);
    }
}

void chat_conn_flush(struct chat_conn *conn)
{
    const struct chat_config *config = conn->worker->config;

    if (conn->closed)
        return;
    queue_control(conn);
    write_out(conn);
    if (conn->closed)
        return;
    if (chat_conn_queued(conn) > config->limits_outbound_queue && conn->close == NULL &&
        !conn->close_queued)
        chat_conn_close(conn, CHAT_CLOSE_SLOW_CONSUMER, (struct chat_slice){"", 0});
    settle_close(conn);
    if (!conn->closed)
        chat_conn_settle_input(conn);
}

static void destroy(struct chat_conn *conn)
{
    struct chat_worker *worker = conn->worker;
    chat_inbound_free(&conn->in);
    free(conn->client);
    chat_worker_release(worker, conn);
    free(conn);
}

void chat_conn_step(struct chat_conn *conn)
{
    const struct chat_conn_app *app = conn->worker->app;

    if (conn->serving)
        chat_conn_step_input(conn);
    if (conn->serving && conn->eof && !chat_inbound_has_rest(conn->in) &&
        !chat_inbound_waits(conn->in))
        stop_serving(conn);
    if (!conn->serving && !conn->ended && app->quiet(conn)) {
        conn->ended = true;
        chat_ending_note(conn);
        app->ended(conn);
        chat_worker_dirty(conn->worker, conn);
    }
    if (!conn->ended || !conn->closed || conn->ready)
        return;
    if (conn->dirty)
        chat_worker_ready(conn->worker, conn); /* a list still has it */
    else
        destroy(conn);
}

void chat_conn_wake(struct chat_conn *conn)
{
    chat_worker_ready(conn->worker, conn);
}
