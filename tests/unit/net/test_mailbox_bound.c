/* How much may be under way between two ends, and who is woken when it is less again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/office_fixture.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sender_is_over_its_limit_from_the_letter_that_passes_it),
        cmocka_unit_test(a_sender_is_woken_when_it_is_not_over_any_more),
        cmocka_unit_test(the_last_end_has_a_bound_of_its_own_and_wakes_who_was_over_it),
        cmocka_unit_test(one_that_works_is_told_before_it_sleeps_that_it_is_not_over_any_more),
        cmocka_unit_test(the_limit_holds_for_letters_that_are_taken_in_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
