/* leave (PROTOCOL §3). */
#include "core/asking.h"

static void leave_success_comes_before_user_left(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    join(port, BEN, "lobby");
    forget(port);
    port->now.wall_ms = 3000;

    ask(port, ANN, .type = CHAT_REQUEST_leave, .id = CHAT_SLICE("1"),
        .room_id = CHAT_SLICE("lobby"));

    expect(port, "unseat ann: leave_success room_id=lobby id=1\n"
                 "all of lobby: user_left room_id=lobby user_id=ann user_name=Ann "
                 "message_time=3000 reason=left\n");
    assert_int_equal(seated(port, "lobby", "ann"), NOBODY);
    assert_int_equal(seated(port, "lobby", "ben"), BEN);
    recording_close(port);
}

static void room_ends_with_its_last_member(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    forget(port);

    leave(port, ANN, "lobby");

    expect(port, "unseat ann: leave_success room_id=lobby\n");
    assert_false(room_lives(port, "lobby"));
    assert_int_equal(port->rooms, 0);
    recording_close(port);
}

static void leave_is_refused_without_a_seat(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    forget(port);

    leave(port, BEN, "lobby");
    leave(port, BEN, "attic");
    ask_as(port, CAT, NULL,
           &(struct chat_request){.type = CHAT_REQUEST_leave, .room_id = CHAT_SLICE("lobby")});

    expect(port, "refuse ben: leave_room_error/not_in_room\n"
                 "refuse ben: leave_room_error/not_in_room\n"
                 "refuse cat: leave_room_error/not_in_room\n");
    recording_close(port);
}

static void leave_is_refused_the_second_time(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    join(port, BEN, "lobby");
    leave(port, BEN, "lobby");
    forget(port);

    leave(port, BEN, "lobby");

    expect(port, "refuse ben: leave_room_error/not_in_room\n");
    recording_close(port);
}

static void leave_is_refused_to_a_connection_that_claims_the_user_id(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    forget(port);

    ask_as(port, BEN, "ann",
           &(struct chat_request){.type = CHAT_REQUEST_leave, .room_id = CHAT_SLICE("lobby")});

    expect(port, "refuse ben: leave_room_error/not_in_room\n");
    assert_int_equal(seated(port, "lobby", "ann"), ANN);
    recording_close(port);
}

static void who_left_may_come_back(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    join(port, BEN, "lobby");
    leave(port, ANN, "lobby");
    forget(port);

    join(port, ANN, "lobby");

    expect(port, "seat ann: join_success room_id=lobby user_id=ann room_name=Room seq=0 "
                 "oldest_seq=1 epoch=#1 members=2 session=#2\n"
                 "all of lobby, by ann: user_joined room_id=lobby user_id=ann user_name=Ann "
                 "message_time=1000\n");
    recording_close(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leave_success_comes_before_user_left),
        cmocka_unit_test(room_ends_with_its_last_member),
        cmocka_unit_test(leave_is_refused_without_a_seat),
        cmocka_unit_test(leave_is_refused_the_second_time),
        cmocka_unit_test(leave_is_refused_to_a_connection_that_claims_the_user_id),
        cmocka_unit_test(who_left_may_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
