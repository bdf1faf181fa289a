/* A worker whose connections sit in audiences, for tests of what they hear. */
#ifndef CHAT_TEST_AUDIENCE_FIXTURE_H
#define CHAT_TEST_AUDIENCE_FIXTURE_H

#include "net/delivery.h"
#include "net/worker_fixture.h"

static inline bool seated_message(struct chat_conn *conn, enum chat_opcode opcode,
                                  struct chat_slice text)
{
    (void)conn, (void)opcode, (void)text;
    return true;
}

static inline bool seated_always(const struct chat_conn *conn)
{
    (void)conn;
    return true;
}

static inline void seated_ended(struct chat_conn *conn)
{
    while (conn->n_seats > 0)
        chat_audience_unseat(conn->worker, conn, conn->seats[0].audience->key);
}

static const struct chat_conn_app seated_app = {.message = seated_message,
                                                .accepts = seated_always,
                                                .quiet = seated_always,
                                                .ended = seated_ended};

static inline void seat(struct peer *peer, uint64_t room)
{
    chat_audience_seat(peer->worker, peer_conn(peer), room, CHAT_SLICE("room"));
}

static inline void unseat(struct peer *peer, uint64_t room)
{
    chat_audience_unseat(peer->worker, peer_conn(peer), room);
}

/* The room says a text; `cause` may be NULL. */
static inline void say(struct fixture *fixture, uint64_t room, struct peer *cause, const char *text)
{
    char frame[CHAT_FRAME_CONTROL_MAX];
    size_t header = chat_frame_header(frame, CHAT_OPCODE_TEXT, strlen(text));
    memcpy(frame + header, text, strlen(text));
    chat_deliver_event(fixture->chatd->workers[0], room, cause == NULL ? 0 : cause->id,
                       (struct chat_slice){frame, header + strlen(text)});
}

/* The room ends, with this text. */
static inline void dissolve(struct fixture *fixture, uint64_t room, const char *text)
{
    char frame[CHAT_FRAME_CONTROL_MAX];
    size_t header = chat_frame_header(frame, CHAT_OPCODE_TEXT, strlen(text));
    memcpy(frame + header, text, strlen(text));
    chat_deliver_close(fixture->chatd->workers[0], room,
                       (struct chat_slice){frame, header + strlen(text)});
}

/* A direct answer to the connection. */
static inline void answer(struct peer *peer, const char *text)
{
    char frame[CHAT_FRAME_CONTROL_MAX];
    size_t header = chat_frame_header(frame, CHAT_OPCODE_TEXT, strlen(text));
    memcpy(frame + header, text, strlen(text));
    chat_deliver_reply(peer->worker, peer->id, (struct chat_slice){frame, header + strlen(text)});
}

#endif
