/* How a turn is shared: letters and connections that wait take turns, and so do those who send
 * without end, so that nobody can starve the others however much comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/letter.h"
#include "net/worker_fixture.h"
#include "wire/close.h"

enum { LETTER_BYTES = 40 * 1024, LETTERS = 50, FEW_TURNS = 6 };
enum { TEXT_BYTES = 1000, TEXTS = 60, CROWD = 60 };

static const char *const small_turns[] = {"limits.outbound_queue=64KiB", NULL};

static struct {
    bool defers; /* message says "not now" */
    bool fills;  /* a message fills its turn */
    bool quiet;
    unsigned heard, heard_of[PEERS_MAX]; /* by slot */
} behaviour;

static bool hear(struct chat_conn *conn, enum chat_opcode opcode, struct chat_slice text)
{
    (void)opcode, (void)text;
    if (behaviour.defers)
        return false;
    if (behaviour.fills)
        chat_worker_fill(conn->worker, LETTER_BYTES);
    behaviour.heard++;
    behaviour.heard_of[conn->slot]++;
    return true;
}

static bool always(const struct chat_conn *conn)
{
    (void)conn;
    return true;
}

static bool is_quiet(const struct chat_conn *conn)
{
    (void)conn;
    return behaviour.quiet;
}

static void on_ended(struct chat_conn *conn)
{
    (void)conn;
}

static const struct chat_conn_app app = {
    .message = hear, .accepts = always, .quiet = is_quiet, .ended = on_ended};

struct turns {
    struct fixture fixture;
    struct chat_worker *worker; /* the one that has both peers */
    struct peer *closed, *talks;
};

/* What is for a connection that closes, but asked for something, is dropped and yet counts. */
static void set_up(struct turns *test)
{
    memset(&behaviour, 0, sizeof(behaviour));
    fixture_open(&test->fixture, 2, &app, small_turns);
    test->worker = test->fixture.chatd->workers[1];
    test->closed = peer_open(&test->fixture, 1);
    test->talks = peer_open(&test->fixture, 1);
    chat_conn_close(peer_conn(test->closed), CHAT_CLOSE_KICKED, (struct chat_slice){"", 0});
    peer_expect(&test->fixture, test->closed, "close:4101");
}

static void tear_down(struct turns *test)
{
    behaviour.quiet = true;
    chat_conn_wake(peer_conn(test->closed));
    fixture_close(&test->fixture);
}

/* Worker 0 writes; each letter fills a turn of worker 1. */
static void write_letters(struct turns *test, unsigned n)
{
    static const char bytes[LETTER_BYTES];
    struct chat_letter letter = {
        .kind = CHAT_LETTER_REPLY, .conn = test->closed->id, .parts = {{bytes, sizeof(bytes)}}};
    struct chat_mailbox *mailbox = test->fixture.chatd->workers[0]->mailbox;

    while (n-- > 0)
        chat_mailbox_send(mailbox, 1, &letter);
    chat_mailbox_post(mailbox);
}

static void letters_without_end_keep_nobody_waiting(void **unused)
{
    struct turns test;

    (void)unused;
    set_up(&test);
    behaviour.defers = true;
    peer_send_text(test.talks, "x");
    fixture_settle(&test.fixture);
    behaviour.defers = false;
    write_letters(&test, LETTERS);
    chat_conn_wake(peer_conn(test.talks));
    for (unsigned i = 0; i < FEW_TURNS; i++)
        fixture_turn(&test.fixture);
    assert_int_equal(behaviour.heard, 1);
    assert_true(test.worker->mail_left);
    for (unsigned i = 0; i < LETTERS; i++)
        fixture_turn(&test.fixture);
    assert_false(test.worker->mail_left);
    tear_down(&test);
}

static void messages_without_end_keep_no_letter_waiting(void **unused)
{
    struct turns test;

    (void)unused;
    set_up(&test);
    behaviour.fills = true;
    for (unsigned i = 0; i < LETTERS; i++)
        peer_send_text(test.talks, "x");
    fixture_turn(&test.fixture);
    write_letters(&test, 2);
    uint64_t before = chat_tally_read(test.worker->tally->messages_out);
    for (unsigned i = 0; i < FEW_TURNS; i++)
        fixture_turn(&test.fixture);
    assert_int_equal(chat_tally_read(test.worker->tally->messages_out) - before, 2);
    assert_in_range(behaviour.heard, 3, LETTERS - 1);
    for (unsigned i = 0; i < LETTERS; i++)
        fixture_turn(&test.fixture);
    assert_int_equal(behaviour.heard, LETTERS);
    tear_down(&test);
}

/* 60 texts by one write. */
static void talk_at_length(struct peer *peer)
{
    enum { HEADER = 8 };
    char *bytes = calloc(TEXTS, HEADER + TEXT_BYTES);

    assert_non_null(bytes);
    for (size_t i = 0; i < TEXTS; i++) {
        char *frame = bytes + i * (HEADER + TEXT_BYTES);
        chat_frame_header(frame, CHAT_OPCODE_TEXT, TEXT_BYTES);
        frame[1] = (char)(frame[1] | 0x80); /* masked, by zeros */
        memset(frame + HEADER, 'x', TEXT_BYTES);
    }
    size_t length = TEXTS * (HEADER + TEXT_BYTES);
    assert_int_equal(send(peer->fd, bytes, length, MSG_NOSIGNAL), length);
    free(bytes);
}

/* A turn of the loop is two of the worker's: what poll brought, and what waited. */
static void a_crowd_that_sends_without_end_does_not_make_a_turn_long(void **unused)
{
    struct turns test;
    struct peer *crowd[CROWD];

    (void)unused;
    set_up(&test);
    for (unsigned i = 0; i < CROWD; i++)
        talk_at_length(crowd[i] = peer_open(&test.fixture, 1));
    fixture_turn(&test.fixture);
    assert_in_range(behaviour.heard, 1, 2 * CHAT_RATION_TURN / TEXT_BYTES + 2 * TEXTS);
    fixture_settle(&test.fixture);
    assert_int_equal(behaviour.heard, CROWD * TEXTS);
    tear_down(&test);
}

static void whoever_sends_in_a_crowd_is_heard_in_the_next_turn(void **unused)
{
    struct turns test;
    struct peer *crowd[CROWD];

    (void)unused;
    set_up(&test);
    for (unsigned i = 0; i < CROWD; i++)
        talk_at_length(crowd[i] = peer_open(&test.fixture, 1));
    fixture_turn(&test.fixture);
    for (unsigned i = 0; i < CROWD; i++)
        talk_at_length(crowd[i]);
    memset(behaviour.heard_of, 0, sizeof(behaviour.heard_of));
    fixture_turn(&test.fixture);
    for (unsigned i = 0; i < CROWD; i++)
        assert_true(behaviour.heard_of[peer_conn(crowd[i])->slot] > 0);
    tear_down(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_without_end_keep_nobody_waiting),
        cmocka_unit_test(messages_without_end_keep_no_letter_waiting),
        cmocka_unit_test(a_crowd_that_sends_without_end_does_not_make_a_turn_long),
        cmocka_unit_test(whoever_sends_in_a_crowd_is_heard_in_the_next_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
