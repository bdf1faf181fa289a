/* A connection's deadlines, with the time stepped: pings, the dead peer, the slow consumer,
 * idleness, a message begun, a close unanswered; and what stands still while it is not read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/deadlines.h"

static void pings_go_out_at_their_interval(void **unused)
{
    struct deadlines test;

    (void)unused;
    set_up(&test);
    expect_at(&test, 179, "");
    expect_at(&test, 181, "ping");
    expect_at(&test, 182, "");
    expect_at(&test, 300, "");
    expect_at(&test, 362, "ping");
    fixture_close(&test.fixture);
}

static void pings_go_out_whatever_the_traffic(void **unused)
{
    struct deadlines test;

    (void)unused;
    set_up(&test);
    peer_send_text(test.peer, "x");
    peer_be_sent(test.peer, "y");
    expect_at(&test, 170, "y");
    set_heard(&test, 179);
    expect_at(&test, 181, "ping");
    fixture_close(&test.fixture);
}

static void pings_go_out_while_nothing_is_read(void **unused)
{
    struct deadlines test;

    (void)unused;
    set_up(&test);
    recording.full = true;
    peer_send_text(test.peer, "x");
    fixture_settle(&test.fixture);
    assert_true(peer_conn(test.peer)->paused);
    expect_at(&test, 181, "ping");
    fixture_close(&test.fixture);
}

static void a_peer_of_which_nothing_is_heard_is_dropped_without_a_close(void **unused)
{
    struct deadlines test;

    (void)unused;
    set_up(&test);
    set_active(&test, 500);
    chat_conn_stamps(peer_conn(test.peer))->ping = test.began_ms + 590 * 60 * 1000;
    expect_at(&test, 599, "");
    expect_at(&test, 601, "end");
    fixture_close(&test.fixture);
}

static void any_byte_keeps_a_peer_alive(void **unused)
{
    struct deadlines test;

    (void)unused;
    set_up(&test);
    set_heard(&test, 0);
    chat_conn_stamps(peer_conn(test.peer))->heard -= 9 * HOUR_MS;
    assert_int_equal(send(test.peer->fd, "\x81", 1, 0), 1);
    fixture_settle(&test.fixture);
    expect_at(&test, 61, "");
    fixture_close(&test.fixture);
}

static void a_connection_without_messages_is_idle(void **unused)
{
    struct deadlines test;

    (void)unused;
    set_up(&test);
    set_heard(&test, 400);
    expect_at(&test, 419, "ping");
    expect_at(&test, 421, "close:4108");
    fixture_close(&test.fixture);
}

static void messages_of_either_direction_keep_it_from_being_idle(void **unused)
{
    struct deadlines test;
    uint32_t *active;

    (void)unused;
    set_up(&test);
    active = &chat_conn_stamps(peer_conn(test.peer))->active;
    *active -= 6 * HOUR_MS;
    peer_be_sent(test.peer, "y");
    expect_at(&test, 61, "y");
    *active -= 6 * HOUR_MS;
    peer_send_text(test.peer, "x");
    fixture_settle(&test.fixture);
    expect_at(&test, 61, "");
    *active -= 6 * HOUR_MS;
    peer_send(test.peer, CHAT_OPCODE_PONG, true, CHAT_SLICE(""));
    fixture_settle(&test.fixture);
    expect_at(&test, 61, "close:4108");
    fixture_close(&test.fixture);
}

static void a_message_begun_must_become_whole(void **unused)
{
    struct deadlines test;

    (void)unused;
    set_up(&test);
    peer_send(test.peer, CHAT_OPCODE_TEXT, false, CHAT_SLICE("x"));
    fixture_settle(&test.fixture);
    expect_at(&test, 119, "");
    expect_at(&test, 121, "close:1002");
    fixture_close(&test.fixture);
}

static void a_message_that_became_whole_has_no_deadline(void **unused)
{
    struct deadlines test;

    (void)unused;
    set_up(&test);
    peer_send(test.peer, CHAT_OPCODE_TEXT, false, CHAT_SLICE("x"));
    fixture_settle(&test.fixture);
    peer_send(test.peer, CHAT_OPCODE_CONTINUATION, true, CHAT_SLICE("y"));
    fixture_settle(&test.fixture);
    assert_int_equal(chat_conn_stamps(peer_conn(test.peer))->until, 0);
    expect_at(&test, 121, "");
    fixture_close(&test.fixture);
}

static void pieces_of_a_message_do_not_prolong_its_time(void **unused)
{
    struct deadlines test;

    (void)unused;
    set_up(&test);
    peer_send(test.peer, CHAT_OPCODE_TEXT, false, CHAT_SLICE("x"));
    fixture_settle(&test.fixture);
    uint32_t until = chat_conn_stamps(peer_conn(test.peer))->until;
    peer_send(test.peer, CHAT_OPCODE_CONTINUATION, false, CHAT_SLICE("y"));
    peer_send(test.peer, CHAT_OPCODE_PING, true, CHAT_SLICE(""));
    peer_expect(&test.fixture, test.peer, "pong");
    assert_int_equal(chat_conn_stamps(peer_conn(test.peer))->until, until);
    fixture_close(&test.fixture);
}

static void the_next_message_has_its_own_time(void **unused)
{
    struct deadlines test;

    (void)unused;
    set_up(&test);
    peer_send(test.peer, CHAT_OPCODE_TEXT, false, CHAT_SLICE("x"));
    fixture_settle(&test.fixture);
    chat_conn_stamps(peer_conn(test.peer))->until -= HOUR_MS;
    peer_send(test.peer, CHAT_OPCODE_CONTINUATION, true, CHAT_SLICE("y"));
    peer_send(test.peer, CHAT_OPCODE_TEXT, false, CHAT_SLICE("z")); /* read together */
    fixture_settle(&test.fixture);
    expect_at(&test, 119, "");
    expect_at(&test, 121, "close:1002");
    fixture_close(&test.fixture);
}

static void an_unanswered_close_ends_with_its_time(void **unused)
{
    struct deadlines test;

    (void)unused;
    set_up(&test);
    chat_conn_close(peer_conn(test.peer), 4101, (struct chat_slice){"", 0});
    peer_expect(&test.fixture, test.peer, "close:4101");
    expect_at(&test, 59, "");
    expect_at(&test, 61, "end");
    assert_null(peer_conn(test.peer));
    fixture_close(&test.fixture);
}

static void a_peer_that_takes_no_byte_is_a_slow_consumer(void **unused)
{
    struct deadlines test;

    (void)unused;
    set_up(&test);
    block(&test);
    set_active(&test, 500);
    set_heard(&test, 500);
    chat_conn_stamps(peer_conn(test.peer))->ping = test.began_ms + 590 * 60 * 1000;
    expect_at(&test, 599, "");
    expect_at(&test, 601, "");
    assert_int_equal(peer_conn(test.peer)->close_code, 4013);
    assert_string_equal(drain(&test.fixture, test.peer), "A close:4013");
    fixture_close(&test.fixture);
}

static void who_is_both_silent_and_slow_is_a_slow_consumer(void **unused)
{
    struct deadlines test;

    (void)unused;
    set_up(&test);
    block(&test);
    expect_at(&test, 601, "");
    assert_int_equal(peer_conn(test.peer)->close_code, 4013);
    assert_false(peer_conn(test.peer)->closed);
    fixture_close(&test.fixture);
}

static void a_byte_that_is_taken_is_enough(void **unused)
{
    struct deadlines test;

    (void)unused;
    set_up(&test);
    block(&test);
    peer_conn(test.peer)->stalled_ms -= 9 * HOUR_MS;
    peer_receive(test.peer);
    fixture_settle(&test.fixture);
    expect_at(&test, 61, "");
    assert_int_equal(peer_conn(test.peer)->close_code, 0);
    fixture_close(&test.fixture);
}

static void silence_idleness_and_a_message_stand_still_while_nothing_is_read(void **unused)
{
    struct deadlines test;

    (void)unused;
    set_up(&test);
    peer_send(test.peer, CHAT_OPCODE_TEXT, false, CHAT_SLICE("x"));
    fixture_settle(&test.fixture);
    recording.full = true;
    chat_conn_settle_input(peer_conn(test.peer));
    chat_conn_stamps(peer_conn(test.peer))->ping = test.began_ms + 650 * 60 * 1000;
    expect_at(&test, 121, "");
    expect_at(&test, 421, "");
    expect_at(&test, 700, "");
    assert_int_equal(peer_conn(test.peer)->close_code, 0);
    fixture_close(&test.fixture);
}

static void what_stood_still_goes_on_from_there(void **unused)
{
    struct deadlines test;

    (void)unused;
    set_up(&test);
    struct chat_conn *conn = peer_conn(test.peer);
    struct chat_stamps *stamps = chat_conn_stamps(conn);
    peer_send(test.peer, CHAT_OPCODE_TEXT, false, CHAT_SLICE("x"));
    fixture_settle(&test.fixture);
    recording.full = true;
    chat_conn_settle_input(conn);
    conn->paused_ms -= 5 * HOUR_MS; /* as if it had begun then, and what was before it likewise */
    stamps->heard -= 5 * HOUR_MS;
    stamps->active -= 5 * HOUR_MS;
    struct chat_stamps before = *stamps;
    recording.full = false;
    chat_conn_settle_input(conn);
    assert_in_range(stamps->heard - before.heard, 5 * HOUR_MS, 5 * HOUR_MS + 60000);
    assert_in_range(stamps->active - before.active, 5 * HOUR_MS, 5 * HOUR_MS + 60000);
    assert_in_range(stamps->until - before.until, 5 * HOUR_MS - 1, 5 * HOUR_MS + 60000);
    fixture_close(&test.fixture);
}

/* Members get their rooms' events while they are not read. */
static void a_message_that_went_out_meanwhile_does_not_lie_in_the_future(void **unused)
{
    struct deadlines test;

    (void)unused;
    set_up(&test);
    struct chat_conn *conn = peer_conn(test.peer);
    recording.full = true;
    chat_conn_settle_input(conn);
    conn->paused_ms -= 5 * HOUR_MS;
    peer_be_sent(test.peer, "y");
    recording.full = false;
    chat_conn_settle_input(conn);
    assert_in_range(chat_worker_ms(conn->worker) - chat_conn_stamps(conn)->active, 0, 60000);
    fixture_close(&test.fixture);
}

static void a_close_that_comes_while_nothing_is_read_has_its_own_time(void **unused)
{
    struct deadlines test;

    (void)unused;
    set_up(&test);
    recording.full = true;
    chat_conn_settle_input(peer_conn(test.peer));
    peer_conn(test.peer)->paused_ms -= 5 * HOUR_MS;
    chat_conn_close(peer_conn(test.peer), 4101, (struct chat_slice){"", 0});
    peer_expect(&test.fixture, test.peer, "close:4101");
    expect_at(&test, 61, "end");
    fixture_close(&test.fixture);
}

static void the_limit_of_idleness_may_be_off(void **unused)
{
    static const char *const settings[] = {"websocket.pong_timeout=10h",
                                           "websocket.ping_interval=9h", "websocket.idle_timeout=0",
                                           NULL};
    struct deadlines test;

    (void)unused;
    test.peer = recording_open(&test.fixture, settings);
    test.began_ms = chat_worker_ms(test.peer->worker);
    expect_at(&test, 530, "");
    fixture_close(&test.fixture);
}

static void deadlines_hold_while_the_clock_wraps(void **unused)
{
    struct deadlines test;
    uint32_t before_wrap = UINT32_MAX - 30 * 60 * 1000;

    (void)unused;
    set_up(&test);
    *chat_conn_stamps(peer_conn(test.peer)) =
        (struct chat_stamps){.heard = before_wrap, .active = before_wrap, .ping = before_wrap};
    test.began_ms = before_wrap;
    expect_at(&test, 179, "");
    expect_at(&test, 181, "ping");
    expect_at(&test, 421, "close:4108");
    fixture_close(&test.fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pings_go_out_at_their_interval),
        cmocka_unit_test(pings_go_out_whatever_the_traffic),
        cmocka_unit_test(pings_go_out_while_nothing_is_read),
        cmocka_unit_test(a_peer_of_which_nothing_is_heard_is_dropped_without_a_close),
        cmocka_unit_test(any_byte_keeps_a_peer_alive),
        cmocka_unit_test(a_connection_without_messages_is_idle),
        cmocka_unit_test(messages_of_either_direction_keep_it_from_being_idle),
        cmocka_unit_test(a_message_begun_must_become_whole),
        cmocka_unit_test(a_message_that_became_whole_has_no_deadline),
        cmocka_unit_test(pieces_of_a_message_do_not_prolong_its_time),
        cmocka_unit_test(the_next_message_has_its_own_time),
        cmocka_unit_test(an_unanswered_close_ends_with_its_time),
        cmocka_unit_test(a_peer_that_takes_no_byte_is_a_slow_consumer),
        cmocka_unit_test(who_is_both_silent_and_slow_is_a_slow_consumer),
        cmocka_unit_test(a_byte_that_is_taken_is_enough),
        cmocka_unit_test(silence_idleness_and_a_message_stand_still_while_nothing_is_read),
        cmocka_unit_test(what_stood_still_goes_on_from_there),
        cmocka_unit_test(a_message_that_went_out_meanwhile_does_not_lie_in_the_future),
        cmocka_unit_test(a_close_that_comes_while_nothing_is_read_has_its_own_time),
        cmocka_unit_test(the_limit_of_idleness_may_be_off),
        cmocka_unit_test(deadlines_hold_while_the_clock_wraps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
