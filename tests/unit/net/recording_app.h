/* A worker's application for tests: it keeps what it was given as words, and behaves as the test
 * wants. With it, the steps of tests on a queue that the peer does not read. */
#ifndef CHAT_TEST_RECORDING_APP_H
#define CHAT_TEST_RECORDING_APP_H

#include "net/worker_fixture.h"

/* What the application was given, as words, and how it behaves. */
static struct {
    char heard[8192];
    bool full, busy; /* accepts no message; is not quiet */
    bool defers;     /* message says "not now" */
    unsigned ended;
} recording;

static inline bool recording_message(struct chat_conn *conn, enum chat_opcode opcode,
                                     struct chat_slice text)
{
    size_t at = strlen(recording.heard);
    (void)conn;
    if (recording.defers)
        return false;
    snprintf(recording.heard + at, sizeof(recording.heard) - at, "%s%s%.*s", at > 0 ? " " : "",
             opcode == CHAT_OPCODE_BINARY ? "binary:" : "", text.length > 60 ? 1 : (int)text.length,
             text.bytes);
    return true;
}

static inline bool recording_accepts(const struct chat_conn *conn)
{
    (void)conn;
    return !recording.full;
}

static inline bool recording_quiet(const struct chat_conn *conn)
{
    (void)conn;
    return !recording.busy;
}

static inline void recording_ended(struct chat_conn *conn)
{
    (void)conn;
    recording.ended++;
}

static const struct chat_conn_app recording_app = {.message = recording_message,
                                                   .accepts = recording_accepts,
                                                   .quiet = recording_quiet,
                                                   .ended = recording_ended};

/* One worker, one peer, and an application that takes everything. */
static inline struct peer *recording_open(struct fixture *fixture, const char *const *settings)
{
    memset(&recording, 0, sizeof(recording));
    fixture_open(fixture, 1, &recording_app, settings);
    return peer_open(fixture, 0);
}

static inline void expect_heard(struct fixture *fixture, const char *words)
{
    fixture_settle(fixture);
    assert_string_equal(recording.heard, words);
    recording.heard[0] = '\0';
}

/* Long texts until the socket takes no more and one has begun; returns how many. */
static inline unsigned fill_socket(struct fixture *fixture, struct peer *peer, size_t length)
{
    unsigned n = 0;
    do {
        peer_be_sent_long(peer, (char)('A' + n++ % 26), length);
        fixture_settle(fixture);
    } while (peer_conn(peer)->out == NULL || peer_conn(peer)->out->begun == 0);
    return n;
}

/* Reads while the server writes; all words of it. */
static inline const char *drain(struct fixture *fixture, struct peer *peer)
{
    static char all[16 * 1024];
    size_t held;

    all[0] = '\0';
    do {
        fixture_settle(fixture);
        held = peer->length;
        const char *words = peer_words(peer);
        if (*words != '\0') {
            size_t at = strlen(all);
            snprintf(all + at, sizeof(all) - at, "%s%s", at > 0 ? " " : "", words);
            held = SIZE_MAX;
        }
    } while (!peer->ended && peer->length != held);
    return all;
}

#endif
