/* create_room (PROTOCOL §3). */
#include "core/asking.h"

static void creator_gets_new_room_only(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});

    ask(port, ANN, .type = CHAT_REQUEST_create_room, .id = CHAT_SLICE("\"x\""),
        .room_id = CHAT_SLICE("lobby"), .room_name = CHAT_SLICE("The Lobby"));

    expect(port, "seat ann: new_room room_id=lobby author_id=ann room_name=The Lobby seq=0 "
                 "epoch=#1 session=#2 id=\"x\"\n");
    assert_int_equal(seated(port, "lobby", "ann"), ANN);
    recording_close(port);
}

static void room_is_refused_when_its_id_is_taken(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    forget(port);

    create_room(port, BEN, "lobby");
    expect(port, "refuse ben: create_room_error/room_exists\n");
    create_room(port, ANN, "lobby");
    expect(port, "refuse ann: create_room_error/room_exists\n");

    assert_int_equal(seated(port, "lobby", "ben"), NOBODY);
    assert_int_equal(port->rooms, 1);
    recording_close(port);
}

static void room_is_refused_when_the_server_has_its_limit(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    port->rooms_max = 1;
    create_room(port, ANN, "lobby");
    forget(port);

    create_room(port, BEN, "attic");
    expect(port, "refuse ben: create_room_error/too_many_rooms\n");
    assert_false(room_lives(port, "attic"));
    assert_int_equal(chat_coordinator_rooms(port->coordinator), 1);

    leave(port, ANN, "lobby");
    forget(port);
    create_room(port, BEN, "attic");
    expect(port, "seat ben: new_room room_id=attic author_id=ben room_name=Room seq=0 epoch=#3 "
                 "session=#4\n");
    recording_close(port);
}

static void taken_id_is_told_before_the_limit_of_rooms(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    port->rooms_max = 1;
    create_room(port, ANN, "lobby");
    forget(port);

    create_room(port, BEN, "lobby");

    expect(port, "refuse ben: create_room_error/room_exists\n");
    recording_close(port);
}

static void room_has_the_limit_of_members_that_its_author_asked_for(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    ask(port, ANN, .type = CHAT_REQUEST_create_room, .room_id = CHAT_SLICE("pair"),
        .room_name = CHAT_SLICE("Pair"), .max_members = 2);
    join(port, BEN, "pair");
    forget(port);

    join(port, CAT, "pair");

    expect(port, "refuse cat: join_room_error/room_full\n");
    recording_close(port);
}

static void room_has_the_configured_limit_of_members_otherwise(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 2});
    create_room(port, ANN, "pair");
    join(port, BEN, "pair");
    forget(port);

    join(port, CAT, "pair");

    expect(port, "refuse cat: join_room_error/room_full\n");
    recording_close(port);
}

static void author_may_be_the_only_member(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    ask(port, ANN, .type = CHAT_REQUEST_create_room, .room_id = CHAT_SLICE("cell"),
        .room_name = CHAT_SLICE("Cell"), .max_members = 1);
    forget(port);

    join(port, BEN, "cell");

    expect(port, "refuse ben: join_room_error/room_full\n");
    recording_close(port);
}

static void room_is_known_by_its_id_name_and_time(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    port->now.wall_ms = 7777;
    create_room(port, ANN, "lobby");

    struct chat_room_facts facts =
        chat_room_facts(chat_coordinator_find(port->coordinator, CHAT_SLICE("lobby")));

    assert_true(chat_slice_equal(facts.id, CHAT_SLICE("lobby")));
    assert_true(chat_slice_equal(facts.name, CHAT_SLICE("Room")));
    assert_int_equal(facts.created_ms, 7777);
    assert_int_equal(facts.members, 1);
    assert_int_equal(facts.max_members, 9);
    assert_false(facts.permanent);
    recording_close(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(creator_gets_new_room_only),
        cmocka_unit_test(room_is_refused_when_its_id_is_taken),
        cmocka_unit_test(room_is_refused_when_the_server_has_its_limit),
        cmocka_unit_test(taken_id_is_told_before_the_limit_of_rooms),
        cmocka_unit_test(room_has_the_limit_of_members_that_its_author_asked_for),
        cmocka_unit_test(room_has_the_configured_limit_of_members_otherwise),
        cmocka_unit_test(author_may_be_the_only_member),
        cmocka_unit_test(room_is_known_by_its_id_name_and_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
