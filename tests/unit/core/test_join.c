/* join (PROTOCOL §3, §5). */
#include "core/asking.h"

static void join_success_comes_before_user_joined(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    expect(port, "seat ann: new_room room_id=lobby author_id=ann room_name=Room seq=0 epoch=#1 "
                 "session=#2\n");

    ask(port, BEN, .type = CHAT_REQUEST_join, .id = CHAT_SLICE("7"),
        .room_id = CHAT_SLICE("lobby"));

    expect(port, "seat ben: join_success room_id=lobby user_id=ben room_name=Room seq=0 "
                 "oldest_seq=1 epoch=#1 members=2 session=#3 id=7\n"
                 "all of lobby, by ben: user_joined room_id=lobby user_id=ben user_name=Ben "
                 "message_time=1000\n");
    recording_close(port);
}

static void join_success_has_the_newest_seq_and_an_oldest_that_is_not_held(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    for (int i = 0; i < 41; i++)
        say(port, ANN, "lobby", "hi");
    forget(port);
    port->now.wall_ms = 2000;

    join(port, BEN, "lobby");

    expect(port, "seat ben: join_success room_id=lobby user_id=ben room_name=Room seq=41 "
                 "oldest_seq=42 epoch=#1 members=2 session=#3\n"
                 "all of lobby, by ben: user_joined room_id=lobby user_id=ben user_name=Ben "
                 "message_time=2000\n");
    recording_close(port);
}

static void session_is_one_per_connection_in_all_its_rooms(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});

    create_room(port, ANN, "a");
    create_room(port, BEN, "b");
    join(port, BEN, "a");
    join(port, ANN, "b");

    expect(port, "seat ann: new_room room_id=a author_id=ann room_name=Room seq=0 epoch=#1 "
                 "session=#2\n"
                 "seat ben: new_room room_id=b author_id=ben room_name=Room seq=0 epoch=#3 "
                 "session=#4\n"
                 "seat ben: join_success room_id=a user_id=ben room_name=Room seq=0 oldest_seq=1 "
                 "epoch=#1 members=2 session=#4\n"
                 "all of a, by ben: user_joined room_id=a user_id=ben user_name=Ben "
                 "message_time=1000\n"
                 "seat ann: join_success room_id=b user_id=ann room_name=Room seq=0 oldest_seq=1 "
                 "epoch=#3 members=2 session=#2\n"
                 "all of b, by ann: user_joined room_id=b user_id=ann user_name=Ann "
                 "message_time=1000\n");
    recording_close(port);
}

static void epoch_is_new_when_a_room_is_made_again(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    leave(port, ANN, "lobby");
    expect(port, "seat ann: new_room room_id=lobby author_id=ann room_name=Room seq=0 epoch=#1 "
                 "session=#2\n"
                 "unseat ann: leave_success room_id=lobby\n");

    create_room(port, ANN, "lobby");

    expect(port, "seat ann: new_room room_id=lobby author_id=ann room_name=Room seq=0 epoch=#3 "
                 "session=#2\n");
    recording_close(port);
}

static void join_is_refused_when_there_is_no_such_room(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});

    join(port, ANN, "lobby");

    expect(port, "refuse ann: join_room_error/room_not_found\n");
    assert_false(room_lives(port, "lobby"));
    assert_int_equal(port->rooms, 0);
    recording_close(port);
}

static void join_makes_the_room_when_auto_create_is_on(void **state)
{
    (void)state;
    struct recording_port *port =
        recording_open((struct chat_limits){.room_members_max = 2, .auto_create = true});

    join(port, ANN, "lobby");
    expect(port, "seat ann: join_success room_id=lobby user_id=ann room_name=lobby seq=0 "
                 "oldest_seq=1 epoch=#1 members=1 session=#2\n"
                 "all of lobby, by ann: user_joined room_id=lobby user_id=ann user_name=Ann "
                 "message_time=1000\n");

    join(port, BEN, "lobby");
    forget(port);
    join(port, CAT, "lobby");
    expect(port, "refuse cat: join_room_error/room_full\n");
    recording_close(port);
}

static void join_makes_no_room_beyond_the_limit_of_the_server(void **state)
{
    (void)state;
    struct recording_port *port =
        recording_open((struct chat_limits){.room_members_max = 9, .auto_create = true});
    port->rooms_max = 1;
    join(port, ANN, "lobby");
    forget(port);

    join(port, BEN, "attic");

    expect(port, "refuse ben: join_room_error/too_many_rooms\n");
    assert_false(room_lives(port, "attic"));
    join(port, BEN, "lobby");
    assert_int_equal(seated(port, "lobby", "ben"), BEN);
    recording_close(port);
}

static void user_id_is_refused_twice_in_a_room(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    forget(port);

    ask_as(port, BEN, "ann",
           &(struct chat_request){.type = CHAT_REQUEST_join, .room_id = CHAT_SLICE("lobby")});

    expect(port, "refuse ben: join_room_error/user_already_in_room\n");
    assert_int_equal(seated(port, "lobby", "ann"), ANN);
    recording_close(port);
}

static void connection_is_refused_twice_in_a_room(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    join(port, BEN, "lobby");
    forget(port);

    join(port, ANN, "lobby");
    join(port, BEN, "lobby");

    expect(port, "refuse ann: join_room_error/user_already_in_room\n"
                 "refuse ben: join_room_error/user_already_in_room\n");
    recording_close(port);
}

static void user_ids_differ_in_case(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");

    ask_as(port, BEN, "Ann",
           &(struct chat_request){.type = CHAT_REQUEST_join, .room_id = CHAT_SLICE("lobby")});

    assert_int_equal(port->refused, CHAT_OK);
    assert_int_equal(seated(port, "lobby", "ann"), ANN);
    assert_int_equal(seated(port, "lobby", "Ann"), BEN);
    recording_close(port);
}

static void join_is_refused_when_room_is_full(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 3});
    create_room(port, ANN, "lobby");
    join(port, BEN, "lobby");
    join(port, CAT, "lobby");
    assert_int_equal(seated(port, "lobby", "cat"), CAT);
    forget(port);

    join(port, DAN, "lobby");
    expect(port, "refuse dan: join_room_error/room_full\n");

    leave(port, ANN, "lobby");
    forget(port);
    join(port, DAN, "lobby");
    expect(port, "seat dan: join_success room_id=lobby user_id=dan room_name=Room seq=0 "
                 "oldest_seq=1 epoch=#1 members=3 session=#5\n"
                 "all of lobby, by dan: user_joined room_id=lobby user_id=dan user_name=Dan "
                 "message_time=1000\n");
    recording_close(port);
}

static void duplicate_user_is_told_before_the_full_room(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 1});
    create_room(port, ANN, "lobby");
    forget(port);

    join(port, ANN, "lobby");

    expect(port, "refuse ann: join_room_error/user_already_in_room\n");
    recording_close(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(join_success_comes_before_user_joined),
        cmocka_unit_test(join_success_has_the_newest_seq_and_an_oldest_that_is_not_held),
        cmocka_unit_test(session_is_one_per_connection_in_all_its_rooms),
        cmocka_unit_test(epoch_is_new_when_a_room_is_made_again),
        cmocka_unit_test(join_is_refused_when_there_is_no_such_room),
        cmocka_unit_test(join_makes_the_room_when_auto_create_is_on),
        cmocka_unit_test(join_makes_no_room_beyond_the_limit_of_the_server),
        cmocka_unit_test(user_id_is_refused_twice_in_a_room),
        cmocka_unit_test(connection_is_refused_twice_in_a_room),
        cmocka_unit_test(user_ids_differ_in_case),
        cmocka_unit_test(join_is_refused_when_room_is_full),
        cmocka_unit_test(duplicate_user_is_told_before_the_full_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
