/* A connection whose deadlines are hours away, and steps of time. */
#ifndef CHAT_TEST_DEADLINES_H
#define CHAT_TEST_DEADLINES_H

#include "net/recording_app.h"
#include "net/timers.h"

/* Far from the real time that a test takes. */
enum { HOUR_MS = 3600 * 1000 };
static const char *const hours[] = {"websocket.pong_timeout=10h", "websocket.ping_interval=3h",
                                    "websocket.idle_timeout=7h",  "websocket.message_timeout=2h",
                                    "websocket.close_timeout=1h", NULL};

struct deadlines {
    struct fixture fixture;
    struct peer *peer;
    uint32_t began_ms; /* when the connection was opened */
};

static inline void set_up(struct deadlines *test)
{
    test->peer = recording_open(&test->fixture, hours);
    test->began_ms = chat_worker_ms(test->peer->worker);
}

/* The check at so many minutes after the beginning, and what the peer then gets. */
static inline void expect_at(struct deadlines *test, unsigned minutes, const char *words)
{
    if (peer_conn(test->peer) != NULL)
        chat_conn_check(peer_conn(test->peer), test->began_ms + minutes * 60 * 1000);
    peer_expect(&test->fixture, test->peer, words);
}

/* It was heard of, or had a message, at so many minutes. */
static inline void set_heard(struct deadlines *test, unsigned minutes)
{
    chat_conn_stamps(peer_conn(test->peer))->heard = test->began_ms + minutes * 60 * 1000;
}

static inline void set_active(struct deadlines *test, unsigned minutes)
{
    chat_conn_stamps(peer_conn(test->peer))->active = test->began_ms + minutes * 60 * 1000;
}

/* A frame has begun, more is queued, and the kernel takes nothing. */
static inline void block(struct deadlines *test)
{
    peer_be_sent_long(test->peer, 'A', 60 * 1024);
    peer_be_sent(test->peer, "behind");
    fixture_settle(&test->fixture);
    assert_true(peer_conn(test->peer)->out->begun > 0);
}

#endif
