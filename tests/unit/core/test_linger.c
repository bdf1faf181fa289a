/* How long rooms live: rooms.linger, and the rooms of the configuration (PROTOCOL §3). */
#include "core/asking.h"

static void empty_room_lingers_with_its_epoch_and_seq(void **state)
{
    (void)state;
    struct recording_port *port =
        recording_open((struct chat_limits){.room_members_max = 9, .linger_ms = 500});
    create_room(port, ANN, "lobby");
    say(port, ANN, "lobby", "hello");
    leave(port, ANN, "lobby");
    pass(port, 499);
    forget(port);

    join(port, BEN, "lobby");

    expect(port, "seat ben: join_success room_id=lobby user_id=ben room_name=Room seq=1 "
                 "oldest_seq=2 epoch=#1 members=1 session=#3\n"
                 "all of lobby, by ben: user_joined room_id=lobby user_id=ben user_name=Ben "
                 "message_time=1499\n");
    recording_close(port);
}

static void lingering_room_keeps_its_id_and_its_place_in_the_limit(void **state)
{
    (void)state;
    struct recording_port *port =
        recording_open((struct chat_limits){.room_members_max = 9, .linger_ms = 500});
    port->rooms_max = 1;
    create_room(port, ANN, "lobby");
    gone(port, ANN, "lobby");
    forget(port);

    create_room(port, BEN, "lobby");
    create_room(port, BEN, "attic");

    expect(port, "refuse ben: create_room_error/room_exists\n"
                 "refuse ben: create_room_error/too_many_rooms\n");
    recording_close(port);
}

static void room_ends_exactly_when_it_has_lingered(void **state)
{
    (void)state;
    struct recording_port *port =
        recording_open((struct chat_limits){.room_members_max = 9, .linger_ms = 500});
    create_room(port, ANN, "lobby");
    leave(port, ANN, "lobby");

    pass(port, 499);
    assert_true(room_lives(port, "lobby"));
    pass(port, 1);
    assert_false(room_lives(port, "lobby"));
    assert_int_equal(port->rooms, 0);
    recording_close(port);
}

/* A request that comes in the same moment as the sweep, but before it. */
static void room_that_has_lingered_is_gone_for_requests_too(void **state)
{
    (void)state;
    struct recording_port *port =
        recording_open((struct chat_limits){.room_members_max = 9, .linger_ms = 500});
    port->rooms_max = 1;
    create_room(port, ANN, "lobby");
    leave(port, ANN, "lobby");
    forget(port);

    port->now.mono_ms += 499;
    create_room(port, BEN, "attic");
    expect(port, "refuse ben: create_room_error/too_many_rooms\n");
    port->now.mono_ms += 1;
    join(port, BEN, "lobby");
    expect(port, "refuse ben: join_room_error/room_not_found\n");

    create_room(port, BEN, "lobby");
    expect(port, "seat ben: new_room room_id=lobby author_id=ben room_name=Room seq=0 epoch=#3 "
                 "session=#4\n");
    recording_close(port);
}

static void who_came_back_in_time_makes_the_room_linger_anew(void **state)
{
    (void)state;
    struct recording_port *port =
        recording_open((struct chat_limits){.room_members_max = 9, .linger_ms = 500});
    create_room(port, ANN, "lobby");
    leave(port, ANN, "lobby");
    pass(port, 400);
    join(port, ANN, "lobby");
    pass(port, 10000);
    leave(port, ANN, "lobby");

    pass(port, 499);
    assert_true(room_lives(port, "lobby"));
    pass(port, 1);
    assert_false(room_lives(port, "lobby"));
    recording_close(port);
}

static void rooms_end_each_at_its_own_time(void **state)
{
    (void)state;
    struct recording_port *port =
        recording_open((struct chat_limits){.room_members_max = 9, .linger_ms = 500});
    create_room(port, ANN, "a");
    create_room(port, ANN, "b");
    create_room(port, ANN, "c");
    leave(port, ANN, "b");
    pass(port, 100);
    leave(port, ANN, "c");
    pass(port, 100);
    leave(port, ANN, "a");

    pass(port, 300);
    assert_true(room_lives(port, "a") && !room_lives(port, "b") && room_lives(port, "c"));
    pass(port, 100);
    assert_true(room_lives(port, "a") && !room_lives(port, "c"));
    pass(port, 100);
    assert_false(room_lives(port, "a"));
    recording_close(port);
}

static void permanent_room_never_ends(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    chat_coordinator_keep(port->coordinator, CHAT_SLICE("help"), CHAT_SLICE("Help"), 9, port->now);
    join(port, ANN, "help");
    say(port, ANN, "help", "hello");
    leave(port, ANN, "help");
    pass(port, 1000000000);
    forget(port);

    join(port, BEN, "help");

    expect(port, "seat ben: join_success room_id=help user_id=ben room_name=Help seq=1 "
                 "oldest_seq=2 epoch=#1 members=1 session=#3\n"
                 "all of help, by ben: user_joined room_id=help user_id=ben user_name=Ben "
                 "message_time=1000001000\n");
    assert_true(
        chat_room_facts(chat_coordinator_find(port->coordinator, CHAT_SLICE("help"))).permanent);
    recording_close(port);
}

static void permanent_room_is_refused_by_no_limit_of_rooms(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    port->rooms_max = 1;
    chat_coordinator_keep(port->coordinator, CHAT_SLICE("help"), CHAT_SLICE("Help"), 9, port->now);
    chat_coordinator_keep(port->coordinator, CHAT_SLICE("news"), CHAT_SLICE("News"), 9, port->now);

    assert_true(room_lives(port, "help") && room_lives(port, "news"));
    create_room(port, ANN, "lobby");
    expect(port, "refuse ann: create_room_error/too_many_rooms\n");
    recording_close(port);
}

static void permanent_room_has_its_own_limit_of_members(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 1});
    chat_coordinator_keep(port->coordinator, CHAT_SLICE("help"), CHAT_SLICE("Help"), 1, port->now);
    join(port, ANN, "help");
    forget(port);

    join(port, BEN, "help");

    expect(port, "refuse ben: join_room_error/room_full\n");
    recording_close(port);
}

static void other_limits_hold_for_rooms_that_live(void **state)
{
    (void)state;
    struct recording_port *port =
        recording_open((struct chat_limits){.room_members_max = 9, .linger_ms = 500});
    create_room(port, ANN, "lobby");
    create_room(port, ANN, "attic");
    leave(port, ANN, "lobby");

    chat_coordinator_limit(port->coordinator,
                           &(struct chat_limits){.room_members_max = 9, .linger_ms = 100});
    pass(port, 99);
    assert_true(room_lives(port, "lobby"));
    pass(port, 1);
    assert_false(room_lives(port, "lobby"));

    chat_coordinator_limit(port->coordinator, &(struct chat_limits){.room_members_max = 9});
    leave(port, ANN, "attic");
    assert_false(room_lives(port, "attic"));
    recording_close(port);
}

static void rooms_that_are_due_together_end_a_thousand_at_a_time(void **state)
{
    (void)state;
    enum { ROOMS = 1025 };
    struct recording_port *port =
        recording_open((struct chat_limits){.room_members_max = 9, .linger_ms = 500});
    port->rooms_max = ROOMS;
    for (unsigned i = 0; i < ROOMS; i++) {
        char room[16];
        snprintf(room, sizeof(room), "r%u", i);
        create_room(port, ANN, room);
        leave(port, ANN, room);
        forget(port);
    }
    pass(port, 500);
    assert_int_equal(port->rooms, 1);
    pass(port, 50);
    assert_int_equal(port->rooms, 0);
    recording_close(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_limits_hold_for_rooms_that_live),
        cmocka_unit_test(rooms_that_are_due_together_end_a_thousand_at_a_time),
        cmocka_unit_test(empty_room_lingers_with_its_epoch_and_seq),
        cmocka_unit_test(lingering_room_keeps_its_id_and_its_place_in_the_limit),
        cmocka_unit_test(room_ends_exactly_when_it_has_lingered),
        cmocka_unit_test(room_that_has_lingered_is_gone_for_requests_too),
        cmocka_unit_test(who_came_back_in_time_makes_the_room_linger_anew),
        cmocka_unit_test(rooms_end_each_at_its_own_time),
        cmocka_unit_test(permanent_room_never_ends),
        cmocka_unit_test(permanent_room_is_refused_by_no_limit_of_rooms),
        cmocka_unit_test(permanent_room_has_its_own_limit_of_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
