/* What a token lets its bearer do, room by room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/claims.h"
#include "core/limits.h"

static struct chat_slice slice(const char *text)
{
    return (struct chat_slice){text, strlen(text)};
}

static struct chat_claims *claims_of(const char *user, const char *name)
{
    return chat_claims_create(slice(user), slice(name), 5000);
}

static unsigned rights(const struct chat_claims *claims, const char *room)
{
    return chat_claims_rights(claims, slice(room));
}

static void who_has_no_claims_may_do_all_but_moderate(void **state)
{
    (void)state;
    assert_int_equal(rights(NULL, "lobby"), CHAT_MAY_CREATE | CHAT_MAY_JOIN | CHAT_MAY_SEND);
}

static void claims_say_who_and_until_when(void **state)
{
    (void)state;
    struct chat_claims *claims = claims_of("ann", "Ann Who");
    assert_true(chat_slice_equal(chat_claims_user(claims), CHAT_SLICE("ann")));
    assert_true(chat_slice_equal(chat_claims_name(claims), CHAT_SLICE("Ann Who")));
    assert_int_equal(chat_claims_expires_ms(claims), 5000);
    assert_int_equal(rights(claims, "lobby"), CHAT_RIGHTS_DEFAULT | CHAT_VERIFIED);
    chat_claims_destroy(claims);
}

static void a_limited_user_may_what_is_granted_and_nothing_else(void **state)
{
    (void)state;
    struct chat_claims *claims = claims_of("ann", "ann");
    chat_claims_limit(claims);
    assert_int_equal(rights(claims, "lobby"), CHAT_VERIFIED);
    claims = chat_claims_grant(claims, CHAT_MAY_JOIN, CHAT_SLICE("lobby"));
    claims = chat_claims_grant(claims, CHAT_MAY_SEND, CHAT_SLICE("lobby"));
    claims = chat_claims_grant(claims, CHAT_MAY_MODERATE, CHAT_SLICE("team-*"));

    assert_int_equal(rights(claims, "lobby"), CHAT_VERIFIED | CHAT_MAY_JOIN | CHAT_MAY_SEND);
    assert_int_equal(rights(claims, "team-1"), CHAT_VERIFIED | CHAT_MAY_MODERATE);
    assert_int_equal(rights(claims, "lobby2"), CHAT_VERIFIED);
    assert_true(chat_slice_equal(chat_claims_user(claims), CHAT_SLICE("ann")));
    chat_claims_destroy(claims);
}

static void grants_add_up_over_patterns(void **state)
{
    (void)state;
    struct chat_claims *claims = claims_of("ann", "ann");
    claims = chat_claims_grant(claims, CHAT_MAY_MODERATE, CHAT_SLICE("*"));
    assert_int_equal(rights(claims, "x"), CHAT_RIGHTS_DEFAULT | CHAT_VERIFIED | CHAT_MAY_MODERATE);
    chat_claims_destroy(claims);
}

static void assert_fits(const char *pattern, const char *room, bool expected)
{
    struct chat_claims *claims = claims_of("ann", "ann");
    chat_claims_limit(claims);
    claims = chat_claims_grant(claims, CHAT_MAY_JOIN, slice(pattern));
    assert_int_equal((rights(claims, room) & CHAT_MAY_JOIN) != 0, expected);
    chat_claims_destroy(claims);
}

static void a_star_stands_for_any_run_of_characters(void **state)
{
    (void)state;
    assert_fits("*", "a", true);
    assert_fits("a", "a", true);
    assert_fits("a", "b", false);
    assert_fits("a", "aa", false);
    assert_fits("aa", "a", false);
    assert_fits("A", "a", false);
    assert_fits("a*", "a", true);
    assert_fits("a*", "abc", true);
    assert_fits("a*", "ba", false);
    assert_fits("*a", "ba", true);
    assert_fits("*a", "ab", false);
    assert_fits("a*c", "abc", true);
    assert_fits("a*c", "abcb", false);
    assert_fits("a*b*c", "a-bb-c", true);
    assert_fits("a*b*c", "a-c", false);
    assert_fits("**", "x", true);
    assert_fits("a.c", "abc", false);
    assert_fits("*ab", "aab", true);
    assert_fits("*aab", "aaab", true);
}

static void the_worst_pattern_is_still_judged_at_once(void **state)
{
    (void)state;
    assert_fits("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false);
}

static void there_is_a_bound_of_grants(void **state)
{
    (void)state;
    struct chat_claims *claims = claims_of("ann", "ann");
    for (int i = 0; i < CHAT_CLAIMS_GRANTS_MAX; i++) {
        claims = chat_claims_grant(claims, CHAT_MAY_JOIN, CHAT_SLICE("nowhere"));
        assert_non_null(claims);
    }
    assert_null(chat_claims_grant(claims, CHAT_MAY_MODERATE, CHAT_SLICE("*")));
    assert_int_equal(rights(claims, "lobby"), CHAT_RIGHTS_DEFAULT | CHAT_VERIFIED);
    chat_claims_destroy(claims);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_no_claims_may_do_all_but_moderate),
        cmocka_unit_test(claims_say_who_and_until_when),
        cmocka_unit_test(a_limited_user_may_what_is_granted_and_nothing_else),
        cmocka_unit_test(grants_add_up_over_patterns),
        cmocka_unit_test(a_star_stands_for_any_run_of_characters),
        cmocka_unit_test(the_worst_pattern_is_still_judged_at_once),
        cmocka_unit_test(there_is_a_bound_of_grants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
