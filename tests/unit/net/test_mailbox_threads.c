/* Mailboxes between threads: four ends, each with a loop of its own, write to all the others as
 * fast as the bound lets them; each receives every letter of each sender in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "net/mailbox.h"

enum { ENDS = 4, LETTERS = 5000, A_TURN = 50, LIMIT = 64 * 1024, TURN_TAKES = 200 };

struct contest;

struct end {
    struct contest *contest;
    unsigned index;
    pthread_t thread;
    uv_loop_t loop;
    uv_check_t check;
    uv_idle_t idle;
    struct chat_mailbox *mailbox;
    uint64_t sent;           /* to each of the others */
    uint64_t received[ENDS]; /* from each */
    unsigned taken;          /* in this turn */
    bool left, done, disorder;
};

struct contest {
    struct chat_post_office *office;
    pthread_barrier_t opened;
    atomic_uint done; /* ends that have sent and received all */
    struct end ends[ENDS];
};

static void on_letter(void *context, const struct chat_letter *letter)
{
    struct end *end = context;
    end->disorder |= letter->number != end->received[letter->from]++ ||
                     letter->parts[0].length != letter->number % 300;
    end->taken++;
}

static bool turn_has_room(void *context)
{
    return ((struct end *)context)->taken < TURN_TAKES;
}

static void take(struct end *end)
{
    end->left = !chat_mailbox_take(end->mailbox, on_letter, turn_has_room, end);
}

static void on_closed(void *context)
{
    (void)context;
}

static void on_woken(void *context)
{
    take(context);
}

static void send_some(struct end *end)
{
    static const char bytes[300];
    struct chat_letter letter = {.kind = 1};

    for (unsigned i = 0; i < A_TURN && end->sent < LETTERS; i++, end->sent++) {
        letter.number = end->sent;
        letter.parts[0] = (struct chat_slice){bytes, end->sent % sizeof(bytes)};
        for (unsigned to = 0; to < ENDS; to++)
            if (to != end->index)
                chat_mailbox_send(end->mailbox, to, &letter);
    }
}

static bool has_all(const struct end *end)
{
    for (unsigned from = 0; from < ENDS; from++)
        if (from != end->index && end->received[from] < LETTERS)
            return false;
    return end->sent == LETTERS;
}

static void on_idle(uv_idle_t *idle)
{
    (void)idle; /* the loop turns until all are done */
}

/* All letters of all have arrived: nobody sends any more. */
static void leave(struct end *end)
{
    uv_close((uv_handle_t *)&end->check, NULL);
    uv_close((uv_handle_t *)&end->idle, NULL);
    chat_mailbox_close(end->mailbox, on_closed);
}

/* A turn as a worker has it: what was left, its own work unless it is over the bound, then the
 * post. */
static void on_check(uv_check_t *check)
{
    struct end *end = check->data;

    end->taken = 0;
    if (end->left)
        take(end);
    if (!chat_mailbox_over(end->mailbox, ENDS))
        send_some(end);
    chat_mailbox_post(end->mailbox);
    if (!end->done && has_all(end)) {
        end->done = true;
        atomic_fetch_add(&end->contest->done, 1);
    }
    if (atomic_load(&end->contest->done) == ENDS)
        leave(end);
}

static void *run(void *argument)
{
    struct end *end = argument;

    uv_loop_init(&end->loop);
    end->mailbox = chat_mailbox_open(end->contest->office, end->index, &end->loop, on_woken, end);
    uv_check_init(&end->loop, &end->check);
    uv_idle_init(&end->loop, &end->idle);
    end->check.data = end;
    uv_check_start(&end->check, on_check);
    uv_idle_start(&end->idle, on_idle);
    pthread_barrier_wait(&end->contest->opened);
    uv_run(&end->loop, UV_RUN_DEFAULT);
    uv_loop_close(&end->loop);
    return NULL;
}

static void threads_receive_every_letter_of_each_other_in_order(void **unused)
{
    static struct contest contest;

    (void)unused;
    contest.office = chat_post_office_create(ENDS, LIMIT);
    pthread_barrier_init(&contest.opened, NULL, ENDS);
    for (unsigned i = 0; i < ENDS; i++) {
        contest.ends[i].contest = &contest;
        contest.ends[i].index = i;
        assert_int_equal(pthread_create(&contest.ends[i].thread, NULL, run, &contest.ends[i]), 0);
    }
    for (unsigned i = 0; i < ENDS; i++)
        pthread_join(contest.ends[i].thread, NULL);
    for (unsigned i = 0; i < ENDS; i++) {
        assert_false(contest.ends[i].disorder);
        for (unsigned from = 0; from < ENDS; from++)
            assert_int_equal(contest.ends[i].received[from], from == i ? 0 : LETTERS);
    }
    pthread_barrier_destroy(&contest.opened);
    chat_post_office_destroy(contest.office);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_receive_every_letter_of_each_other_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
