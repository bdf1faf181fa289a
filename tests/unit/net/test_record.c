/* How often a line may be written. */
#include "net/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void a_gate_lets_its_number_pass_in_a_second(void **state)
{
    (void)state;
    struct chat_record_gate gate = {0};
    unsigned suppressed = 9;

    assert_true(chat_record_pass(&gate, 2, 100, &suppressed));
    assert_int_equal(suppressed, 0);
    assert_true(chat_record_pass(&gate, 2, 100, &suppressed));
    assert_false(chat_record_pass(&gate, 2, 100, &suppressed));
    assert_false(chat_record_pass(&gate, 2, 100, &suppressed));
}

static void the_next_line_says_how_many_did_not_pass(void **state)
{
    (void)state;
    struct chat_record_gate gate = {0};
    unsigned suppressed = 0;

    for (unsigned i = 0; i < 5; i++)
        (void)chat_record_pass(&gate, 2, 100, &suppressed);
    assert_true(chat_record_pass(&gate, 2, 101, &suppressed));
    assert_int_equal(suppressed, 3);
    assert_true(chat_record_pass(&gate, 2, 101, &suppressed));
    assert_int_equal(suppressed, 0);
}

static void keys_are_what_the_journal_takes(void **state)
{
    (void)state;
#define LOG(event, level, per_second, fields, doc)                                                 \
    assert_true(strspn(fields, "abcdefghijklmnopqrstuvwxyz_ ") == strlen(fields));                 \
    assert_true(strlen(doc) > 0);
#include "net/log.def"
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gate_lets_its_number_pass_in_a_second),
        cmocka_unit_test(the_next_line_says_how_many_did_not_pass),
        cmocka_unit_test(keys_are_what_the_journal_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
