/* Ends in threads of their own that sleep whenever they have nothing to do: a few letters go round
 * among them, and one that was posted while its receiver fell asleep would be the end of its way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

#include "net/mailbox.h"

enum { ENDS = 3, LETTERS = 2, HOPS = 10000 };
enum kind { GOES_ROUND, GO_HOME };

struct round;

struct end {
    struct round *round;
    unsigned index;
    pthread_t thread;
    uv_loop_t loop;
    uv_check_t check;
    uv_prepare_t prepare;
    uv_idle_t idle;
    struct chat_mailbox *mailbox;
    bool leaves;
};

struct round {
    struct chat_post_office *office;
    pthread_barrier_t opened;
    atomic_uint arrived; /* letters that have made all their hops */
    struct end ends[ENDS];
};

static void pass_on(struct end *end, unsigned to, enum kind kind, uint64_t number)
{
    struct chat_letter letter = {.kind = (uint16_t)kind, .number = number};
    chat_mailbox_send(end->mailbox, to, &letter);
}

static void on_letter(void *context, const struct chat_letter *letter)
{
    struct end *end = context;

    if (letter->kind == GO_HOME) {
        end->leaves = true;
    } else if (letter->number < HOPS) {
        pass_on(end, (end->index + 1 + (unsigned)letter->number % (ENDS - 1)) % ENDS, GOES_ROUND,
                letter->number + 1);
    } else if (atomic_fetch_add(&end->round->arrived, 1) == LETTERS - 1) {
        for (unsigned to = 0; to < ENDS; to++)
            pass_on(end, to, GO_HOME, 0);
    }
}

static bool always(void *context)
{
    (void)context;
    return true;
}

static void take(void *context)
{
    struct end *end = context;
    chat_mailbox_take(end->mailbox, on_letter, always, end);
    chat_mailbox_post(end->mailbox);
}

static void on_closed(void *context)
{
    (void)context;
}

static void on_check(uv_check_t *check)
{
    struct end *end = check->data;

    chat_mailbox_wake(end->mailbox);
    uv_idle_stop(&end->idle);
    take(end);
    if (!end->leaves)
        return;
    uv_close((uv_handle_t *)&end->check, NULL);
    uv_close((uv_handle_t *)&end->prepare, NULL);
    uv_close((uv_handle_t *)&end->idle, NULL);
    chat_mailbox_close(end->mailbox, on_closed);
}

static void on_idle(uv_idle_t *idle)
{
    (void)idle; /* it only keeps the loop from waiting */
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct end *end = prepare->data;
    if (!chat_mailbox_sleep(end->mailbox))
        uv_idle_start(&end->idle, on_idle);
}

static void *run(void *argument)
{
    struct end *end = argument;

    uv_loop_init(&end->loop);
    end->mailbox = chat_mailbox_open(end->round->office, end->index, &end->loop, take, end);
    uv_check_init(&end->loop, &end->check);
    uv_prepare_init(&end->loop, &end->prepare);
    uv_idle_init(&end->loop, &end->idle);
    end->check.data = end->prepare.data = end;
    uv_check_start(&end->check, on_check);
    uv_prepare_start(&end->prepare, on_prepare);
    pthread_barrier_wait(&end->round->opened);
    for (unsigned i = 0; end->index == 0 && i < LETTERS; i++)
        pass_on(end, 1, GOES_ROUND, i);
    chat_mailbox_post(end->mailbox);
    uv_run(&end->loop, UV_RUN_DEFAULT);
    uv_loop_close(&end->loop);
    return NULL;
}

static void no_letter_is_left_with_one_that_falls_asleep(void **unused)
{
    static struct round round;

    (void)unused;
    round.office = chat_post_office_create(ENDS, 1024 * 1024);
    pthread_barrier_init(&round.opened, NULL, ENDS);
    for (unsigned i = 0; i < ENDS; i++) {
        round.ends[i].round = &round;
        round.ends[i].index = i;
        assert_int_equal(pthread_create(&round.ends[i].thread, NULL, run, &round.ends[i]), 0);
    }
    for (unsigned i = 0; i < ENDS; i++)
        pthread_join(round.ends[i].thread, NULL);
    assert_int_equal(atomic_load(&round.arrived), LETTERS);
    pthread_barrier_destroy(&round.opened);
    chat_post_office_destroy(round.office);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_letter_is_left_with_one_that_falls_asleep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
