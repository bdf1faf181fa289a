/* Workers on one loop of the test's own, turn by turn, and peers over socket pairs. Peers read what
 * came as words: the text of a text frame, `ping`, `pong`, `close:CODE`, and `end` for the end of
 * the stream. */
#ifndef CHAT_TEST_WORKER_FIXTURE_H
#define CHAT_TEST_WORKER_FIXTURE_H

#include "core/conn_id.h"
#include "net/server_frame.h"
#include "net/worker.h"
#include "wire/deflate.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEERS_MAX = 64, SETTLE_TURNS = 20, WORD_MAX = 600 };

struct peer {
    int fd; /* -1: closed */
    struct chat_worker *worker;
    uint64_t id;
    char *bytes; /* received, not yet read as words */
    size_t length, capacity;
    bool ended;
};

struct fixture {
    uv_loop_t loop;
    struct chatd_config *config;
    struct chatd *chatd;
    unsigned n_workers, destroyed, n_peers;
    struct peer peers[PEERS_MAX];
};

static inline void fixture_problem(void *context, const char *line)
{
    (void)context;
    fail_msg("%s", line);
}

static inline void fixture_destroyed(void *context)
{
    ((struct fixture *)context)->destroyed++;
}

static inline void fixture_attach(struct fixture *fixture, const struct chat_conn_app *app,
                                  void (*destroyed)(void *context))
{
    for (unsigned i = 0; i < fixture->n_workers; i++)
        fixture->chatd->workers[i] =
            chat_worker_create(&(struct chat_worker_spec){.shared = fixture->chatd,
                                                          .office = fixture->chatd->office,
                                                          .loop = &fixture->loop,
                                                          .index = i,
                                                          .workers = fixture->n_workers,
                                                          .app = app,
                                                          .destroyed = destroyed,
                                                          .context = fixture});
    atomic_store(&fixture->chatd->attached, fixture->n_workers);
}

/* `settings` are options as for chatd -s, ended by NULL. */
static inline void fixture_open(struct fixture *fixture, unsigned n_workers,
                                const struct chat_conn_app *app, const char *const *settings)
{
    *fixture = (struct fixture){.n_workers = n_workers};
    uv_loop_init(&fixture->loop);
    fixture->config = chatd_config_create();
    for (; settings != NULL && *settings != NULL; settings++)
        chatd_config_set(fixture->config, *settings, fixture_problem, NULL);
    chatd_config_check(fixture->config, fixture_problem, NULL);
    fixture->chatd = chatd_create(fixture->config, n_workers);
    fixture_attach(fixture, app, fixture_destroyed);
}

static inline void fixture_turn(struct fixture *fixture)
{
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

/* Turns until whatever one thing leads to has happened. */
static inline void fixture_settle(struct fixture *fixture)
{
    for (unsigned i = 0; i < SETTLE_TURNS; i++)
        fixture_turn(fixture);
}

/* What the timer does about a stop, without waiting for it. */
static inline void fixture_tick(struct fixture *fixture)
{
    for (unsigned i = 0; i < fixture->n_workers && fixture->destroyed == 0; i++)
        chat_worker_heed_stop(fixture->chatd->workers[i]);
    fixture_settle(fixture);
}

static inline struct peer *peer_open_with(struct fixture *fixture, unsigned worker,
                                          struct chat_slice early, bool deflates)
{
    struct peer *peer = &fixture->peers[fixture->n_peers++];
    int fds[2], small = 8192;

    assert_true(fixture->n_peers <= PEERS_MAX);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &small,
               sizeof(small)); /* soon full, within a frame */
    atomic_fetch_add(&fixture->chatd->connections, 1);
    *peer = (struct peer){.fd = fds[1], .worker = fixture->chatd->workers[worker]};
    struct chat_conn *conn =
        chat_conn_open(peer->worker, (struct chat_way){fds[0], NULL}, early, NULL, NULL, false,
                       (struct chat_extension){.deflates = deflates});
    peer->id = chat_conn_id(worker, conn->slot, conn->generation);
    return peer;
}

static inline struct peer *peer_open(struct fixture *fixture, unsigned worker)
{
    return peer_open_with(fixture, worker, (struct chat_slice){"", 0}, false);
}

/* NULL once it is no more. */
static inline struct chat_conn *peer_conn(const struct peer *peer)
{
    return chat_worker_conn(peer->worker, peer->id);
}

static inline void peer_close(struct peer *peer)
{
    if (peer->fd != -1)
        close(peer->fd);
    peer->fd = -1;
}

/* The server is on its way out; nothing of it may be left. */
static inline void fixture_end(struct fixture *fixture)
{
    for (unsigned i = 0; i < fixture->n_peers; i++) {
        peer_close(&fixture->peers[i]);
        free(fixture->peers[i].bytes);
    }
    fixture_tick(fixture);
    fixture_tick(fixture);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(fixture->destroyed, fixture->n_workers);
    assert_int_equal(atomic_load(&fixture->chatd->connections), 0);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    chatd_destroy(fixture->chatd);
    chatd_config_destroy(fixture->config);
}

static inline void fixture_close(struct fixture *fixture)
{
    chatd_stop(fixture->chatd, CHATD_GOING_AWAY);
    fixture_end(fixture);
}

/* A client's frame: masked, by zeros. */
static inline void peer_send(struct peer *peer, enum chat_opcode opcode, bool last,
                             struct chat_slice payload)
{
    char header[CHAT_FRAME_HEADER_MAX + 4] = {0};
    size_t length = chat_frame_header(header, opcode, payload.length);

    memset(header + length, 0, 4);
    header[0] = (char)(last ? header[0] : header[0] & 0x7f);
    header[1] = (char)(header[1] | 0x80);
    assert_int_equal(send(peer->fd, header, length + 4, MSG_NOSIGNAL), length + 4);
    if (payload.length > 0)
        assert_int_equal(send(peer->fd, payload.bytes, payload.length, MSG_NOSIGNAL),
                         payload.length);
}

static inline void peer_send_text(struct peer *peer, const char *text)
{
    peer_send(peer, CHAT_OPCODE_TEXT, true, (struct chat_slice){text, strlen(text)});
}

static inline void peer_send_close(struct peer *peer, unsigned code)
{
    char payload[2] = {(char)(code >> 8), (char)code};
    peer_send(peer, CHAT_OPCODE_CLOSE, true, (struct chat_slice){payload, 2});
}

/* Takes what the socket holds. */
static inline void peer_receive(struct peer *peer)
{
    enum { STEP = 64 * 1024 };
    for (;;) {
        if (peer->capacity - peer->length < STEP) {
            peer->capacity = 2 * peer->capacity + STEP;
            peer->bytes = realloc(peer->bytes, peer->capacity);
            assert_non_null(peer->bytes);
        }
        ssize_t n = recv(peer->fd, peer->bytes + peer->length, STEP, 0);
        peer->ended |= n == 0;
        if (n <= 0)
            return;
        peer->length += (size_t)n;
    }
}

/* Whole frame at the front of what was received: its length, or 0. */
static inline size_t peer_frame(const struct peer *peer, struct chat_slice *ret_payload)
{
    const unsigned char *head = (const unsigned char *)peer->bytes;
    size_t header = 2, payload;

    if (peer->length < 2)
        return 0;
    payload = head[1];
    if (payload >= 126) {
        size_t n = payload == 126 ? 2 : 8;
        header += n;
        if (peer->length < header)
            return 0;
        payload = 0;
        for (size_t i = 0; i < n; i++)
            payload = payload << 8 | head[2 + i];
    }
    if (peer->length < header + payload)
        return 0;
    *ret_payload = (struct chat_slice){peer->bytes + header, payload};
    return header + payload;
}

static inline int peer_word(const struct peer *peer, struct chat_slice payload, char *out,
                            size_t size)
{
    const unsigned char *bytes = (const unsigned char *)payload.bytes;
    if (peer->bytes[0] & 0x40)
        assert_int_equal(chat_inflater_message(peer->worker->inflater, WORD_MAX, payload.bytes,
                                               payload.length, &payload.bytes, &payload.length),
                         0);
    switch ((enum chat_opcode)(peer->bytes[0] & 0x0f)) {
    case CHAT_OPCODE_PING:
        return snprintf(out, size, " ping");
    case CHAT_OPCODE_PONG:
        return snprintf(out, size, " pong");
    case CHAT_OPCODE_CLOSE:
        return snprintf(out, size, " close:%u",
                        payload.length < 2 ? 0u : (unsigned)(bytes[0] << 8 | bytes[1]));
    default: /* a long text by its first byte only */
        return snprintf(out, size, " %.*s", payload.length > WORD_MAX ? 1 : (int)payload.length,
                        payload.bytes);
    }
}

/* What came since the last time, as words; borrowed until the next call. */
static inline const char *peer_words(struct peer *peer)
{
    static char words[64 * 1024];
    struct chat_slice payload = {NULL, 0};
    size_t frame, end = 0;

    words[0] = '\0';
    peer_receive(peer);
    while ((frame = peer_frame(peer, &payload)) > 0) {
        end += (size_t)peer_word(peer, payload, words + end, sizeof(words) - end);
        assert_true(end < sizeof(words) - WORD_MAX - 2);
        memmove(peer->bytes, peer->bytes + frame, peer->length - frame);
        peer->length -= frame;
    }
    if (peer->ended)
        end += (size_t)snprintf(words + end, sizeof(words) - end, " end");
    return end == 0 ? words : words + 1;
}

/* After the turns that it takes. */
static inline void peer_expect(struct fixture *fixture, struct peer *peer, const char *words)
{
    fixture_settle(fixture);
    assert_string_equal(peer_words(peer), words);
}

/* A text of the server to this connection. */
static inline void peer_be_sent(struct peer *peer, const char *text)
{
    char frame[CHAT_FRAME_CONTROL_MAX];
    size_t length = chat_frame_header(frame, CHAT_OPCODE_TEXT, strlen(text));
    memcpy(frame + length, text, strlen(text));
    chat_conn_send(peer_conn(peer), (struct chat_slice){frame, length + strlen(text)});
}

/* A long text of one letter. */
static inline void peer_be_sent_long(struct peer *peer, char letter, size_t length)
{
    char *frame = malloc(CHAT_FRAME_HEADER_MAX + length);
    chat_conn_send(peer_conn(peer),
                   (struct chat_slice){frame, server_frame(frame, letter, length)});
    free(frame);
}

#endif
