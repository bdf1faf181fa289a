/* What is whispered in a room: to whom, how often, and to whom not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/random.h"
#include "net/audience_fixture.h"

enum { HALL = 7, YARD = 8, MANY = 40 };

static void whisper(struct fixture *fixture, uint64_t room, const struct peer *from,
                    const char *text)
{
    char frame[CHAT_FRAME_CONTROL_MAX];
    size_t header = chat_frame_header(frame, CHAT_OPCODE_TEXT, strlen(text));
    memcpy(frame + header, text, strlen(text));
    chat_deliver_whisper(fixture->chatd->workers[0], room, from->id,
                         (struct chat_slice){frame, header + strlen(text)});
}

static void everyone_hears_a_whisper_but_who_whispers(void **unused)
{
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 1, &seated_app, NULL);
    struct peer *a = peer_open(&fixture, 0), *b = peer_open(&fixture, 0);
    struct peer *c = peer_open(&fixture, 0), *other = peer_open(&fixture, 0);
    seat(a, HALL);
    seat(b, HALL);
    seat(c, HALL);
    seat(other, YARD);
    whisper(&fixture, HALL, c, "of-c");
    whisper(&fixture, HALL, a, "of-a");
    whisper(&fixture, HALL, b, "of-b");
    whisper(&fixture, 999, b, "nobody is there");
    peer_expect(&fixture, a, "of-c of-b");
    peer_expect(&fixture, b, "of-c of-a");
    peer_expect(&fixture, c, "of-a of-b");
    peer_expect(&fixture, other, "");
    assert_int_equal(chat_tally_read(a->worker->tally->messages_out), 6);
    fixture_close(&fixture);
}

static void turn_has_one_whisper_of_each(void **unused)
{
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 1, &seated_app, NULL);
    struct peer *a = peer_open(&fixture, 0), *b = peer_open(&fixture, 0);
    seat(a, HALL);
    seat(b, HALL);
    whisper(&fixture, HALL, a, "first");
    whisper(&fixture, HALL, a, "again");
    peer_expect(&fixture, b, "first");
    whisper(&fixture, HALL, a, "next-turn");
    peer_expect(&fixture, b, "next-turn");
    fixture_close(&fixture);
}

static void whispers_follow_what_was_said(void **unused)
{
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 1, &seated_app, NULL);
    struct peer *a = peer_open(&fixture, 0), *b = peer_open(&fixture, 0);
    seat(a, HALL);
    seat(b, HALL);
    whisper(&fixture, HALL, a, "whisper");
    say(&fixture, HALL, a, "word");
    peer_expect(&fixture, a, "word");
    peer_expect(&fixture, b, "word whisper");
    fixture_close(&fixture);
}

static void whoever_leaves_hears_no_whisper_after_the_answer(void **unused)
{
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 1, &seated_app, NULL);
    struct peer *a = peer_open(&fixture, 0), *b = peer_open(&fixture, 0);
    struct peer *c = peer_open(&fixture, 0);
    seat(a, HALL);
    seat(b, HALL);
    whisper(&fixture, HALL, a, "whisper");
    unseat(b, HALL);
    unseat(a, HALL);
    answer(b, "left");
    answer(c, "welcome");
    seat(c, HALL);
    peer_expect(&fixture, a, "");
    peer_expect(&fixture, b, "left");
    peer_expect(&fixture, c, "welcome whisper");
    fixture_close(&fixture);
}

static void whispers_of_a_room_that_nobody_hears_are_forgotten(void **unused)
{
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 1, &seated_app, NULL);
    struct peer *a = peer_open(&fixture, 0);
    seat(a, HALL);
    whisper(&fixture, HALL, a, "whisper");
    unseat(a, HALL);
    fixture_settle(&fixture);
    assert_null(chat_audience_find(a->worker, HALL));
    fixture_close(&fixture);
}

/* The peer reads nothing; so much is in its queue. */
static void fill_queue(struct fixture *fixture, struct peer *peer, uint64_t bytes)
{
    char frame[CHAT_FRAME_CONTROL_MAX];
    struct chat_conn *conn = peer_conn(peer);

    memset(frame, 'x', sizeof(frame));
    size_t header = chat_frame_header(frame, CHAT_OPCODE_TEXT, 100);
    for (unsigned i = 0; i < 1000 && chat_conn_queued(conn) < bytes; i++) {
        chat_conn_send(conn, (struct chat_slice){frame, header + 100});
        if (i % 100 == 0)
            fixture_turn(fixture);
    }
    assert_true(chat_conn_queued(conn) >= bytes);
}

static void whispers_are_the_first_to_be_dropped_for_a_slow_member(void **unused)
{
    static const char *const settings[] = {"limits.outbound_queue=64KiB", NULL};
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 1, &seated_app, settings);
    struct peer *a = peer_open(&fixture, 0), *slow = peer_open(&fixture, 0);
    struct peer *b = peer_open(&fixture, 0);
    seat(a, HALL);
    seat(slow, HALL);
    seat(b, HALL);
    fill_queue(&fixture, slow, 32 * 1024 - 200);
    uint64_t below = chat_conn_queued(peer_conn(slow));
    assert_in_range(below, 0, 32 * 1024 - 1);
    whisper(&fixture, HALL, a, "one");
    chat_audience_flush(a->worker);
    assert_true(chat_conn_queued(peer_conn(slow)) > below);
    fill_queue(&fixture, slow, 32 * 1024);
    uint64_t half = chat_conn_queued(peer_conn(slow));
    whisper(&fixture, HALL, a, "two");
    chat_audience_flush(a->worker);
    assert_int_equal(chat_conn_queued(peer_conn(slow)), half);
    peer_expect(&fixture, b, "one two");
    fixture_close(&fixture);
}

static void whispers_fill_a_turn_like_what_is_said(void **unused)
{
    static const char *const settings[] = {"limits.outbound_queue=64KiB", NULL};
    struct fixture fixture;

    (void)unused;
    fixture_open(&fixture, 1, &seated_app, settings);
    struct peer *a = peer_open(&fixture, 0);
    seat(a, HALL);
    struct peer someone = *a;
    char frame[CHAT_FRAME_CONTROL_MAX];
    memset(frame, 'x', sizeof(frame));
    size_t header = chat_frame_header(frame, CHAT_OPCODE_TEXT, 126 - 4);
    size_t size = header + 126 - 4;
    size_t frames = 8 * 1024 / size;
    for (size_t i = 0; i <= frames; i++) {
        assert_false(a->worker->turn_full);
        someone.id++;
        chat_deliver_whisper(a->worker, HALL, someone.id, (struct chat_slice){frame, size});
    }
    assert_true(a->worker->turn_full);
    fixture_close(&fixture);
}

static void many_whisper_in_any_order(void **unused)
{
    struct chat_whispers *whispers = chat_whispers_open(NULL, 1);
    struct random random = {11};
    uint32_t begin[MANY], length = 0, n = 0;
    bool has[MANY] = {false};

    (void)unused;
    for (unsigned step = 0; step < 500; step++) {
        uint32_t who = random_below(&random, MANY), size = 1 + random_below(&random, 9);
        bool added = chat_whispers_add(whispers, 100 + who, (struct chat_slice){"123456789", size});
        assert_int_equal(added, !has[who]);
        if (added) {
            begin[who] = length;
            length += size;
            n++;
        }
        has[who] = true;
        assert_int_equal(whispers->count, n);
        struct chat_whisper own = chat_whispers_from(whispers, 100 + who);
        assert_int_equal(own.begin, begin[who]);
        assert_in_range(own.end - own.begin, 1, 9);
        own = chat_whispers_from(whispers, 99);
        assert_int_equal(own.begin, own.end);
    }
    assert_int_equal(whispers->block->length, length);
    chat_whispers_close(whispers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everyone_hears_a_whisper_but_who_whispers),
        cmocka_unit_test(turn_has_one_whisper_of_each),
        cmocka_unit_test(whispers_follow_what_was_said),
        cmocka_unit_test(whoever_leaves_hears_no_whisper_after_the_answer),
        cmocka_unit_test(whispers_of_a_room_that_nobody_hears_are_forgotten),
        cmocka_unit_test(whispers_are_the_first_to_be_dropped_for_a_slow_member),
        cmocka_unit_test(whispers_fill_a_turn_like_what_is_said),
        cmocka_unit_test(many_whisper_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
