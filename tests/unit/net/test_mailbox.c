/* Letters between ends on one loop: their order, one wake a turn, the bound. Between threads:
 * test_mailbox_threads.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "core/random.h"
#include "net/mailbox.h"

enum { ENDS = 3, LIMIT = 100 * 1000 };

struct end {
    struct chat_mailbox *mailbox;
    unsigned woken, closed, received;
    unsigned take_at_most; /* letters a time; 0: all */
    unsigned taken;
    uint64_t next[ENDS]; /* expected number, by sender */
    size_t bytes;
};

struct office {
    uv_loop_t loop;
    struct chat_post_office *office;
    struct end ends[ENDS];
};

static void on_woken(void *context)
{
    ((struct end *)context)->woken++;
}

static void set_up(struct office *office)
{
    *office = (struct office){0};
    uv_loop_init(&office->loop);
    office->office = chat_post_office_create(ENDS, LIMIT);
    for (unsigned i = 0; i < ENDS; i++)
        office->ends[i].mailbox =
            chat_mailbox_open(office->office, i, &office->loop, on_woken, &office->ends[i]);
}

static void on_closed(void *context)
{
    ((struct end *)context)->closed++;
}

static void tear_down(struct office *office)
{
    for (unsigned i = 0; i < ENDS; i++)
        chat_mailbox_close(office->ends[i].mailbox, on_closed);
    uv_run(&office->loop, UV_RUN_DEFAULT);
    for (unsigned i = 0; i < ENDS; i++)
        assert_int_equal(office->ends[i].closed, 1);
    assert_int_equal(uv_loop_close(&office->loop), 0);
    chat_post_office_destroy(office->office);
}

/* What the loop has to do now. */
static void turn(struct office *office)
{
    uv_run(&office->loop, UV_RUN_NOWAIT);
}

/* The byte at a place of a part follows from the letter's number. */
static char byte_of(uint64_t number, unsigned part, size_t at)
{
    return (char)(number * 31 + part * 7 + at);
}

static void send_letter(struct chat_mailbox *mailbox, unsigned to, uint64_t number,
                        const size_t lengths[CHAT_LETTER_PARTS])
{
    struct chat_letter letter = {
        .kind = (uint16_t)(number % 1000), .conn = ~number, .room = number << 40, .number = number};
    char *bytes[CHAT_LETTER_PARTS];

    for (unsigned i = 0; i < CHAT_LETTER_PARTS; i++) {
        bytes[i] = malloc(lengths[i] + (lengths[i] == 0));
        for (size_t k = 0; k < lengths[i]; k++)
            bytes[i][k] = byte_of(number, i, k);
        letter.parts[i] = (struct chat_slice){bytes[i], lengths[i]};
    }
    chat_mailbox_send(mailbox, to, &letter);
    for (unsigned i = 0; i < CHAT_LETTER_PARTS; i++)
        free(bytes[i]);
}

static void check_letter(struct end *end, const struct chat_letter *letter)
{
    uint64_t number = letter->number;

    assert_int_equal(number, end->next[letter->from]++);
    assert_int_equal(letter->kind, number % 1000);
    assert_true(letter->conn == ~number && letter->room == number << 40);
    for (unsigned i = 0; i < CHAT_LETTER_PARTS; i++)
        for (size_t k = 0; k < letter->parts[i].length; k++)
            if (letter->parts[i].bytes[k] != byte_of(number, i, k))
                fail_msg("letter %lu, part %u, byte %zu", (unsigned long)number, i, k);
    for (unsigned i = 0; i < CHAT_LETTER_PARTS; i++)
        end->bytes += letter->parts[i].length;
    end->received++;
    end->taken++;
}

static void on_letter(void *context, const struct chat_letter *letter)
{
    check_letter(context, letter);
}

static bool may_take_more(void *context)
{
    const struct end *end = context;
    return end->take_at_most == 0 || end->taken < end->take_at_most;
}

static bool take(struct end *end)
{
    end->taken = 0;
    return chat_mailbox_take(end->mailbox, on_letter, may_take_more, end);
}

static const size_t no_parts[CHAT_LETTER_PARTS] = {0};

static void letters_come_in_the_order_of_their_sender(void **unused)
{
    struct office office;
    struct random random = {3};
    size_t sent = 0;

    (void)unused;
    set_up(&office);
    for (uint64_t number = 0; number < 3000; number++) {
        for (unsigned from = 0; from < 2; from++) {
            size_t lengths[CHAT_LETTER_PARTS] = {random_below(&random, 200),
                                                 random_below(&random, 3) * 40, 0};
            sent += lengths[0] + lengths[1];
            send_letter(office.ends[from].mailbox, 2, number, lengths);
        }
        if (random_below(&random, 40) == 0)
            chat_mailbox_post(office.ends[random_below(&random, 2)].mailbox);
        if (random_below(&random, 200) == 0)
            assert_true(take(&office.ends[2]));
    }
    chat_mailbox_post(office.ends[0].mailbox);
    chat_mailbox_post(office.ends[1].mailbox);
    assert_true(take(&office.ends[2]));
    assert_int_equal(office.ends[2].received, 6000);
    assert_int_equal(office.ends[2].bytes, sent);
    tear_down(&office);
}

static void what_is_not_posted_does_not_arrive(void **unused)
{
    struct office office;

    (void)unused;
    set_up(&office);
    send_letter(office.ends[0].mailbox, 1, 0, no_parts);
    turn(&office);
    assert_true(take(&office.ends[1]));
    assert_int_equal(office.ends[1].received, 0);
    assert_int_equal(office.ends[1].woken, 0);
    chat_mailbox_post(office.ends[0].mailbox);
    turn(&office);
    assert_int_equal(office.ends[1].woken, 1);
    assert_true(take(&office.ends[1]));
    assert_int_equal(office.ends[1].received, 1);
    tear_down(&office);
}

static void a_turns_letters_wake_their_receiver_once(void **unused)
{
    struct office office;

    (void)unused;
    set_up(&office);
    for (unsigned round = 1; round <= 3; round++) {
        for (uint64_t number = 0; number < 1000; number++)
            send_letter(office.ends[0].mailbox, 1, (round - 1) * 1000 + number, no_parts);
        chat_mailbox_post(office.ends[0].mailbox);
        turn(&office);
        assert_int_equal(office.ends[1].woken, round);
        assert_int_equal(office.ends[2].woken, 0);
        assert_true(take(&office.ends[1]));
    }
    chat_mailbox_post(office.ends[0].mailbox);
    turn(&office);
    assert_int_equal(office.ends[1].woken, 3);
    tear_down(&office);
}

static void one_that_looks_by_itself_is_rung_only_while_it_sleeps(void **unused)
{
    struct office office;
    struct end *sender = &office.ends[0], *receiver = &office.ends[1];

    (void)unused;
    set_up(&office);
    chat_mailbox_wake(receiver->mailbox);
    send_letter(sender->mailbox, 1, 0, no_parts);
    chat_mailbox_post(sender->mailbox);
    turn(&office);
    assert_int_equal(receiver->woken, 0);
    assert_false(chat_mailbox_sleep(receiver->mailbox));
    assert_true(take(receiver));
    assert_int_equal(receiver->received, 1);
    for (unsigned round = 1; round <= 2; round++) {
        assert_true(chat_mailbox_sleep(receiver->mailbox));
        send_letter(sender->mailbox, 1, round, no_parts);
        chat_mailbox_post(sender->mailbox);
        turn(&office);
        assert_int_equal(receiver->woken, round);
        chat_mailbox_wake(receiver->mailbox);
        assert_true(take(receiver));
    }
    tear_down(&office);
}

static void an_end_may_write_to_itself(void **unused)
{
    struct office office;

    (void)unused;
    set_up(&office);
    send_letter(office.ends[1].mailbox, 1, 0, no_parts);
    chat_mailbox_post(office.ends[1].mailbox);
    turn(&office);
    assert_int_equal(office.ends[1].woken, 1);
    assert_true(take(&office.ends[1]));
    assert_int_equal(office.ends[1].received, 1);
    tear_down(&office);
}

static void a_letter_may_be_of_any_size(void **unused)
{
    static const size_t sizes[] = {0,     1,     7,     8,         4000,    4096,
                                   65535, 65536, 65537, 64 * 1000, 1 << 20, 3 << 20};
    struct office office;

    (void)unused;
    set_up(&office);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
        send_letter(office.ends[0].mailbox, 1, i, (size_t[]){sizes[i], 3, sizes[i] / 2});
    chat_mailbox_post(office.ends[0].mailbox);
    assert_true(take(&office.ends[1]));
    assert_int_equal(office.ends[1].received, sizeof(sizes) / sizeof(*sizes));
    tear_down(&office);
}

static void what_is_left_stays_before_what_comes_later(void **unused)
{
    struct office office;
    struct end *end = &office.ends[1];

    (void)unused;
    set_up(&office);
    for (uint64_t number = 0; number < 10; number++)
        send_letter(office.ends[0].mailbox, 1, number, no_parts);
    chat_mailbox_post(office.ends[0].mailbox);
    end->take_at_most = 3;
    assert_false(take(end));
    assert_int_equal(end->received, 3);
    for (uint64_t number = 10; number < 15; number++)
        send_letter(office.ends[0].mailbox, 1, number, no_parts);
    chat_mailbox_post(office.ends[0].mailbox);
    assert_false(take(end));
    assert_int_equal(end->received, 6);
    end->take_at_most = 9;
    assert_true(take(end));
    assert_int_equal(end->received, 15);
    tear_down(&office);
}

/* Letters until one more than the limit is under way; returns how many. */
static uint64_t send_until_over(struct office *office)
{
    uint64_t number = 0;
    while (!chat_mailbox_over(office->ends[0].mailbox, ENDS)) {
        assert_true(number < LIMIT);
        send_letter(office->ends[0].mailbox, 1, number++, (size_t[]){1000, 0, 0});
    }
    return number;
}

static void a_sender_is_over_its_limit_from_the_letter_that_passes_it(void **unused)
{
    struct office office;

    (void)unused;
    set_up(&office);
    uint64_t sent = send_until_over(&office);
    assert_in_range(sent, LIMIT / 1100, LIMIT / 1000 + 1);
    assert_false(chat_mailbox_over(office.ends[0].mailbox, 1));
    assert_false(chat_mailbox_over(office.ends[2].mailbox, ENDS));
    tear_down(&office);
}

static void a_sender_is_woken_when_it_is_not_over_any_more(void **unused)
{
    struct office office;
    struct end *sender = &office.ends[0], *receiver = &office.ends[1];

    (void)unused;
    set_up(&office);
    uint64_t sent = send_until_over(&office);
    chat_mailbox_post(sender->mailbox);
    receiver->take_at_most = 1;
    turn(&office);
    assert_int_equal(sender->woken, 0);
    assert_false(take(receiver));
    turn(&office);
    assert_false(chat_mailbox_over(sender->mailbox, ENDS));
    assert_int_equal(sender->woken, 1);
    receiver->take_at_most = 0;
    assert_true(take(receiver));
    turn(&office);
    assert_int_equal(sender->woken, 1);
    assert_int_equal(receiver->received, sent);
    tear_down(&office);
}

static void the_last_end_has_a_bound_of_its_own_and_wakes_who_was_over_it(void **unused)
{
    struct office office;
    struct end *sender = &office.ends[0], *receiver = &office.ends[ENDS - 1];
    const size_t letter = 1000, rest = CHAT_MAILBOX_LAST_BYTES / letter;
    uint64_t sent = 0;

    (void)unused;
    set_up(&office);
    for (; !chat_mailbox_last_over(sender->mailbox); sent++) {
        assert_true(sent <= rest);
        send_letter(sender->mailbox, ENDS - 1, sent, (size_t[]){letter, 0, 0});
    }
    assert_in_range(chat_mailbox_bytes_to(sender->mailbox, ENDS - 1), CHAT_MAILBOX_LAST_BYTES + 1,
                    CHAT_MAILBOX_LAST_BYTES + 2 * letter);
    chat_mailbox_post(sender->mailbox);
    turn(&office);
    assert_int_equal(sender->woken, 0);
    receiver->take_at_most = 1;
    assert_false(take(receiver));
    turn(&office);
    assert_false(chat_mailbox_last_over(sender->mailbox));
    assert_int_equal(sender->woken, 1);
    tear_down(&office);
}

static void one_that_works_is_told_before_it_sleeps_that_it_is_not_over_any_more(void **unused)
{
    struct office office;
    struct end *sender = &office.ends[0], *receiver = &office.ends[1];

    (void)unused;
    set_up(&office);
    send_until_over(&office);
    chat_mailbox_post(sender->mailbox);
    assert_true(chat_mailbox_sleep(sender->mailbox));
    chat_mailbox_wake(sender->mailbox);
    assert_true(take(receiver));
    turn(&office);
    assert_int_equal(sender->woken, 0);
    assert_false(chat_mailbox_sleep(sender->mailbox));
    assert_true(chat_mailbox_sleep(sender->mailbox));
    tear_down(&office);
}

static void the_limit_holds_for_letters_that_are_taken_in_parts(void **unused)
{
    struct office office;
    struct end *receiver = &office.ends[1];

    (void)unused;
    set_up(&office);
    uint64_t sent = send_until_over(&office);
    chat_mailbox_post(office.ends[0].mailbox);
    receiver->take_at_most = 10;
    assert_false(take(receiver));
    for (unsigned i = 0; i < 10; i++)
        send_letter(office.ends[0].mailbox, 1, sent++, (size_t[]){1000, 0, 0});
    assert_true(chat_mailbox_over(office.ends[0].mailbox, ENDS));
    tear_down(&office);
}

static void letters_on_their_way_are_freed_at_the_end(void **unused)
{
    struct office office;

    (void)unused;
    set_up(&office);
    for (unsigned i = 0; i < 3; i++)
        send_letter(office.ends[0].mailbox, 1, i, (size_t[]){100 * 1000, 0, 0});
    chat_mailbox_post(office.ends[0].mailbox);
    office.ends[1].take_at_most = 1;
    assert_false(take(&office.ends[1]));
    send_letter(office.ends[2].mailbox, 1, 0, no_parts);
    chat_mailbox_post(office.ends[2].mailbox);
    send_letter(office.ends[2].mailbox, 0, 0, no_parts);
    tear_down(&office);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_come_in_the_order_of_their_sender),
        cmocka_unit_test(what_is_not_posted_does_not_arrive),
        cmocka_unit_test(a_turns_letters_wake_their_receiver_once),
        cmocka_unit_test(one_that_looks_by_itself_is_rung_only_while_it_sleeps),
        cmocka_unit_test(an_end_may_write_to_itself),
        cmocka_unit_test(a_letter_may_be_of_any_size),
        cmocka_unit_test(what_is_left_stays_before_what_comes_later),
        cmocka_unit_test(a_sender_is_over_its_limit_from_the_letter_that_passes_it),
        cmocka_unit_test(a_sender_is_woken_when_it_is_not_over_any_more),
        cmocka_unit_test(the_last_end_has_a_bound_of_its_own_and_wakes_who_was_over_it),
        cmocka_unit_test(one_that_works_is_told_before_it_sleeps_that_it_is_not_over_any_more),
        cmocka_unit_test(the_limit_holds_for_letters_that_are_taken_in_parts),
        cmocka_unit_test(letters_on_their_way_are_freed_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
