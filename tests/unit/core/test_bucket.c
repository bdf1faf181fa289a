/* Token buckets with the time in the test's hands, and the pace of a connection (PROTOCOL §7). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/bucket.h"

/* Takes one if it can be taken. */
static bool take(struct chat_bucket *bucket, const struct chat_rate *rate, uint64_t now_ms)
{
    if (chat_bucket_wait_ms(bucket, rate, now_ms) != 0)
        return false;
    chat_bucket_take(bucket, rate, now_ms);
    return true;
}

static unsigned take_all(struct chat_bucket *bucket, const struct chat_rate *rate, uint64_t now_ms)
{
    unsigned n = 0;
    while (n < 100000 && take(bucket, rate, now_ms))
        n++;
    return n;
}

static void a_new_bucket_holds_its_burst_and_no_more(void **state)
{
    (void)state;
    struct chat_rate rate = chat_rate_of(20, 40);
    struct chat_bucket early = {0}, late = {0};
    assert_int_equal(take_all(&early, &rate, 0), 40);
    assert_int_equal(take_all(&late, &rate, 123456789), 40);
}

static void it_fills_at_its_rate(void **state)
{
    (void)state;
    struct chat_rate rate = chat_rate_of(20, 40);
    struct chat_bucket bucket = {0};
    uint64_t now = 1000;
    take_all(&bucket, &rate, now);
    assert_int_equal(take_all(&bucket, &rate, now + 49), 0);
    assert_int_equal(take_all(&bucket, &rate, now + 50), 1);
    assert_int_equal(take_all(&bucket, &rate, now + 149), 1);
    assert_int_equal(take_all(&bucket, &rate, now + 150), 1);
    assert_int_equal(take_all(&bucket, &rate, now + 1150), 20);
}

static void it_never_holds_more_than_its_burst(void **state)
{
    (void)state;
    struct chat_rate rate = chat_rate_of(20, 40);
    struct chat_bucket bucket = {0};
    take_all(&bucket, &rate, 5);
    assert_int_equal(take_all(&bucket, &rate, UINT64_C(1) << 42), 40);
}

static void the_wait_is_the_first_moment_at_which_it_passes(void **state)
{
    static const uint32_t rates[] = {1, 3, 7, 20, 999, 1000};
    (void)state;
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        struct chat_rate rate = chat_rate_of(rates[i], 2);
        struct chat_bucket bucket = {0};
        uint64_t now = 77;
        take_all(&bucket, &rate, now);
        uint64_t wait = chat_bucket_wait_ms(&bucket, &rate, now);
        assert_in_range(wait, 1, 1000);
        assert_int_equal(chat_bucket_wait_ms(&bucket, &rate, now + wait - 1), 1);
        assert_false(take(&bucket, &rate, now + wait - 1));
        assert_true(take(&bucket, &rate, now + wait));
    }
}

static void a_rate_that_no_millisecond_divides_is_kept_over_time(void **state)
{
    static const uint32_t rates[] = {1, 3, 7, 1500, 2999};
    (void)state;
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        struct chat_rate rate = chat_rate_of(rates[i], 5);
        struct chat_bucket bucket = {0};
        unsigned taken = 0;
        for (uint64_t now = 0; now <= 60000; now++)
            taken += take_all(&bucket, &rate, now);
        assert_in_range(taken, 60 * rates[i] + 4, 60 * rates[i] + 6);
    }
}

static void a_rate_of_nothing_is_no_limit(void **state)
{
    (void)state;
    struct chat_rate rate = chat_rate_of(0, 40);
    struct chat_bucket bucket = {0};
    assert_int_equal(take_all(&bucket, &rate, 9), 100000);
}

static void the_largest_numbers_do_not_overflow(void **state)
{
    (void)state;
    struct chat_rate slow = chat_rate_of(1, UINT32_C(1) << 31);
    struct chat_bucket bucket = {0};
    uint64_t now = UINT64_C(1) << 43; /* 278 years */
    assert_int_equal(take_all(&bucket, &slow, now), 100000);
    bucket.full_ns += ((UINT64_C(1) << 31) - 100000) * slow.token_ns;
    assert_int_equal(chat_bucket_wait_ms(&bucket, &slow, now), 1000);
}

static const struct chat_pace_limits *limits_of(uint32_t violations)
{
    static struct chat_pace_limits limits;
    limits = (struct chat_pace_limits){chat_rate_of(20, 2), chat_rate_of(5, 1), violations};
    return &limits;
}

static void joins_and_messages_have_buckets_of_their_own_and_pings_none(void **state)
{
    const struct chat_pace_limits *limits = limits_of(0);
    struct chat_pace pace = {0};

    (void)state;
    chat_pace_charge(&pace, limits, CHAT_CHARGE_JOINS, 0);
    assert_int_equal(chat_pace_wait_ms(&pace, limits, CHAT_CHARGE_JOINS, 0), 200);
    assert_int_equal(chat_pace_wait_ms(&pace, limits, CHAT_CHARGE_MESSAGES, 0), 0);
    chat_pace_charge(&pace, limits, CHAT_CHARGE_MESSAGES, 0);
    chat_pace_charge(&pace, limits, CHAT_CHARGE_MESSAGES, 0);
    assert_int_equal(chat_pace_wait_ms(&pace, limits, CHAT_CHARGE_MESSAGES, 0), 50);
    assert_int_equal(chat_pace_wait_ms(&pace, limits, CHAT_CHARGE_JOINS, 200), 0);
    for (unsigned i = 0; i < 100; i++)
        chat_pace_charge(&pace, limits, CHAT_CHARGE_NOTHING, 0);
    assert_int_equal(chat_pace_wait_ms(&pace, limits, CHAT_CHARGE_NOTHING, 0), 0);
}

static void to_ask_how_long_costs_nothing(void **state)
{
    const struct chat_pace_limits *limits = limits_of(0);
    struct chat_pace pace = {0};

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(chat_pace_wait_ms(&pace, limits, CHAT_CHARGE_JOINS, 0), 0);
}

static void what_has_no_known_type_asks_like_a_message(void **state)
{
    (void)state;
    assert_int_equal(chat_charge_of(CHAT_REQUESTS), CHAT_CHARGE_MESSAGES);
    assert_int_equal(chat_charge_of(CHAT_REQUEST_ping), CHAT_CHARGE_NOTHING);
    assert_int_equal(chat_charge_of(CHAT_REQUEST_join), CHAT_CHARGE_JOINS);
    assert_int_equal(chat_charge_of(CHAT_REQUEST_create_room), CHAT_CHARGE_JOINS);
    assert_int_equal(chat_charge_of(CHAT_REQUEST_leave), CHAT_CHARGE_MESSAGES);
}

static void so_many_refusals_in_a_row_are_too_many(void **state)
{
    const struct chat_pace_limits *limits = limits_of(3);
    struct chat_pace pace = {0};

    (void)state;
    assert_false(chat_pace_refuse(&pace, limits));
    assert_false(chat_pace_refuse(&pace, limits));
    assert_true(chat_pace_refuse(&pace, limits));
}

static void a_request_that_passes_ends_the_row_and_a_ping_does_not(void **state)
{
    const struct chat_pace_limits *limits = limits_of(2);
    struct chat_pace pace = {0};

    (void)state;
    assert_false(chat_pace_refuse(&pace, limits));
    chat_pace_charge(&pace, limits, CHAT_CHARGE_JOINS, 0);
    assert_false(chat_pace_refuse(&pace, limits));
    chat_pace_charge(&pace, limits, CHAT_CHARGE_NOTHING, 0);
    assert_true(chat_pace_refuse(&pace, limits));
}

static void without_a_bound_no_refusal_is_too_many(void **state)
{
    const struct chat_pace_limits *limits = limits_of(0);
    struct chat_pace pace = {0};

    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        assert_false(chat_pace_refuse(&pace, limits));
}

static void a_faster_rate_helps_who_has_nothing_left(void **state)
{
    (void)state;
    struct chat_rate slow = chat_rate_of(1, 40), fast = chat_rate_of(1000, 40);
    struct chat_bucket bucket = {0};
    take_all(&bucket, &slow, 0);
    assert_int_equal(take_all(&bucket, &fast, 0), 0);
    assert_int_equal(take_all(&bucket, &fast, 1), 1);
    assert_int_equal(take_all(&bucket, &fast, 1000), 40);
}

static void a_bound_that_falls_below_the_row_is_passed_by_the_next(void **state)
{
    struct chat_pace pace = {0};

    (void)state;
    for (unsigned i = 0; i < 5; i++)
        assert_false(chat_pace_refuse(&pace, limits_of(100)));
    assert_true(chat_pace_refuse(&pace, limits_of(3)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_faster_rate_helps_who_has_nothing_left),
        cmocka_unit_test(a_bound_that_falls_below_the_row_is_passed_by_the_next),
        cmocka_unit_test(a_new_bucket_holds_its_burst_and_no_more),
        cmocka_unit_test(it_fills_at_its_rate),
        cmocka_unit_test(it_never_holds_more_than_its_burst),
        cmocka_unit_test(the_wait_is_the_first_moment_at_which_it_passes),
        cmocka_unit_test(a_rate_that_no_millisecond_divides_is_kept_over_time),
        cmocka_unit_test(a_rate_of_nothing_is_no_limit),
        cmocka_unit_test(the_largest_numbers_do_not_overflow),
        cmocka_unit_test(joins_and_messages_have_buckets_of_their_own_and_pings_none),
        cmocka_unit_test(to_ask_how_long_costs_nothing),
        cmocka_unit_test(what_has_no_known_type_asks_like_a_message),
        cmocka_unit_test(so_many_refusals_in_a_row_are_too_many),
        cmocka_unit_test(a_request_that_passes_ends_the_row_and_a_ping_does_not),
        cmocka_unit_test(without_a_bound_no_refusal_is_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
