/* A connection between its socket and an application of the test's own: what is delivered, what
 * waits, in which order things are written, and how it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/worker_fixture.h"

/* What the application was given, as words, and how it behaves. */
static struct {
    char heard[8192];
    bool full, busy; /* accepts no message; is not quiet */
    bool defers;     /* message says "not now" */
    unsigned ended;
} app_state;

static bool on_message(struct chat_conn *conn, enum chat_opcode opcode, struct chat_slice text)
{
    size_t at = strlen(app_state.heard);
    (void)conn;
    if (app_state.defers)
        return false;
    snprintf(app_state.heard + at, sizeof(app_state.heard) - at, "%s%s%.*s", at > 0 ? " " : "",
             opcode == CHAT_OPCODE_BINARY ? "binary:" : "", text.length > 60 ? 1 : (int)text.length,
             text.bytes);
    return true;
}

static bool accepts(const struct chat_conn *conn)
{
    (void)conn;
    return !app_state.full;
}

static bool is_quiet(const struct chat_conn *conn)
{
    (void)conn;
    return !app_state.busy;
}

static void on_ended(struct chat_conn *conn)
{
    (void)conn;
    app_state.ended++;
}

static const struct chat_conn_app app = {
    .message = on_message, .accepts = accepts, .quiet = is_quiet, .ended = on_ended};
static const struct chat_conn_app binary_app = {.message = on_message,
                                                .accepts = accepts,
                                                .quiet = is_quiet,
                                                .ended = on_ended,
                                                .takes_binary = true};
static const char *const small_queue[] = {"limits.outbound_queue=64KiB", NULL};

static struct peer *set_up(struct fixture *fixture, const char *const *settings)
{
    memset(&app_state, 0, sizeof(app_state));
    fixture_open(fixture, 1, &app, settings);
    return peer_open(fixture, 0);
}

static void expect_heard(struct fixture *fixture, const char *words)
{
    fixture_settle(fixture);
    assert_string_equal(app_state.heard, words);
    app_state.heard[0] = '\0';
}

/* Long texts until the socket takes no more and one has begun; returns how many. */
static unsigned fill_socket(struct fixture *fixture, struct peer *peer, size_t length)
{
    unsigned n = 0;
    do {
        peer_be_sent_long(peer, (char)('A' + n++ % 26), length);
        fixture_settle(fixture);
    } while (peer_conn(peer)->out == NULL || peer_conn(peer)->out->begun == 0);
    return n;
}

/* Reads while the server writes; all words of it. */
static const char *drain(struct fixture *fixture, struct peer *peer)
{
    static char all[16 * 1024];
    size_t held;

    all[0] = '\0';
    do {
        held = peer->length;
        const char *words = peer_words(peer);
        if (*words != '\0') {
            size_t at = strlen(all);
            snprintf(all + at, sizeof(all) - at, "%s%s", at > 0 ? " " : "", words);
            held = SIZE_MAX;
        }
        fixture_settle(fixture);
    } while (!peer->ended && peer->length != held);
    return all;
}

static void messages_come_whole_and_in_order(void **unused)
{
    struct fixture fixture;
    struct peer *peer = set_up(&fixture, NULL);

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
    set_up(&fixture, NULL);
    struct peer *peer = peer_open_with(&fixture, 0, (struct chat_slice){early, sizeof(early) - 1});
    expect_heard(&fixture, "hi");
    assert_int_equal(send(peer->fd, "o", 1, 0), 1);
    expect_heard(&fixture, "ho");
    fixture_close(&fixture);
}

static void a_binary_message_needs_an_application_that_takes_it(void **unused)
{
    struct fixture fixture;
    struct peer *peer = set_up(&fixture, NULL);

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
    struct peer *peer = set_up(&fixture, NULL);

    (void)unused;
    app_state.defers = true;
    peer_send_text(peer, "one");
    peer_send_text(peer, "two");
    peer_send(peer, CHAT_OPCODE_PING, true, CHAT_SLICE(""));
    expect_heard(&fixture, "");
    peer_expect(&fixture, peer, "");
    app_state.defers = false;
    chat_conn_wake(peer_conn(peer));
    expect_heard(&fixture, "one two");
    peer_expect(&fixture, peer, "pong");
    assert_null(peer_conn(peer)->in);
    fixture_close(&fixture);
}

static void a_full_application_stops_the_reading(void **unused)
{
    struct fixture fixture;
    struct peer *peer = set_up(&fixture, NULL);

    (void)unused;
    app_state.full = true;
    peer_send_text(peer, "one");
    fixture_settle(&fixture);
    assert_true(peer_conn(peer)->paused);
    assert_false(peer_conn(peer)->reading);
    peer_send_text(peer, "two");
    expect_heard(&fixture, "");
    app_state.full = false;
    chat_conn_wake(peer_conn(peer));
    expect_heard(&fixture, "one two");
    assert_true(peer_conn(peer)->reading);
    fixture_close(&fixture);
}

static void a_queue_above_half_its_limit_stops_the_reading(void **unused)
{
    struct fixture fixture;
    struct peer *peer = set_up(&fixture, small_queue);

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

static void a_pong_passes_what_is_queued_but_not_the_begun_frame(void **unused)
{
    struct fixture fixture;
    struct peer *peer = set_up(&fixture, NULL);

    (void)unused;
    fill_socket(&fixture, peer, 20 * 1024);
    peer_be_sent(peer, "behind");
    peer_send(peer, CHAT_OPCODE_PING, true, CHAT_SLICE("1"));
    fixture_settle(&fixture);
    const char *words = drain(&fixture, peer);
    assert_non_null(strstr(words, " pong behind"));
    fixture_close(&fixture);
}

static void a_queue_over_its_limit_is_a_slow_consumers(void **unused)
{
    struct fixture fixture;
    struct peer *peer = set_up(&fixture, small_queue);

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
        struct peer *peer = set_up(&fixture, NULL);
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
        struct peer *peer = set_up(&fixture, NULL);
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
    struct peer *peer = set_up(&fixture, NULL);

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
    struct peer *peer = set_up(&fixture, NULL);

    (void)unused;
    app_state.busy = true;
    peer_send_close(peer, 3000);
    peer_expect(&fixture, peer, "");
    peer_be_sent(peer, "answer");
    peer_expect(&fixture, peer, "answer");
    assert_int_equal(app_state.ended, 0);
    app_state.busy = false;
    chat_conn_wake(peer_conn(peer));
    peer_expect(&fixture, peer, "close:3000 end");
    assert_int_equal(app_state.ended, 1);
    peer_close(peer);
    fixture_settle(&fixture);
    assert_null(peer_conn(peer));
    fixture_close(&fixture);
}

static void nothing_is_heard_behind_a_close(void **unused)
{
    struct fixture fixture;
    struct peer *peer = set_up(&fixture, NULL);

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
    struct peer *peer = set_up(&fixture, NULL);

    (void)unused;
    app_state.full = true;
    peer_send_text(peer, "whole");
    peer_send(peer, CHAT_OPCODE_TEXT, false, CHAT_SLICE("half"));
    fixture_settle(&fixture);
    shutdown(peer->fd, SHUT_WR);
    app_state.full = false;
    app_state.busy = true;
    chat_conn_wake(peer_conn(peer));
    expect_heard(&fixture, "whole");
    peer_be_sent(peer, "answer");
    peer_expect(&fixture, peer, "answer");
    app_state.busy = false;
    chat_conn_wake(peer_conn(peer));
    peer_expect(&fixture, peer, "end");
    assert_int_equal(app_state.ended, 1);
    assert_null(peer_conn(peer));
    fixture_close(&fixture);
}

static void what_was_kept_of_a_peer_that_is_gone_is_served(void **unused)
{
    struct fixture fixture;
    struct peer *peer = set_up(&fixture, NULL);

    (void)unused;
    app_state.defers = true;
    peer_send_text(peer, "one");
    peer_send_text(peer, "two");
    fixture_settle(&fixture);
    peer_close(peer);
    fixture_settle(&fixture);
    assert_int_equal(app_state.ended, 0);
    app_state.defers = false;
    chat_conn_wake(peer_conn(peer));
    expect_heard(&fixture, "one two");
    assert_int_equal(app_state.ended, 1);
    assert_null(peer_conn(peer));
    fixture_close(&fixture);
}

static void a_hang_up_is_seen_while_nothing_is_read(void **unused)
{
    struct fixture fixture;
    struct peer *peer = set_up(&fixture, NULL);

    (void)unused;
    app_state.full = true;
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
    struct peer *peer = set_up(&fixture, NULL);

    (void)unused;
    app_state.busy = true;
    chat_conn_drop(peer_conn(peer));
    peer_expect(&fixture, peer, "end");
    peer_be_sent(peer, "to nobody");
    assert_int_equal(app_state.ended, 0);
    app_state.busy = false;
    chat_conn_wake(peer_conn(peer));
    fixture_settle(&fixture);
    assert_int_equal(app_state.ended, 1);
    assert_null(peer_conn(peer));
    fixture_close(&fixture);
}

static void a_descriptor_of_no_use_ends_its_connection_at_once(void **unused)
{
    struct fixture fixture;
    FILE *file = tmpfile(); /* no epoll set takes a plain file */

    (void)unused;
    set_up(&fixture, NULL);
    assert_non_null(file);
    atomic_fetch_add(&fixture.chatd->connections, 1);
    chat_conn_open(fixture.chatd->workers[0], dup(fileno(file)), (struct chat_slice){"", 0}, NULL);
    fixture_settle(&fixture);
    assert_int_equal(atomic_load(&fixture.chatd->connections), 1);
    assert_int_equal(fixture.chatd->workers[0]->n_conns, 1);
    assert_int_equal(app_state.ended, 1);
    fclose(file);
    fixture_close(&fixture);
}

static void a_new_connection_in_an_old_place_has_another_id(void **unused)
{
    struct fixture fixture;
    struct peer *old = set_up(&fixture, NULL);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_whole_and_in_order),
        cmocka_unit_test(what_came_behind_the_handshake_is_served),
        cmocka_unit_test(a_binary_message_needs_an_application_that_takes_it),
        cmocka_unit_test(a_message_that_is_put_off_is_offered_again_before_what_follows),
        cmocka_unit_test(a_full_application_stops_the_reading),
        cmocka_unit_test(a_queue_above_half_its_limit_stops_the_reading),
        cmocka_unit_test(a_pong_passes_what_is_queued_but_not_the_begun_frame),
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
