/* How a connection ends: closes of either side, slow consumers, ends of file, drops; and what is
 * still sent and served then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/recording_app.h"
#include "net/timers.h"
#include "wire/close.h"

static const char *const small_queue[] = {"limits.outbound_queue=64KiB", NULL};

static void a_queue_over_its_limit_is_a_slow_consumers(void **unused)
{
    struct fixture fixture;
    struct peer *peer = recording_open(&fixture, small_queue);

    (void)unused;
    unsigned sent = fill_socket(&fixture, peer, 10 * 1024);
    for (unsigned i = 0; i < 7; i++)
        peer_be_sent_long(peer, 'z', 10 * 1024);
    fixture_settle(&fixture);
    const char *words = drain(&fixture, peer);
    assert_int_equal(strlen(words), 2 * sent + strlen("close:4013"));
    assert_null(strchr(words, 'z'));
    assert_non_null(strstr(words, " close:4013"));
    peer_send_close(peer, 4013);
    peer_expect(&fixture, peer, "end");
    fixture_close(&fixture);
}

static void all_that_is_queued_goes_before_an_orderly_close(void **unused)
{
    static const unsigned codes[] = {1001, 1012, 4000};

    (void)unused;
    for (unsigned i = 0; i < 3; i++) {
        struct fixture fixture;
        struct peer *peer = recording_open(&fixture, NULL);
        unsigned sent = fill_socket(&fixture, peer, 10 * 1024);
        peer_be_sent(peer, "z");
        chat_conn_close(peer_conn(peer), codes[i], (struct chat_slice){"", 0});
        fixture_settle(&fixture);
        const char *words = drain(&fixture, peer);
        assert_int_equal(strlen(words), 2 * sent + strlen("z close:1001"));
        assert_non_null(strstr(words, " z close:"));
        fixture_close(&fixture);
    }
}

static void any_other_close_drops_what_has_not_begun(void **unused)
{
    static const unsigned codes[] = {1002, 1009, 4013, 4101, 4108};

    (void)unused;
    for (unsigned i = 0; i < 5; i++) {
        struct fixture fixture;
        struct peer *peer = recording_open(&fixture, NULL);
        unsigned sent = fill_socket(&fixture, peer, 10 * 1024);
        peer_be_sent(peer, "z");
        chat_conn_close(peer_conn(peer), codes[i], (struct chat_slice){"", 0});
        fixture_settle(&fixture);
        const char *words = drain(&fixture, peer);
        assert_int_equal(strlen(words), 2 * sent + strlen("close:4013"));
        fixture_close(&fixture);
    }
}

static void the_first_close_counts(void **unused)
{
    struct fixture fixture;
    struct peer *peer = recording_open(&fixture, NULL);

    (void)unused;
    chat_conn_close(peer_conn(peer), 4101, CHAT_SLICE("because"));
    chat_conn_close(peer_conn(peer), 1001, (struct chat_slice){"", 0});
    peer_be_sent(peer, "too late");
    peer_expect(&fixture, peer, "close:4101");
    chat_conn_close(peer_conn(peer), 1001, (struct chat_slice){"", 0});
    peer_expect(&fixture, peer, "");
    fixture_close(&fixture);
}

static void a_clients_close_is_answered_when_its_requests_are_done(void **unused)
{
    struct fixture fixture;
    struct peer *peer = recording_open(&fixture, NULL);

    (void)unused;
    recording.busy = true;
    peer_send_close(peer, 3000);
    peer_expect(&fixture, peer, "");
    peer_be_sent(peer, "answer");
    peer_expect(&fixture, peer, "answer");
    assert_int_equal(recording.ended, 0);
    recording.busy = false;
    chat_conn_wake(peer_conn(peer));
    peer_expect(&fixture, peer, "close:3000 end");
    assert_int_equal(recording.ended, 1);
    peer_close(peer);
    fixture_settle(&fixture);
    assert_null(peer_conn(peer));
    fixture_close(&fixture);
}

static void nothing_is_heard_behind_a_close(void **unused)
{
    struct fixture fixture;
    struct peer *peer = recording_open(&fixture, NULL);

    (void)unused;
    peer_send_close(peer, 1000);
    peer_send_text(peer, "late");
    expect_heard(&fixture, "");
    peer_expect(&fixture, peer, "close:1000 end");
    fixture_close(&fixture);
}

static void what_came_whole_before_the_end_of_file_is_served(void **unused)
{
    struct fixture fixture;
    struct peer *peer = recording_open(&fixture, NULL);

    (void)unused;
    recording.full = true;
    peer_send_text(peer, "whole");
    peer_send(peer, CHAT_OPCODE_TEXT, false, CHAT_SLICE("half"));
    fixture_settle(&fixture);
    shutdown(peer->fd, SHUT_WR);
    recording.full = false;
    recording.busy = true;
    chat_conn_wake(peer_conn(peer));
    expect_heard(&fixture, "whole");
    peer_be_sent(peer, "answer");
    peer_expect(&fixture, peer, "answer");
    recording.busy = false;
    chat_conn_wake(peer_conn(peer));
    peer_expect(&fixture, peer, "end");
    assert_int_equal(recording.ended, 1);
    assert_null(peer_conn(peer));
    fixture_close(&fixture);
}

static void what_was_kept_of_a_peer_that_is_gone_is_served(void **unused)
{
    struct fixture fixture;
    struct peer *peer = recording_open(&fixture, NULL);

    (void)unused;
    recording.defers = true;
    peer_send_text(peer, "one");
    peer_send_text(peer, "two");
    fixture_settle(&fixture);
    peer_close(peer);
    fixture_settle(&fixture);
    assert_int_equal(recording.ended, 0);
    recording.defers = false;
    chat_conn_wake(peer_conn(peer));
    expect_heard(&fixture, "one two");
    assert_int_equal(recording.ended, 1);
    assert_null(peer_conn(peer));
    fixture_close(&fixture);
}

static void a_hang_up_is_seen_while_nothing_is_read(void **unused)
{
    struct fixture fixture;
    struct peer *peer = recording_open(&fixture, NULL);

    (void)unused;
    recording.full = true;
    peer_send_text(peer, "one");
    fixture_settle(&fixture);
    peer_close(peer);
    fixture_settle(&fixture);
    assert_int_equal(atomic_load(&fixture.chatd->connections), 0);
    fixture_close(&fixture);
}

static void a_dropped_connection_ends_once_it_is_quiet(void **unused)
{
    struct fixture fixture;
    struct peer *peer = recording_open(&fixture, NULL);

    (void)unused;
    recording.busy = true;
    chat_conn_drop(peer_conn(peer));
    peer_expect(&fixture, peer, "end");
    peer_be_sent(peer, "to nobody");
    assert_int_equal(recording.ended, 0);
    recording.busy = false;
    chat_conn_wake(peer_conn(peer));
    fixture_settle(&fixture);
    assert_int_equal(recording.ended, 1);
    assert_null(peer_conn(peer));
    fixture_close(&fixture);
}

static void a_descriptor_of_no_use_ends_its_connection_at_once(void **unused)
{
    struct fixture fixture;
    FILE *file = tmpfile(); /* no epoll set takes a plain file */

    (void)unused;
    recording_open(&fixture, NULL);
    assert_non_null(file);
    atomic_fetch_add(&fixture.chatd->connections, 1);
    chat_conn_open(fixture.chatd->workers[0], (struct chat_way){dup(fileno(file)), NULL},
                   (struct chat_slice){"", 0}, NULL, NULL, false,
                   (struct chat_extension){.deflates = false});
    fixture_settle(&fixture);
    assert_int_equal(atomic_load(&fixture.chatd->connections), 1);
    assert_int_equal(fixture.chatd->workers[0]->n_conns, 1);
    assert_int_equal(recording.ended, 1);
    fclose(file);
    fixture_close(&fixture);
}

static void a_new_connection_in_an_old_place_has_another_id(void **unused)
{
    struct fixture fixture;
    struct peer *old = recording_open(&fixture, NULL);
    uint32_t slot = peer_conn(old)->slot;

    (void)unused;
    chat_conn_drop(peer_conn(old));
    fixture_settle(&fixture);
    struct peer *new = peer_open(&fixture, 0);
    assert_int_equal(peer_conn(new)->slot, slot);
    assert_null(peer_conn(old));
    assert_null(chat_worker_conn(new->worker, 0));
    fixture_close(&fixture);
}

/* What the server takes of one that writes whenever it can, in so many turns. */
static size_t taken_of_a_flood(struct fixture *fixture, struct peer *peer, unsigned turns)
{
    static const char bytes[64 * 1024];
    size_t sent = 0;

    for (unsigned i = 0; i < turns; i++) {
        ssize_t n;
        while ((n = send(peer->fd, bytes, sizeof(bytes), MSG_NOSIGNAL | MSG_DONTWAIT)) > 0)
            sent += (size_t)n;
        fixture_turn(fixture);
    }
    return sent;
}

static void one_that_floods_while_it_is_closed_is_read_slowly(void **unused)
{
    enum { TURNS = 200, SOCKET = 1024 * 1024 }; /* more than a socket pair holds */
    struct fixture fixture;
    struct peer *peer = recording_open(&fixture, NULL);

    (void)unused;
    uv_timer_stop(&peer->worker->timer);
    chat_conn_close(peer_conn(peer), CHAT_CLOSE_KICKED, (struct chat_slice){"", 0});
    assert_in_range(taken_of_a_flood(&fixture, peer, TURNS), CHAT_DRAIN_BYTES,
                    CHAT_DRAIN_BYTES + CHAT_RATION_MAX + SOCKET);
    assert_int_equal(taken_of_a_flood(&fixture, peer, TURNS), 0);
    for (unsigned i = 0; i < 3; i++) {
        chat_conn_check(peer_conn(peer), chat_worker_ms(peer->worker));
        assert_in_range(taken_of_a_flood(&fixture, peer, TURNS), 1, 2 * CHAT_RATION_MAX);
    }
    fixture_close(&fixture);
}

static void one_that_sent_much_before_it_was_closed_is_answered_in_the_end(void **unused)
{
    struct fixture fixture;
    struct peer *peer = recording_open(&fixture, NULL);

    (void)unused;
    uv_timer_stop(&peer->worker->timer);
    chat_conn_close(peer_conn(peer), CHAT_CLOSE_KICKED, (struct chat_slice){"", 0});
    peer_expect(&fixture, peer, "close:4101");
    for (unsigned i = 0; i < 3 * CHAT_DRAIN_BYTES / CHAT_RATION_MAX; i++) {
        static const char text[CHAT_RATION_MAX / 2];
        peer_send(peer, CHAT_OPCODE_TEXT, true, (struct chat_slice){text, sizeof(text)});
        chat_conn_check(peer_conn(peer), chat_worker_ms(peer->worker));
        fixture_settle(&fixture);
    }
    peer_send_close(peer, 4101);
    chat_conn_check(peer_conn(peer), chat_worker_ms(peer->worker));
    peer_expect(&fixture, peer, "end");
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_over_its_limit_is_a_slow_consumers),
        cmocka_unit_test(all_that_is_queued_goes_before_an_orderly_close),
        cmocka_unit_test(any_other_close_drops_what_has_not_begun),
        cmocka_unit_test(the_first_close_counts),
        cmocka_unit_test(a_clients_close_is_answered_when_its_requests_are_done),
        cmocka_unit_test(nothing_is_heard_behind_a_close),
        cmocka_unit_test(what_came_whole_before_the_end_of_file_is_served),
        cmocka_unit_test(what_was_kept_of_a_peer_that_is_gone_is_served),
        cmocka_unit_test(a_hang_up_is_seen_while_nothing_is_read),
        cmocka_unit_test(a_dropped_connection_ends_once_it_is_quiet),
        cmocka_unit_test(a_descriptor_of_no_use_ends_its_connection_at_once),
        cmocka_unit_test(a_new_connection_in_an_old_place_has_another_id),
        cmocka_unit_test(one_that_floods_while_it_is_closed_is_read_slowly),
        cmocka_unit_test(one_that_sent_much_before_it_was_closed_is_answered_in_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
