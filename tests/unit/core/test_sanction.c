/* Who is banned or muted where, and until when; then random work against a list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "core/random.h"
#include "core/sanction.h"

static const struct chat_secrets secrets = {.hash_key = "a key"};
static struct chat_sanctions table;

static int setup(void **state)
{
    (void)state;
    table = (struct chat_sanctions){.secrets = &secrets};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    chat_sanctions_finish(&table);
    return 0;
}

static struct chat_slice slice(const char *text)
{
    return (struct chat_slice){text, strlen(text)};
}

static struct chat_sanction of_user(const char *user, const char *room)
{
    return (struct chat_sanction){.id = 1, .user = slice(user), .room = slice(room)};
}

/* 10.0.0.0 with so many bits of IPv4. */
static struct chat_sanction of_net(unsigned bits, const char *room)
{
    struct chat_sanction sanction = {.id = 1, .room = slice(room)};

    sanction.addresses.bits = (uint8_t)(96 + bits);
    sanction.addresses.ip[10] = sanction.addresses.ip[11] = 0xff;
    sanction.addresses.ip[12] = bits > 0 ? 10 : 0;
    return sanction;
}

static void put(struct chat_sanction sanction)
{
    assert_true(chat_sanctions_put(&table, &sanction));
}

static uint64_t ban_of(const char *user, const unsigned char *ip, const char *room, int64_t now)
{
    struct chat_suspect suspect = {slice(user), ip};
    const struct chat_sanction *found =
        chat_sanctions_find(&table, CHAT_SANCTION_BAN, &suspect, slice(room), now);
    return found != NULL ? found->id : 0;
}

static const unsigned char ten_1_2_3[16] = {[10] = 0xff, 0xff, 10, 1, 2, 3};
static const unsigned char ten_0_0_9[16] = {[10] = 0xff, 0xff, 10, 0, 0, 9};
static const unsigned char real_v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};

static void an_empty_table_bans_nobody(void **state)
{
    (void)state;
    assert_int_equal(ban_of("u", ten_1_2_3, "r", 0), 0);
}

static void a_ban_from_the_server_holds_in_every_room_one_from_a_room_only_there(void **state)
{
    (void)state;
    put(of_user("everywhere", ""));
    put(of_user("here", "r"));

    assert_int_equal(ban_of("everywhere", NULL, "", 0), 1);
    assert_int_equal(ban_of("everywhere", NULL, "r", 0), 1);
    assert_int_equal(ban_of("here", NULL, "r", 0), 1);
    assert_int_equal(ban_of("here", NULL, "", 0), 0);
    assert_int_equal(ban_of("here", NULL, "rr", 0), 0);
    assert_int_equal(ban_of("her", NULL, "er", 0), 0);
}

static void a_ban_mutes_nobody_and_a_mute_bans_nobody(void **state)
{
    (void)state;
    struct chat_sanction mute = of_user("u", "");
    struct chat_suspect suspect = {slice("u"), NULL};

    mute.kind = CHAT_SANCTION_MUTE;
    put(mute);
    assert_int_equal(ban_of("u", NULL, "r", 0), 0);
    assert_non_null(chat_sanctions_find(&table, CHAT_SANCTION_MUTE, &suspect, slice("r"), 0));
    assert_true(chat_sanctions_remove(&table, &mute));
    put(of_user("u", ""));
    assert_null(chat_sanctions_find(&table, CHAT_SANCTION_MUTE, &suspect, slice("r"), 0));
}

static void a_prefix_meets_its_addresses_and_no_others(void **state)
{
    (void)state;
    put(of_net(16, ""));

    assert_int_equal(ban_of("", ten_0_0_9, "", 0), 1);
    assert_int_equal(ban_of("", ten_1_2_3, "", 0), 0);
    put(of_net(8, ""));
    assert_int_equal(ban_of("", ten_1_2_3, "", 0), 1);
    assert_int_equal(ban_of("", real_v6, "", 0), 0);
    assert_int_equal(ban_of("", NULL, "", 0), 0);
}

static void all_of_ipv4_leaves_ipv6_alone_and_no_bits_meet_everyone(void **state)
{
    (void)state;
    struct chat_sanction everyone = {.id = 7};

    put(of_net(0, ""));
    assert_int_equal(ban_of("", ten_1_2_3, "", 0), 1);
    assert_int_equal(ban_of("", real_v6, "", 0), 0);
    put(everyone);
    assert_int_equal(ban_of("", real_v6, "", 0), 7);
    assert_int_equal(ban_of("", ten_1_2_3, "", 0), 1); /* the longest first */
}

static void a_ban_is_over_at_its_time_and_not_before(void **state)
{
    (void)state;
    struct chat_sanction ban = of_user("u", "");

    ban.expires_ms = 1000;
    put(ban);
    assert_int_equal(ban_of("u", NULL, "", 999), 1);
    assert_int_equal(ban_of("u", NULL, "", 1000), 0);
}

static void an_expired_ban_does_not_hide_one_that_holds(void **state)
{
    (void)state;
    struct chat_sanction ban = of_user("u", ""), wider = of_net(8, "r");

    ban.expires_ms = 1000;
    put(ban);
    ban = of_user("u", "r");
    ban.id = 2;
    put(ban);
    assert_int_equal(ban_of("u", NULL, "r", 1000), 2);
    chat_sanctions_remove(&table, &ban);
    wider.id = 3;
    put(wider);
    ban = of_net(16, "r");
    ban.expires_ms = 1000;
    put(ban);
    assert_int_equal(ban_of("u", ten_0_0_9, "r", 1000), 3);
}

static void the_same_again_takes_its_place_and_keeps_its_hits(void **state)
{
    (void)state;
    struct chat_sanction ban = of_user("u", "r");

    put(ban);
    chat_sanctions_same(&table, &ban)->hits = 5;
    ban.reason = slice("again");
    put(ban);
    assert_int_equal(table.table.count, 1);
    assert_int_equal(chat_sanctions_same(&table, &ban)->hits, 5);
    assert_int_equal(chat_sanctions_same(&table, &ban)->reason.length, 5);
}

static void what_was_removed_is_gone(void **state)
{
    (void)state;
    struct chat_sanction ban = of_user("u", ""), net = of_net(8, "");

    put(ban);
    put(net);
    assert_true(chat_sanctions_remove(&table, &ban));
    assert_true(chat_sanctions_remove(&table, &net));
    assert_false(chat_sanctions_remove(&table, &ban));
    assert_int_equal(ban_of("u", ten_0_0_9, "", 0), 0);
    assert_int_equal(table.count[CHAT_SANCTION_BAN], 0);
    assert_int_equal(table.prefixes[104], 0);
}

static void meets_asks_neither_for_the_room_nor_for_the_time(void **state)
{
    (void)state;
    struct chat_sanction user = of_user("u", "r"), net = of_net(8, "r");
    struct chat_suspect suspect = {slice("u"), ten_1_2_3}, other = {slice("v"), real_v6};
    struct chat_suspect nobody = {slice(""), NULL};

    assert_true(chat_sanction_meets(&user, &suspect));
    assert_true(chat_sanction_meets(&net, &suspect));
    assert_false(chat_sanction_meets(&user, &other));
    assert_false(chat_sanction_meets(&net, &other));
    assert_false(chat_sanction_meets(&net, &nobody));
}

static void packed_it_is_the_same(void **state)
{
    (void)state;
    char bytes[CHAT_SANCTION_BYTES];
    struct chat_sanction ban = of_user("u", "r"), back;

    ban.reason = slice("why");
    ban.by = slice("root");
    ban.expires_ms = 12;
    back = chat_sanction_unpack(chat_sanction_pack(&ban, bytes));
    assert_true(chat_slice_equal(back.user, ban.user));
    assert_true(chat_slice_equal(back.room, ban.room));
    assert_true(chat_slice_equal(back.reason, ban.reason));
    assert_true(chat_slice_equal(back.by, ban.by));
    assert_int_equal(back.expires_ms, 12);
}

static void the_table_is_full_at_its_bound_and_not_before(void **state)
{
    (void)state;
    char user[32];
    struct chat_sanction one;

    for (unsigned i = 0; i < CHAT_SANCTIONS_MAX; i++) {
        snprintf(user, sizeof(user), "user%u", i);
        put(of_user(user, ""));
    }
    one = of_user("one-more", "");
    assert_false(chat_sanctions_put(&table, &one));
    assert_int_equal(ban_of("one-more", NULL, "", 0), 0);
    put(of_user("user7", "")); /* one that is there can still be changed */
    one = of_user("user8", "");
    assert_true(chat_sanctions_remove(&table, &one));
    put(of_user("one-more", ""));
}

/* Random puts, removals and questions over few users, rooms and prefixes, against a plain array. */
enum { USERS = 4, ROOMS = 3, PREFIXES = 5, SUBJECTS = (USERS + PREFIXES) * ROOMS };

static struct chat_sanction subject(unsigned number, char text[2][8])
{
    unsigned target = number / ROOMS, room = number % ROOMS;
    struct chat_sanction sanction = {.id = number + 1};

    snprintf(text[1], 8, room == 0 ? "" : "r%u", room);
    sanction.room = slice(text[1]);
    if (target >= USERS)
        return (struct chat_sanction){.id = number + 1,
                                      .room = sanction.room,
                                      .addresses = {.bits = (uint8_t)(target - USERS)}};
    snprintf(text[0], 8, "u%u", target);
    sanction.user = slice(text[0]);
    return sanction;
}

static bool decides(unsigned number, unsigned user, unsigned room)
{
    unsigned target = number / ROOMS, scope = number % ROOMS;
    return (scope == 0 || scope == room) && (target == user || target >= USERS);
}

static void random_work_finds_what_a_list_finds(void **state)
{
    (void)state;
    static const unsigned char zero[16];
    struct random random = {1};
    bool there[SUBJECTS] = {false};
    char text[2][8];

    for (unsigned step = 0; step < 20000; step++) {
        unsigned number = random_below(&random, SUBJECTS), user = random_below(&random, USERS);
        unsigned room = random_below(&random, ROOMS);
        struct chat_sanction sanction = subject(number, text);
        bool expected = false;

        if (random_below(&random, 3) == 0)
            put(sanction);
        else
            assert_int_equal(chat_sanctions_remove(&table, &sanction), there[number]);
        there[number] = chat_sanctions_same(&table, &sanction) != NULL;
        for (unsigned i = 0; i < SUBJECTS; i++)
            expected = expected || (there[i] && decides(i, user, room));
        struct chat_sanction asked = subject(user * ROOMS + room, text);
        struct chat_suspect suspect = {asked.user, zero};
        assert_int_equal(chat_sanctions_find(&table, CHAT_SANCTION_BAN, &suspect, asked.room, 0) !=
                             NULL,
                         expected);
    }
}

static void each_is_visited_once(void **state)
{
    (void)state;
    uint32_t at = 0;
    unsigned seen = 0;
    char text[2][8];

    for (unsigned i = 0; i < SUBJECTS; i++)
        put(subject(i, text));
    for (struct chat_sanction *each; (each = chat_sanctions_next(&table, &at)) != NULL; seen++)
        each->hits++;
    assert_int_equal(seen, SUBJECTS);
    at = 0;
    for (struct chat_sanction *each; (each = chat_sanctions_next(&table, &at)) != NULL;)
        assert_int_equal(each->hits, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_empty_table_bans_nobody),
        TEST(a_ban_from_the_server_holds_in_every_room_one_from_a_room_only_there),
        TEST(a_ban_mutes_nobody_and_a_mute_bans_nobody),
        TEST(a_prefix_meets_its_addresses_and_no_others),
        TEST(all_of_ipv4_leaves_ipv6_alone_and_no_bits_meet_everyone),
        TEST(a_ban_is_over_at_its_time_and_not_before),
        TEST(an_expired_ban_does_not_hide_one_that_holds),
        TEST(the_same_again_takes_its_place_and_keeps_its_hits),
        TEST(what_was_removed_is_gone),
        TEST(meets_asks_neither_for_the_room_nor_for_the_time),
        TEST(packed_it_is_the_same),
        TEST(the_table_is_full_at_its_bound_and_not_before),
        TEST(random_work_finds_what_a_list_finds),
        TEST(each_is_visited_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
