/* Who hears what of a room, and in which order with what else is sent to a connection. Random work
 * is test_audience_model.c's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/audience_fixture.h"

enum { HALL = 7, YARD = 8 };

static void all_members_hear_a_turns_events_in_one_order(void **unused)
{
    struct fixture fixture;
    struct peer *peers[3];

    (void)unused;
    fixture_open(&fixture, 1, &seated_app, NULL);
    for (unsigned i = 0; i < 3; i++)
        seat(peers[i] = peer_open(&fixture, 0), HALL);
    say(&fixture, HALL, peers[0], "a");
    say(&fixture, HALL, peers[1], "b");
    say(&fixture, HALL, NULL, "c");
    for (unsigned i = 0; i < 3; i++)
        peer_expect(&fixture, peers[i], "a b c");
    assert_int_equal(chat_tally_read(peers[0]->worker->tally->messages_out), 9);
    fixture_close(&fixture);
}

static void a_turns_events_are_one_span_in_each_queue(void **unused)
{
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 1, &seated_app, NULL);
    struct peer *one = peer_open(&fixture, 0), *other = peer_open(&fixture, 0);
    seat(one, HALL);
    seat(other, HALL);
    for (unsigned i = 0; i < 50; i++)
        say(&fixture, HALL, NULL, "a");
    chat_audience_flush(one->worker);
    assert_int_equal(peer_conn(one)->out->count, 1);
    assert_ptr_equal(peer_conn(one)->out->spans[0].block, peer_conn(other)->out->spans[0].block);
    assert_int_equal(peer_conn(one)->out->spans[0].block->refs, 2);
    fixture_close(&fixture);
}

static void a_turns_events_are_compressed_once_for_all_who_hear_them_so(void **unused)
{
    static const char *const settings[] = {"websocket.compression=on",
                                           "websocket.compression_min=1B", NULL};
    static const char text[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    struct fixture fixture;
    struct peer *peers[4];

    (void)unused;
    fixture_open(&fixture, 1, &seated_app, settings);
    for (unsigned i = 0; i < 4; i++)
        seat(peers[i] = peer_open_with(&fixture, 0, CHAT_SLICE(""), i % 2 == 1), HALL);
    say(&fixture, HALL, NULL, text);
    chat_audience_flush(peers[0]->worker);
    struct chat_span *plain = &peer_conn(peers[0])->out->spans[0];
    struct chat_span *deflated = &peer_conn(peers[1])->out->spans[0];
    assert_true(deflated->to < plain->to);
    assert_ptr_equal(plain->block, peer_conn(peers[2])->out->spans[0].block);
    assert_ptr_equal(deflated->block, peer_conn(peers[3])->out->spans[0].block);
    assert_int_equal(deflated->block->refs, 2);
    for (unsigned i = 0; i < 4; i++)
        peer_expect(&fixture, peers[i], text);
    unseat(peers[1], HALL);
    unseat(peers[3], HALL);
    say(&fixture, HALL, NULL, text);
    assert_null(chat_audience_find(peers[0]->worker, HALL)->deflated);
    fixture_close(&fixture);
}

static void rooms_do_not_hear_each_other(void **unused)
{
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 1, &seated_app, NULL);
    struct peer *one = peer_open(&fixture, 0), *other = peer_open(&fixture, 0);
    seat(one, HALL);
    seat(other, YARD);
    say(&fixture, HALL, NULL, "a");
    say(&fixture, YARD, NULL, "b");
    say(&fixture, 999, NULL, "nobody is there");
    peer_expect(&fixture, one, "a");
    peer_expect(&fixture, other, "b");
    fixture_close(&fixture);
}

static void whoever_comes_hears_what_is_said_from_then_on(void **unused)
{
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 1, &seated_app, NULL);
    struct peer *one = peer_open(&fixture, 0), *late = peer_open(&fixture, 0);
    seat(one, HALL);
    say(&fixture, HALL, NULL, "a");
    answer(late, "welcome");
    seat(late, HALL);
    say(&fixture, HALL, NULL, "b");
    peer_expect(&fixture, one, "a b");
    peer_expect(&fixture, late, "welcome b");
    fixture_close(&fixture);
}

static void whoever_goes_hears_what_was_said_until_then(void **unused)
{
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 1, &seated_app, NULL);
    struct peer *one = peer_open(&fixture, 0), *gone = peer_open(&fixture, 0);
    seat(gone, HALL);
    seat(one, HALL);
    say(&fixture, HALL, NULL, "a");
    unseat(gone, HALL);
    answer(gone, "farewell");
    say(&fixture, HALL, NULL, "b");
    peer_expect(&fixture, one, "a b");
    peer_expect(&fixture, gone, "a farewell");
    unseat(gone, HALL);
    fixture_close(&fixture);
}

static void whoever_comes_back_in_one_turn_misses_what_was_said_between(void **unused)
{
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 1, &seated_app, NULL);
    struct peer *one = peer_open(&fixture, 0), *back = peer_open(&fixture, 0);
    seat(one, HALL);
    seat(back, HALL);
    say(&fixture, HALL, NULL, "a");
    unseat(back, HALL);
    say(&fixture, HALL, NULL, "b");
    seat(back, HALL);
    say(&fixture, HALL, NULL, "c");
    peer_expect(&fixture, back, "a c");
    peer_expect(&fixture, one, "a b c");
    fixture_close(&fixture);
}

static void what_a_request_caused_comes_before_the_next_answer(void **unused)
{
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 1, &seated_app, NULL);
    struct peer *sender = peer_open(&fixture, 0), *other = peer_open(&fixture, 0);
    seat(sender, HALL);
    seat(other, HALL);
    answer(sender, "ack");
    say(&fixture, HALL, sender, "a");
    answer(sender, "pong");
    say(&fixture, HALL, other, "b");
    answer(sender, "pong");
    say(&fixture, HALL, sender, "c");
    peer_expect(&fixture, sender, "ack a pong pong b c");
    peer_expect(&fixture, other, "a b c");
    fixture_close(&fixture);
}

static void what_a_request_caused_comes_before_the_next_rooms_event(void **unused)
{
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 1, &seated_app, NULL);
    struct peer *sender = peer_open(&fixture, 0);
    seat(sender, HALL);
    seat(sender, YARD);
    for (unsigned i = 0; i < 2; i++) {
        say(&fixture, HALL, sender, "a");
        say(&fixture, YARD, sender, "b");
        say(&fixture, HALL, sender, "c");
        say(&fixture, YARD, sender, "d");
        peer_expect(&fixture, sender, "a b c d");
    }
    fixture_close(&fixture);
}

static void a_cause_that_is_no_member_hears_nothing(void **unused)
{
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 1, &seated_app, NULL);
    struct peer *member = peer_open(&fixture, 0), *stranger = peer_open(&fixture, 0);
    seat(member, HALL);
    say(&fixture, HALL, stranger, "a");
    answer(stranger, "pong");
    peer_expect(&fixture, member, "a");
    peer_expect(&fixture, stranger, "pong");
    fixture_close(&fixture);
}

static void whoever_is_in_a_room_that_ends_hears_all_of_it_and_nothing_more(void **unused)
{
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 1, &seated_app, NULL);
    struct peer *both = peer_open(&fixture, 0), *one = peer_open(&fixture, 0);
    struct chat_worker *worker = one->worker;
    seat(both, HALL);
    seat(both, YARD);
    seat(one, HALL);
    say(&fixture, HALL, both, "a");
    dissolve(&fixture, HALL, "end");
    assert_int_equal(worker->memberships, 1);
    answer(one, "then");
    say(&fixture, HALL, NULL, "nobody");
    say(&fixture, YARD, both, "b");
    peer_expect(&fixture, one, "a end then");
    peer_expect(&fixture, both, "a end b");
    assert_null(chat_audience_find(worker, HALL));
    assert_int_equal(chat_tally_read(worker->tally->messages_out), 6);
    dissolve(&fixture, HALL, "again"); /* nobody here is in it */
    fixture_close(&fixture);
}

static void a_room_without_members_here_is_forgotten(void **unused)
{
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 1, &seated_app, NULL);
    struct peer *member = peer_open(&fixture, 0);
    struct chat_worker *worker = member->worker;
    seat(member, HALL);
    assert_non_null(chat_audience_find(worker, HALL));
    assert_int_equal(worker->memberships, 1);
    say(&fixture, HALL, NULL, "a");
    unseat(member, HALL);
    peer_expect(&fixture, member, "a");
    assert_null(chat_audience_find(worker, HALL));
    assert_int_equal(worker->memberships, 0);
    assert_null(peer_conn(member)->seats);
    fixture_close(&fixture);
}

/* How many events of 1,000 bytes a turn takes until it is full. */
static unsigned events_until_full(struct fixture *fixture, unsigned rooms)
{
    char *frame = malloc(1000 + CHAT_FRAME_HEADER_MAX);
    struct chat_slice text = {frame, server_frame(frame, 'x', 996)};
    struct chat_worker *worker = fixture->chatd->workers[0];
    unsigned n = 0;

    assert_int_equal(text.length, 1000);
    assert_false(worker->turn_full);
    while (!worker->turn_full && n < 10000)
        chat_deliver_event(worker, HALL + n++ % rooms, 0, text);
    free(frame);
    return n;
}

/* Of a queue of this size, with members in so many rooms. */
static unsigned turn_of(const char *queue, unsigned rooms)
{
    const char *settings[] = {queue, NULL};
    struct fixture fixture;

    fixture_open(&fixture, 1, &seated_app, settings);
    for (unsigned room = 0; room < rooms; room++)
        seat(peer_open(&fixture, 0), HALL + room);
    unsigned n = events_until_full(&fixture, rooms);
    fixture_turn(&fixture);
    assert_false(fixture.chatd->workers[0]->turn_full);
    assert_int_equal(fixture.chatd->workers[0]->turn_bytes, 0);
    fixture_close(&fixture);
    return n;
}

/* DESIGN §3: min(64 KiB, outbound_queue / 8) of one room, outbound_queue / 2 of all together. */
static void a_turn_is_full_with_one_rooms_block(void **unused)
{
    (void)unused;
    assert_int_equal(turn_of("limits.outbound_queue=1MiB", 1), 66);   /* 64 KiB */
    assert_int_equal(turn_of("limits.outbound_queue=512KiB", 1), 66); /* 64 KiB */
    assert_int_equal(turn_of("limits.outbound_queue=64KiB", 1), 9);   /* 8 KiB */
}

static void a_turn_is_full_with_the_blocks_of_all_rooms(void **unused)
{
    (void)unused;
    assert_int_equal(turn_of("limits.outbound_queue=1MiB", 20), 525); /* 512 KiB */
    assert_int_equal(turn_of("limits.outbound_queue=64KiB", 20), 33); /* 32 KiB */
}

static void no_bounded_turn_closes_a_member_that_reads(void **unused)
{
    static const char *const settings[] = {"limits.outbound_queue=64KiB", NULL};
    struct fixture fixture;
    struct peer *member;

    (void)unused;
    fixture_open(&fixture, 1, &seated_app, settings);
    member = peer_open(&fixture, 0);
    for (unsigned room = 0; room < 8; room++)
        seat(member, HALL + room);
    for (unsigned turn = 0; turn < 10; turn++) {
        events_until_full(&fixture, 8);
        for (unsigned i = 0; i < 10; i++) {
            fixture_turn(&fixture);
            peer_receive(member);
        }
        assert_int_equal(peer_conn(member)->close_code, 0);
    }
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_members_hear_a_turns_events_in_one_order),
        cmocka_unit_test(a_turns_events_are_one_span_in_each_queue),
        cmocka_unit_test(a_turns_events_are_compressed_once_for_all_who_hear_them_so),
        cmocka_unit_test(rooms_do_not_hear_each_other),
        cmocka_unit_test(whoever_comes_hears_what_is_said_from_then_on),
        cmocka_unit_test(whoever_goes_hears_what_was_said_until_then),
        cmocka_unit_test(whoever_comes_back_in_one_turn_misses_what_was_said_between),
        cmocka_unit_test(what_a_request_caused_comes_before_the_next_answer),
        cmocka_unit_test(what_a_request_caused_comes_before_the_next_rooms_event),
        cmocka_unit_test(a_cause_that_is_no_member_hears_nothing),
        cmocka_unit_test(whoever_is_in_a_room_that_ends_hears_all_of_it_and_nothing_more),
        cmocka_unit_test(a_room_without_members_here_is_forgotten),
        cmocka_unit_test(a_turn_is_full_with_one_rooms_block),
        cmocka_unit_test(a_turn_is_full_with_the_blocks_of_all_rooms),
        cmocka_unit_test(no_bounded_turn_closes_a_member_that_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
