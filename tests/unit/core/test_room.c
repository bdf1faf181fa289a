/* The room's state by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "core/conn_id.h"
#include "core/limits.h"
#include "core/random.h"
#include "core/room.h"

enum { WORKERS = 4 };

static struct chat_room *make_room(uint32_t max_members)
{
    return chat_room_create(&(struct chat_room_spec){.id = CHAT_SLICE("lobby"),
                                                     .name = CHAT_SLICE("The Lobby"),
                                                     .key = 42,
                                                     .hash = 7,
                                                     .max_members = max_members,
                                                     .workers = WORKERS,
                                                     .now_ms = 1000});
}

/* As the invariants are walked in every build but release. */
static void check(const struct chat_room *room)
{
#ifndef NDEBUG
    chat_room_check(room);
#else
    (void)room;
#endif
}

/* User n: its id, its hash (which collides a lot) and its connection. */
static struct chat_slice user_id(unsigned n, char out[16])
{
    return (struct chat_slice){out, (size_t)snprintf(out, 16, "user-%u", n)};
}

static uint32_t user_hash(unsigned n)
{
    return n % 13;
}

static struct chat_member *add(struct chat_room *room, unsigned n)
{
    char id[16];
    return chat_room_add(room, chat_conn_id(n % WORKERS, n, 1), user_id(n, id), user_hash(n),
                         CHAT_SLICE("Somebody"), 2000 + n);
}

static struct chat_member *find(struct chat_room *room, unsigned n)
{
    char id[16];
    return chat_room_find(room, user_id(n, id), user_hash(n));
}

static void new_room_is_empty_and_unnumbered(void **state)
{
    (void)state;
    struct chat_room *room = make_room(5);
    struct chat_room_facts facts = chat_room_facts(room);

    assert_int_equal(facts.key, 42);
    assert_true(chat_slice_equal(facts.id, CHAT_SLICE("lobby")));
    assert_true(chat_slice_equal(facts.name, CHAT_SLICE("The Lobby")));
    assert_int_equal(facts.members, 0);
    assert_int_equal(facts.max_members, 5);
    assert_int_equal(facts.seq, 0);
    assert_int_equal(facts.created_ms, 1000);
    assert_int_equal(facts.last_ms, 0);
    assert_int_equal(chat_room_place(room)->hash, 7);
    check(room);
    chat_room_destroy(room);
}

static void member_has_what_it_was_added_with(void **state)
{
    (void)state;
    struct chat_room *room = make_room(5);

    const struct chat_member *member = add(room, 3);

    assert_true(chat_slice_equal(chat_member_id(member), CHAT_SLICE("user-3")));
    assert_true(chat_slice_equal(chat_member_name(member), CHAT_SLICE("Somebody")));
    assert_int_equal(member->conn, chat_conn_id(3, 3, 1));
    assert_int_equal(member->joined_ms, 2003);
    check(room);
    chat_room_destroy(room);
}

/* 64 code points of four bytes. */
static void longest_id_and_names_are_kept_whole(void **state)
{
    (void)state;
    char id[CHAT_ID_MAX], name[4 * CHAT_NAME_MAX];
    memset(id, 'i', sizeof(id));
    for (size_t i = 0; i < sizeof(name); i += 4)
        memcpy(name + i, "\U0001F600", 4);
    struct chat_slice long_id = {id, sizeof(id)}, long_name = {name, sizeof(name)};
    struct chat_room *room = chat_room_create(&(struct chat_room_spec){
        .id = long_id, .name = long_name, .max_members = 1, .workers = CHAT_WORKERS_MAX});

    const struct chat_member *member =
        chat_room_add(room, chat_conn_id(CHAT_WORKERS_MAX - 1, 0, 1), long_id, 1, long_name, 1);

    assert_true(chat_slice_equal(chat_room_facts(room).id, long_id));
    assert_true(chat_slice_equal(chat_room_facts(room).name, long_name));
    assert_true(chat_slice_equal(chat_member_id(member), long_id));
    assert_true(chat_slice_equal(chat_member_name(member), long_name));
    assert_int_equal(chat_room_conns_on(room, CHAT_WORKERS_MAX - 1), 1);
    check(room);
    chat_room_destroy(room);
}

static void removed_member_is_not_found(void **state)
{
    (void)state;
    struct chat_room *room = make_room(5);
    struct chat_member *member = add(room, 0);
    add(room, 13); /* the same hash */

    chat_room_remove(room, member);

    assert_null(find(room, 0));
    assert_non_null(find(room, 13));
    assert_int_equal(chat_room_facts(room).members, 1);
    check(room);
    chat_room_destroy(room);
}

static void members_are_counted_by_the_worker_of_their_connection(void **state)
{
    (void)state;
    struct chat_room *room = make_room(10);
    for (unsigned n = 0; n < 6; n++)
        add(room, n);

    chat_room_remove(room, find(room, 2));

    assert_int_equal(chat_room_conns_on(room, 0), 2);
    assert_int_equal(chat_room_conns_on(room, 1), 2);
    assert_int_equal(chat_room_conns_on(room, 2), 0);
    assert_int_equal(chat_room_conns_on(room, 3), 1);
    check(room);
    chat_room_destroy(room);
}

static void messages_are_numbered_from_one(void **state)
{
    (void)state;
    struct chat_room *room = make_room(5);

    for (uint64_t seq = 1; seq <= 100; seq++)
        assert_int_equal(chat_room_say(room, 5000 + (int64_t)seq), seq);

    assert_int_equal(chat_room_facts(room).seq, 100);
    assert_int_equal(chat_room_facts(room).last_ms, 5100);
    check(room);
    chat_room_destroy(room);
}

static void members_stand_in_order_of_joining(void **state)
{
    (void)state;
    struct chat_room *room = make_room(10);
    const unsigned joined[] = {5, 2, 9, 1};
    for (unsigned i = 0; i < 4; i++)
        add(room, joined[i]);
    chat_room_remove(room, find(room, 2));
    add(room, 2);

    const unsigned expected[] = {5, 9, 1, 2};
    struct chat_link *link = chat_room_members(room)->first;
    for (unsigned i = 0; i < 4; i++, link = link->next)
        assert_ptr_equal(chat_member_of(link), find(room, expected[i]));
    assert_null(link);
    chat_room_destroy(room);
}

enum { USERS = 200 };

/* A random hour in the room; in the end of each listing, whoever sat throughout it was listed
 * exactly once. */
static void member_who_sits_throughout_a_listing_is_listed_exactly_once(void **state)
{
    (void)state;
    struct chat_room *room = make_room(USERS);
    struct random random = {31};
    static bool sat_throughout[USERS];
    static unsigned listed[USERS];
    struct chat_cursor cursor;
    chat_cursor_open(&cursor, chat_room_members(room));

    for (unsigned step = 0; step < 30000; step++) {
        if (random_below(&random, 3) == 0) {
            unsigned n = random_below(&random, USERS);
            struct chat_member *member = find(room, n);
            if (member != NULL)
                chat_room_remove(room, member);
            else
                add(room, n);
            sat_throughout[n] = false;
            listed[n] = member != NULL ? listed[n] : 0;
            assert_int_equal(find(room, n) == NULL, member != NULL);
            if (step % 16 == 0)
                check(room);
            continue;
        }
        struct chat_link *link = chat_cursor_next(&cursor);
        if (link != NULL) {
            unsigned n = chat_conn_id_slot(chat_member_of(link)->conn);
            assert_int_equal(listed[n]++, 0);
            continue;
        }
        chat_cursor_close(&cursor, chat_room_members(room));
        for (unsigned n = 0; n < USERS; n++) {
            assert_true(!sat_throughout[n] || listed[n] == 1);
            sat_throughout[n] = find(room, n) != NULL;
            listed[n] = 0;
        }
        chat_cursor_open(&cursor, chat_room_members(room));
    }
    chat_cursor_close(&cursor, chat_room_members(room));
    chat_room_destroy(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_room_is_empty_and_unnumbered),
        cmocka_unit_test(member_has_what_it_was_added_with),
        cmocka_unit_test(longest_id_and_names_are_kept_whole),
        cmocka_unit_test(removed_member_is_not_found),
        cmocka_unit_test(members_are_counted_by_the_worker_of_their_connection),
        cmocka_unit_test(messages_are_numbered_from_one),
        cmocka_unit_test(members_stand_in_order_of_joining),
        cmocka_unit_test(member_who_sits_throughout_a_listing_is_listed_exactly_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
