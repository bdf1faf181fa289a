/* A turn that is full: letters and connections that wait take turns, so that neither can starve the
 * other however much comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/letter.h"
#include "net/worker_fixture.h"
#include "wire/close.h"

enum { LETTER_BYTES = 40 * 1024, LETTERS = 50, FEW_TURNS = 6 };

static const char *const small_turns[] = {"limits.outbound_queue=64KiB", NULL};

static struct {
    bool defers; /* message says "not now" */
    bool fills;  /* a message fills its turn */
    bool quiet;
    unsigned heard;
} behaviour;

static bool hear(struct chat_conn *conn, enum chat_opcode opcode, struct chat_slice text)
{
    (void)opcode, (void)text;
    if (behaviour.defers)
        return false;
    if (behaviour.fills)
        chat_worker_fill(conn->worker, LETTER_BYTES);
    behaviour.heard++;
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
    uint64_t before = test.worker->messages_out;
    for (unsigned i = 0; i < FEW_TURNS; i++)
        fixture_turn(&test.fixture);
    assert_int_equal(test.worker->messages_out - before, 2);
    assert_in_range(behaviour.heard, 3, LETTERS - 1);
    for (unsigned i = 0; i < LETTERS; i++)
        fixture_turn(&test.fixture);
    assert_int_equal(behaviour.heard, LETTERS);
    tear_down(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_without_end_keep_nobody_waiting),
        cmocka_unit_test(messages_without_end_keep_no_letter_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
