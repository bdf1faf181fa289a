/* The end of a server of several workers, on one loop so that each order of their stops can be
 * tried: what was acknowledged reaches all members, then they are closed, and nobody is told that
 * somebody left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/delivery.h"
#include "net/dispatch.h"
#include "net/stop.h"
#include "net/worker_fixture.h"

static unsigned count_of(const char *words, const char *part)
{
    unsigned n = 0;
    for (const char *at = words; (at = strstr(at, part)) != NULL; at++)
        n++;
    return n;
}

static void ask(struct peer *peer, const char *type, const char *user, const char *more)
{
    char text[300];
    snprintf(text, sizeof(text),
             "{\"type\":\"%s\",\"payload\":{\"room_id\":\"hall\",\"user_id\":\"%s\"%s},\"id\":1}",
             type, user, more);
    peer_send_text(peer, text);
}

/* A member on each worker of one room; nothing is left unread. */
static void gather(struct fixture *fixture)
{
    char user[] = "user-0";

    ask(peer_open(fixture, 0), "create_room", user, ",\"room_name\":\"Hall\"");
    fixture_settle(fixture);
    for (unsigned i = 1; i < fixture->n_workers; i++) {
        user[5]++;
        ask(peer_open(fixture, i), "join", user, "");
        fixture_settle(fixture);
    }
    for (unsigned i = 0; i < fixture->n_workers; i++)
        assert_non_null(strstr(peer_words(&fixture->peers[i]), i == 0 ? "new_room" : "joined"));
}

/* As the workers count it when they are told all together. */
static void on_stopped(void *context)
{
    struct fixture *fixture = context;
    atomic_fetch_add(&fixture->chatd->stopped, 1);
}

/* This worker learns of the stop, the others do not yet. */
static void stop_one(struct fixture *fixture, unsigned worker)
{
    chat_stop_begin(fixture->chatd->workers[worker], CHATD_RESTART,
                    fixture->chatd->config->shutdown_timeout_ms, on_stopped, fixture);
    fixture_settle(fixture);
}

/* All learn of it in this tick. */
static void stop(struct fixture *fixture, enum chatd_reason reason)
{
    chatd_stop(fixture->chatd, reason);
    fixture_tick(fixture);
}

static void a_server_without_connections_stops_at_once(void **unused)
{
    (void)unused;
    for (unsigned workers = 1; workers <= 4; workers++) {
        struct fixture fixture;
        fixture_open(&fixture, workers, &chat_dispatch_app, NULL);
        stop(&fixture, CHATD_RESTART);
        fixture_tick(&fixture);
        assert_int_equal(fixture.destroyed, workers);
        fixture_end(&fixture);
    }
}

static void members_are_told_why_and_not_who_left(void **unused)
{
    static const enum chatd_reason reasons[] = {CHATD_RESTART, CHATD_GOING_AWAY};

    (void)unused;
    for (unsigned i = 0; i < 2; i++) {
        struct fixture fixture;
        fixture_open(&fixture, 3, &chat_dispatch_app, NULL);
        gather(&fixture);
        stop(&fixture, reasons[i]);
        for (unsigned k = 0; k < 3; k++) {
            peer_expect(&fixture, &fixture.peers[k], i == 0 ? "close:1012" : "close:1001");
            peer_send_close(&fixture.peers[k], reasons[i]);
            peer_expect(&fixture, &fixture.peers[k], "end");
        }
        fixture_end(&fixture);
    }
}

static void a_second_stop_changes_nothing(void **unused)
{
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 2, &chat_dispatch_app, NULL);
    gather(&fixture);
    stop(&fixture, CHATD_RESTART);
    peer_expect(&fixture, &fixture.peers[0], "close:1012");
    stop(&fixture, CHATD_GOING_AWAY);
    peer_expect(&fixture, &fixture.peers[0], "");
    peer_expect(&fixture, &fixture.peers[1], "close:1012");
    fixture_end(&fixture);
}

static void nobody_is_closed_before_all_workers_stop(void **unused)
{
    enum { WORKERS = 4 };

    (void)unused;
    for (unsigned first = 0; first < WORKERS; first++) {
        struct fixture fixture;
        fixture_open(&fixture, WORKERS, &chat_dispatch_app, NULL);
        gather(&fixture);
        for (unsigned i = 0; i < WORKERS - 1; i++) {
            stop_one(&fixture, (first + i) % WORKERS);
            for (unsigned k = 0; k < WORKERS; k++)
                assert_string_equal(peer_words(&fixture.peers[k]), "");
        }
        stop_one(&fixture, (first + WORKERS - 1) % WORKERS);
        for (unsigned k = 0; k < WORKERS; k++)
            assert_string_equal(peer_words(&fixture.peers[k]), "close:1012");
        fixture_end(&fixture);
    }
}

static void a_worker_that_stops_reads_no_more_but_its_members_still_hear(void **unused)
{
    struct fixture fixture;
    struct peer *stopped, *serving;

    (void)unused;
    fixture_open(&fixture, 2, &chat_dispatch_app, NULL);
    gather(&fixture);
    stopped = &fixture.peers[0];
    serving = &fixture.peers[1];
    stop_one(&fixture, 0);
    ask(stopped, "message", "user-0", ",\"message\":\"unheard\"");
    ask(serving, "message", "user-1", ",\"message\":\"heard\"");
    fixture_settle(&fixture);
    assert_int_equal(count_of(peer_words(stopped), "new_message"), 1);
    const char *words = peer_words(serving);
    assert_int_equal(count_of(words, "message_ack"), 1);
    assert_null(strstr(words, "unheard"));
    stop_one(&fixture, 1);
    assert_string_equal(peer_words(stopped), "close:1012");
    assert_string_equal(peer_words(serving), "close:1012");
    fixture_end(&fixture);
}

/* The stop comes so many turns after a burst of messages of every member. */
static void stop_within_a_burst(unsigned workers, unsigned turns)
{
    enum { MESSAGES = 40 };
    struct fixture fixture;
    char seen[4][64 * 1024];
    unsigned acknowledged = 0;

    fixture_open(&fixture, workers, &chat_dispatch_app, NULL);
    gather(&fixture);
    for (unsigned i = 0; i < workers; i++)
        for (unsigned n = 0; n < MESSAGES; n++)
            ask(&fixture.peers[i], "message", (char[]){'u', 's', 'e', 'r', '-', (char)('0' + i), 0},
                ",\"message\":\"x\"");
    for (unsigned i = 0; i < turns; i++)
        fixture_turn(&fixture);
    stop(&fixture, CHATD_RESTART);
    for (unsigned i = 0; i < workers; i++)
        seen[i][0] = '\0';
    for (unsigned round = 0; round < 10; round++) {
        fixture_settle(&fixture);
        for (unsigned i = 0; i < workers; i++)
            strcat(seen[i], peer_words(&fixture.peers[i]));
    }
    for (unsigned i = 0; i < workers; i++)
        acknowledged += count_of(seen[i], "message_ack");
    for (unsigned i = 0; i < workers; i++) {
        assert_int_equal(count_of(seen[i], "\"new_message\""), acknowledged);
        assert_int_equal(count_of(seen[i], "user_left"), 0);
        assert_string_equal(seen[i] + strlen(seen[i]) - 10, "close:1012");
    }
    fixture_end(&fixture);
}

static void what_was_acknowledged_reaches_everyone_before_the_close(void **unused)
{
    (void)unused;
    for (unsigned workers = 1; workers <= 4; workers++)
        for (unsigned turns = 0; turns < 6; turns++)
            stop_within_a_burst(workers, turns);
}

static void who_does_not_answer_is_waited_for_no_longer_than_the_timeout(void **unused)
{
    static const char *const settings[] = {"shutdown.timeout=100ms", NULL};
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 2, &chat_dispatch_app, settings);
    gather(&fixture);
    chatd_stop(fixture.chatd, CHATD_RESTART);
    uv_run(&fixture.loop, UV_RUN_DEFAULT); /* it ends, though the peers stay */
    assert_int_equal(fixture.destroyed, 2);
    assert_string_equal(peer_words(&fixture.peers[0]), "close:1012 end");
    assert_string_equal(peer_words(&fixture.peers[1]), "close:1012 end");
    fixture_end(&fixture);
}

static void a_worker_that_never_learns_of_it_holds_nobody_for_ever(void **unused)
{
    static const char *const settings[] = {"shutdown.timeout=100ms", NULL};
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 2, &chat_dispatch_app, settings);
    gather(&fixture);
    stop_one(&fixture, 0);
    while (!chat_stop_is_forced(fixture.chatd->workers[0]))
        uv_run(&fixture.loop, UV_RUN_ONCE);
    fixture_settle(&fixture);
    peer_expect(&fixture, &fixture.peers[0], "end");
    stop_one(&fixture, 1);
    fixture_end(&fixture);
}

static void a_stop_that_comes_after_the_end_is_harmless(void **unused)
{
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 2, &chat_dispatch_app, NULL);
    stop(&fixture, CHATD_RESTART);
    fixture_tick(&fixture);
    assert_int_equal(fixture.destroyed, 2);
    chatd_stop(fixture.chatd, CHATD_GOING_AWAY);
    fixture_end(&fixture);
}

static void a_worker_waits_for_the_upgrades_that_are_under_way(void **unused)
{
    struct fixture fixture;
    struct chat_worker *worker;

    (void)unused;
    fixture_open(&fixture, 1, &chat_dispatch_app, NULL);
    worker = fixture.chatd->workers[0];
    worker->upgrades = 1;
    stop(&fixture, CHATD_RESTART);
    fixture_tick(&fixture);
    assert_int_equal(fixture.destroyed, 0);
    worker->upgrades = 0;
    peer_expect(&fixture, peer_open(&fixture, 0), "close:1012");
    fixture_end(&fixture);
}

static void on_all_gone(void *context)
{
    struct fixture *fixture = context;
    if (++fixture->destroyed == fixture->n_workers)
        chatd_destroy(fixture->chatd);
}

static void the_server_may_be_destroyed_as_soon_as_all_workers_are_gone(void **unused)
{
    struct fixture fixture = {.n_workers = 2};

    (void)unused;
    uv_loop_init(&fixture.loop);
    fixture.config = chatd_config_create();
    fixture.chatd = chatd_create(fixture.config, 2);
    fixture_attach(&fixture, &chat_dispatch_app, on_all_gone);
    chatd_stop(fixture.chatd, CHATD_RESTART);
    uv_run(&fixture.loop, UV_RUN_DEFAULT);
    assert_int_equal(fixture.destroyed, 2);
    assert_int_equal(uv_loop_close(&fixture.loop), 0);
    chatd_config_destroy(fixture.config);
}

/* At the deadline nobody waits for what is under way; it may come all the same. */
static void an_answer_to_one_that_has_ended_at_the_deadline_is_let_go(void **unused)
{
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 1, &chat_dispatch_app, NULL);
    struct chat_worker *worker = fixture.chatd->workers[0];
    struct peer *peer = peer_open(&fixture, 0);
    struct chat_conn *conn = peer_conn(peer);
    conn->session.open = 1;
    chat_stop_begin(worker, CHATD_RESTART, 0, on_stopped, &fixture);
    chat_conn_step(conn);
    assert_true(conn->ended && peer_conn(peer) == conn);
    chat_deliver_seat(worker, peer->id, 1, CHAT_SLICE("hall"), CHAT_SLICE(""));
    chat_deliver_complete(worker, peer->id);
    assert_int_equal(conn->n_seats, 0);
    fixture_tick(&fixture);
    fixture_tick(&fixture);
    assert_int_equal(fixture.destroyed, 1);
    fixture_end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_to_one_that_has_ended_at_the_deadline_is_let_go),
        cmocka_unit_test(a_server_without_connections_stops_at_once),
        cmocka_unit_test(members_are_told_why_and_not_who_left),
        cmocka_unit_test(a_second_stop_changes_nothing),
        cmocka_unit_test(nobody_is_closed_before_all_workers_stop),
        cmocka_unit_test(a_worker_that_stops_reads_no_more_but_its_members_still_hear),
        cmocka_unit_test(what_was_acknowledged_reaches_everyone_before_the_close),
        cmocka_unit_test(who_does_not_answer_is_waited_for_no_longer_than_the_timeout),
        cmocka_unit_test(a_stop_that_comes_after_the_end_is_harmless),
        cmocka_unit_test(a_worker_waits_for_the_upgrades_that_are_under_way),
        cmocka_unit_test(the_server_may_be_destroyed_as_soon_as_all_workers_are_gone),
        cmocka_unit_test(a_worker_that_never_learns_of_it_holds_nobody_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
