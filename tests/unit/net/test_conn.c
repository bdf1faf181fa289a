/* A connection between its socket and the application: what is delivered, what waits, what passes
 * what. How it ends: test_conn_end.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/recording_app.h"

static const struct chat_conn_app binary_app = {.message = recording_message,
                                                .accepts = recording_accepts,
                                                .quiet = recording_quiet,
                                                .ended = recording_ended,
                                                .takes_binary = true};
static const char *const small_queue[] = {"limits.outbound_queue=64KiB", NULL};

static void messages_come_whole_and_in_order(void **unused)
{
    struct fixture fixture;
    struct peer *peer = recording_open(&fixture, NULL);

    (void)unused;
    peer_send_text(peer, "one");
    peer_send(peer, CHAT_OPCODE_TEXT, false, CHAT_SLICE("t"));
    peer_send(peer, CHAT_OPCODE_PING, true, CHAT_SLICE(""));
    peer_send(peer, CHAT_OPCODE_CONTINUATION, true, CHAT_SLICE("wo"));
    peer_send_text(peer, "three");
    expect_heard(&fixture, "one two three");
    peer_expect(&fixture, peer, "pong");
    assert_null(peer_conn(peer)->in);
    fixture_close(&fixture);
}

static void what_came_behind_the_handshake_is_served(void **unused)
{
    struct fixture fixture;
    char early[] = "\x81\x82\0\0\0\0hi\x81\x82\0\0\0\0h"; /* and most of another */

    (void)unused;
    recording_open(&fixture, NULL);
    struct peer *peer =
        peer_open_with(&fixture, 0, (struct chat_slice){early, sizeof(early) - 1}, false);
    expect_heard(&fixture, "hi");
    assert_int_equal(send(peer->fd, "o", 1, 0), 1);
    expect_heard(&fixture, "ho");
    fixture_close(&fixture);
}

static void a_binary_message_needs_an_application_that_takes_it(void **unused)
{
    struct fixture fixture;
    struct peer *peer = recording_open(&fixture, NULL);

    (void)unused;
    peer_send(peer, CHAT_OPCODE_BINARY, true, CHAT_SLICE("x"));
    peer_expect(&fixture, peer, "close:1003");
    fixture_close(&fixture);
    fixture_open(&fixture, 1, &binary_app, NULL);
    peer = peer_open(&fixture, 0);
    peer_send(peer, CHAT_OPCODE_BINARY, true, CHAT_SLICE("x"));
    expect_heard(&fixture, "binary:x");
    fixture_close(&fixture);
}

static void a_message_that_is_put_off_is_offered_again_before_what_follows(void **unused)
{
    struct fixture fixture;
    struct peer *peer = recording_open(&fixture, NULL);

    (void)unused;
    recording.defers = true;
    peer_send_text(peer, "one");
    peer_send_text(peer, "two");
    peer_send(peer, CHAT_OPCODE_PING, true, CHAT_SLICE(""));
    expect_heard(&fixture, "");
    peer_expect(&fixture, peer, "");
    recording.defers = false;
    chat_conn_wake(peer_conn(peer));
    expect_heard(&fixture, "one two");
    peer_expect(&fixture, peer, "pong");
    assert_null(peer_conn(peer)->in);
    fixture_close(&fixture);
}

static void a_full_application_stops_the_reading(void **unused)
{
    struct fixture fixture;
    struct peer *peer = recording_open(&fixture, NULL);

    (void)unused;
    recording.full = true;
    peer_send_text(peer, "one");
    fixture_settle(&fixture);
    assert_true(peer_conn(peer)->paused);
    assert_false(peer_conn(peer)->reading);
    peer_send_text(peer, "two");
    expect_heard(&fixture, "");
    recording.full = false;
    chat_conn_wake(peer_conn(peer));
    expect_heard(&fixture, "one two");
    assert_true(peer_conn(peer)->reading);
    fixture_close(&fixture);
}

static void a_queue_above_half_its_limit_stops_the_reading(void **unused)
{
    struct fixture fixture;
    struct peer *peer = recording_open(&fixture, small_queue);

    (void)unused;
    fill_socket(&fixture, peer, 20 * 1024);
    while (chat_conn_queued(peer_conn(peer)) <= 32 * 1024)
        peer_be_sent_long(peer, 'z', 10 * 1024);
    fixture_settle(&fixture);
    peer_send_text(peer, "one");
    expect_heard(&fixture, "");
    drain(&fixture, peer);
    expect_heard(&fixture, "one");
    fixture_close(&fixture);
}

/* What it waited for came while the queue was too long for it. */
static void a_message_that_was_put_off_is_offered_again_when_the_queue_falls(void **unused)
{
    struct fixture fixture;
    struct peer *peer = recording_open(&fixture, small_queue);

    (void)unused;
    recording.defers = true;
    peer_send_text(peer, "one");
    expect_heard(&fixture, "");
    fill_socket(&fixture, peer, 20 * 1024);
    while (chat_conn_queued(peer_conn(peer)) <= 32 * 1024)
        peer_be_sent_long(peer, 'z', 10 * 1024);
    recording.defers = false;
    chat_conn_wake(peer_conn(peer));
    expect_heard(&fixture, "");
    drain(&fixture, peer);
    expect_heard(&fixture, "one");
    fixture_close(&fixture);
}

static void a_pong_passes_what_is_queued_but_not_the_begun_frame(void **unused)
{
    struct fixture fixture;
    struct peer *peer = recording_open(&fixture, NULL);

    (void)unused;
    fill_socket(&fixture, peer, 20 * 1024);
    peer_be_sent(peer, "behind");
    peer_send(peer, CHAT_OPCODE_PING, true, CHAT_SLICE("1"));
    fixture_settle(&fixture);
    const char *words = drain(&fixture, peer);
    assert_non_null(strstr(words, " pong behind"));
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_whole_and_in_order),
        cmocka_unit_test(what_came_behind_the_handshake_is_served),
        cmocka_unit_test(a_binary_message_needs_an_application_that_takes_it),
        cmocka_unit_test(a_message_that_is_put_off_is_offered_again_before_what_follows),
        cmocka_unit_test(a_full_application_stops_the_reading),
        cmocka_unit_test(a_queue_above_half_its_limit_stops_the_reading),
        cmocka_unit_test(a_message_that_was_put_off_is_offered_again_when_the_queue_falls),
        cmocka_unit_test(a_pong_passes_what_is_queued_but_not_the_begun_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
