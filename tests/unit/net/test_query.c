/* A turn's share of the control's questions, on a worker with many rooms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/dispatch.h"
#include "net/letter.h"
#include "net/query.h"
#include "net/worker_fixture.h"

enum { ROOMS = 5000, A_TURN = 1024, CONTROL = 1, JOBS = 64, TURNS_MAX = 10000 };

struct answers {
    struct fixture fixture;
    struct chat_worker *worker;
    struct chat_mailbox *control;
    unsigned rows, rows_of[JOBS + 1], done; /* by ticket */
    unsigned done_at[JOBS + 1];             /* rows of all at that time */
};

static void ignore(void *context)
{
    (void)context;
}

static void set_up(struct answers *test)
{
    *test = (struct answers){0};
    fixture_open(&test->fixture, 1, &chat_dispatch_app, NULL);
    test->worker = test->fixture.chatd->workers[0];
    test->control =
        chat_mailbox_open(test->fixture.chatd->office, CONTROL, &test->fixture.loop, ignore, NULL);
    for (unsigned i = 0; i < ROOMS; i++) {
        char id[16];
        int n = snprintf(id, sizeof(id), "room-%u", i);
        struct chat_slice slice = {id, (size_t)n};
        chat_coordinator_keep(test->worker->coordinator, slice, slice, 10,
                              chat_worker_time(test->worker));
    }
}

static void on_letter(void *context, const struct chat_letter *letter)
{
    struct answers *test = context;
    assert_in_range(letter->number, 1, JOBS);
    if (letter->kind == CHAT_LETTER_ROW) {
        test->rows++;
        test->rows_of[letter->number]++;
    } else {
        test->done++;
        test->done_at[letter->number] = test->rows;
    }
}

static bool always(void *context)
{
    (void)context;
    return true;
}

static void take(struct answers *test)
{
    chat_mailbox_post(test->worker->mailbox);
    chat_mailbox_take(test->control, on_letter, always, test);
}

static void ask(struct answers *test, uint32_t ticket, enum chat_query_kind kind)
{
    struct chat_letter letter = {.conn = kind, .number = ticket};
    chat_query_begin(test->worker, &letter);
}

static void tear_down(struct answers *test)
{
    chat_mailbox_close(test->control, ignore);
    fixture_close(&test->fixture);
}

static void many_questions_share_a_turn(void **unused)
{
    struct answers test;
    bool more = true;

    (void)unused;
    set_up(&test);
    for (uint32_t ticket = 1; ticket <= JOBS; ticket++)
        ask(&test, ticket, CHAT_QUERY_ROOMS);
    for (unsigned turns = 0; more; turns++) {
        unsigned before = test.rows;
        assert_true(turns < TURNS_MAX);
        more = chat_query_step(test.worker);
        take(&test);
        assert_in_range(test.rows - before, 1, A_TURN);
    }
    assert_int_equal(test.done, JOBS);
    for (uint32_t ticket = 1; ticket <= JOBS; ticket++)
        assert_int_equal(test.rows_of[ticket], ROOMS);
    tear_down(&test);
}

static void a_short_question_does_not_wait_for_a_long_one(void **unused)
{
    struct answers test;

    (void)unused;
    set_up(&test);
    for (uint32_t ticket = 1; ticket < JOBS; ticket++)
        ask(&test, ticket, CHAT_QUERY_ROOMS);
    ask(&test, JOBS, CHAT_QUERY_STATUS);
    while (chat_query_step(test.worker))
        take(&test);
    take(&test);
    assert_int_equal(test.rows_of[JOBS], 1);
    assert_in_range(test.done_at[JOBS], 1, JOBS * A_TURN);
    tear_down(&test);
}

static void questions_wait_for_a_control_that_takes_no_answers(void **unused)
{
    enum { BOUND = 1024 * 1024, ROW_MAX = 2048 };
    struct answers test;

    (void)unused;
    set_up(&test);
    for (uint32_t ticket = 1; ticket <= 4; ticket++)
        ask(&test, ticket, CHAT_QUERY_ROOMS);
    while (chat_query_step(test.worker))
        chat_mailbox_post(test.worker->mailbox);
    assert_in_range(chat_mailbox_bytes_to(test.worker->mailbox, CONTROL), BOUND + 1,
                    BOUND + A_TURN * ROW_MAX);
    assert_int_equal(test.done, 0);
    for (unsigned turns = 0; test.done < 4; turns++) {
        assert_true(turns < TURNS_MAX);
        take(&test);
        chat_query_step(test.worker);
    }
    for (uint32_t ticket = 1; ticket <= 4; ticket++)
        assert_int_equal(test.rows_of[ticket], ROOMS);
    tear_down(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_questions_share_a_turn),
        cmocka_unit_test(a_short_question_does_not_wait_for_a_long_one),
        cmocka_unit_test(questions_wait_for_a_control_that_takes_no_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
