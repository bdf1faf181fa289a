/* Letters between ends on one loop: their order, one wake a turn. Their bounds:
 * test_mailbox_bound.c; between threads: test_mailbox_threads.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/random.h"
#include "net/office_fixture.h"

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
        cmocka_unit_test(letters_on_their_way_are_freed_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
