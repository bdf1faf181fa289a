/* The keys of session tickets, by stepped time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "net/ticket.h"

enum { HOUR = CHAT_TICKET_SEALS_S, START = 1000 };

static struct chat_tickets *tickets;

static int setup(void **unused)
{
    (void)unused;
    tickets = chat_tickets_create();
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    chat_tickets_destroy(tickets);
    return 0;
}

static struct chat_ticket_key seal_at(uint64_t now_s)
{
    struct chat_ticket_key key;
    chat_tickets_seal(tickets, now_s, &key);
    return key;
}

static bool is_same(const struct chat_ticket_key *a, const struct chat_ticket_key *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static void one_key_seals_for_an_hour(void **unused)
{
    (void)unused;
    struct chat_ticket_key first = seal_at(START), last = seal_at(START + HOUR - 1);
    struct chat_ticket_key next = seal_at(START + HOUR);
    assert_true(is_same(&first, &last));
    assert_false(is_same(&first, &next));
}

static void a_key_opens_for_three_hours_and_asks_for_renewal_after_one(void **unused)
{
    struct chat_ticket_key first = seal_at(START), found;
    bool is_old;

    (void)unused;
    assert_true(chat_tickets_open(tickets, START + HOUR - 1, first.name, &found, &is_old));
    assert_true(is_same(&first, &found) && !is_old);
    for (unsigned hour = 1; hour < 3; hour++) {
        seal_at(START + hour * HOUR);
        assert_true(chat_tickets_open(tickets, START + hour * HOUR, first.name, &found, &is_old));
        assert_true(is_same(&first, &found) && is_old);
    }
    assert_true(chat_tickets_open(tickets, START + 3 * HOUR - 1, first.name, &found, &is_old));
    assert_false(chat_tickets_open(tickets, START + 3 * HOUR, first.name, &found, &is_old));
}

static void what_nobody_here_sealed_is_not_opened(void **unused)
{
    struct chat_ticket_key first, found;
    unsigned char name[sizeof(first.name)] = {0};
    bool is_old;

    (void)unused;
    assert_false(chat_tickets_open(tickets, START, name, &found, &is_old));
    first = seal_at(START);
    memcpy(name, first.name, sizeof(name));
    name[15] ^= 1;
    assert_false(chat_tickets_open(tickets, START, name, &found, &is_old));
}

/* However long nobody came. */
static void days_later_there_is_a_new_key(void **unused)
{
    struct chat_ticket_key first = seal_at(START), next = seal_at(START + 100 * HOUR), found;
    bool is_old;

    (void)unused;
    assert_false(is_same(&first, &next));
    assert_false(chat_tickets_open(tickets, START + 100 * HOUR, first.name, &found, &is_old));
    assert_true(chat_tickets_open(tickets, START + 100 * HOUR, next.name, &found, &is_old));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_key_seals_for_an_hour, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_opens_for_three_hours_and_asks_for_renewal_after_one,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(what_nobody_here_sealed_is_not_opened, setup, teardown),
        cmocka_unit_test_setup_teardown(days_later_there_is_a_new_key, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
