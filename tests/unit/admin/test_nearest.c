/* Which names are near one that is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "admin/nearest.h"

static const char *near(const char *wanted, const char *const *names)
{
    static char sentence[CHAT_NEAREST_TEXT_MAX];
    struct chat_nearest nearest = {.wanted = {wanted, strlen(wanted)}};

    sentence[0] = '\0';
    for (; *names != NULL; names++)
        chat_nearest_see(&nearest, (struct chat_slice){*names, strlen(*names)});
    chat_nearest_say(&nearest, sentence, sizeof(sentence));
    return sentence;
}

#define NEAR(wanted, ...) near(wanted, (const char *const[]){__VA_ARGS__, NULL})

static void a_slip_of_the_hand_is_near(void **unused)
{
    (void)unused;
    assert_string_equal(NEAR("lobby", "loby", "attic"), "; near it: loby");
    assert_string_equal(NEAR("lobby", "Lobby"), "; near it: Lobby");
    assert_string_equal(NEAR("lobby", "lobby-2"), "; near it: lobby-2");
}

static void the_nearest_comes_first_and_three_are_enough(void **unused)
{
    (void)unused;
    assert_string_equal(NEAR("lobby", "lobbyxx", "hobbx", "lobbx", "nobby", "lobby1"),
                        "; near it: lobbx, nobby, lobbyxx");
}

static void what_is_far_is_not_said(void **unused)
{
    (void)unused;
    assert_string_equal(NEAR("lobby", "kitchen", "a", ""), "");
    assert_string_equal(NEAR("a", "lobby"), "");
}

static void a_name_that_comes_again_is_said_once(void **unused)
{
    (void)unused;
    assert_string_equal(NEAR("bob", "bub", "bub"), "; near it: bub");
}

static void the_longest_names_fit(void **unused)
{
    char wanted[CHAT_ID_MAX + 1], name[CHAT_ID_MAX + 1], expected[CHAT_ID_MAX + 20];

    (void)unused;
    memset(wanted, 'a', CHAT_ID_MAX);
    memset(name, 'a', CHAT_ID_MAX);
    wanted[CHAT_ID_MAX] = name[CHAT_ID_MAX] = '\0';
    name[0] = 'b';
    snprintf(expected, sizeof(expected), "; near it: %s", name);
    assert_string_equal(NEAR(wanted, name), expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slip_of_the_hand_is_near),
        cmocka_unit_test(the_nearest_comes_first_and_three_are_enough),
        cmocka_unit_test(what_is_far_is_not_said),
        cmocka_unit_test(a_name_that_comes_again_is_said_once),
        cmocka_unit_test(the_longest_names_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
