/* Seats that outlive their connection (PROTOCOL §5). */
#include "core/asking.h"

static struct recording_port *open_with_window(uint64_t window_ms)
{
    struct recording_port *port =
        recording_open((struct chat_limits){.room_members_max = 3, .resume_window_ms = window_ms});
    create_room(port, ANN, "lobby");
    join(port, BEN, "lobby");
    forget(port);
    return port;
}

static void lose(struct recording_port *port, enum person person, const char *room)
{
    chat_membership_gone(port->coordinator, person_conn(person), slice_of(room),
                         slice_of(person_id(person)), CHAT_LOST, port->now);
    recording_check(port);
}

/* `from` joins as `user`, with the session that `of` was given. */
static void resume(struct recording_port *port, enum person from, enum person user, enum person of)
{
    char session[CHAT_TOKEN_LENGTH];
    struct chat_request request = {.type = CHAT_REQUEST_join,
                                   .room_id = CHAT_SLICE("lobby"),
                                   .session =
                                       chat_token(&port->secrets, 's', person_conn(of), session)};
    ask_as(port, from, person_id(user), &request);
}

static void lost_connection_keeps_its_seat_in_silence(void **state)
{
    (void)state;
    struct recording_port *port = open_with_window(1000);

    lose(port, ANN, "lobby");
    pass(port, 999);

    expect(port, "");
    assert_int_equal(seated(port, "lobby", "ann"), ANN);
    recording_close(port);
}

static void seat_ends_exactly_at_the_window(void **state)
{
    (void)state;
    struct recording_port *port = open_with_window(1000);

    lose(port, ANN, "lobby");
    pass(port, 1000);

    expect(port, "all of lobby: user_left room_id=lobby user_id=ann user_name=Ann "
                 "message_time=2000 reason=disconnected\n");
    recording_close(port);
}

static void without_a_window_it_leaves_at_once(void **state)
{
    (void)state;
    struct recording_port *port = open_with_window(0);

    lose(port, ANN, "lobby");

    expect(port, "all of lobby: user_left room_id=lobby user_id=ann user_name=Ann "
                 "message_time=1000 reason=disconnected\n");
    recording_close(port);
}

static void session_takes_the_lost_seat_over_unseen(void **state)
{
    (void)state;
    struct recording_port *port = open_with_window(1000);
    lose(port, ANN, "lobby");

    resume(port, CAT, ANN, ANN);
    pass(port, 5000);

    expect(port, "seat cat: join_success room_id=lobby user_id=ann room_name=Room seq=0 "
                 "oldest_seq=1 epoch=#1 members=2 session=#4\n");
    assert_int_equal(seated(port, "lobby", "ann"), CAT);
    recording_close(port);
}

static void session_takes_the_seat_of_a_living_connection_too(void **state)
{
    (void)state;
    struct recording_port *port = open_with_window(1000);

    resume(port, CAT, ANN, ANN);
    lose(port, ANN, "lobby"); /* that of the replaced connection comes late */

    expect(port, "replace ann: lobby\n"
                 "seat cat: join_success room_id=lobby user_id=ann room_name=Room seq=0 "
                 "oldest_seq=1 epoch=#1 members=2 session=#4\n");
    assert_int_equal(seated(port, "lobby", "ann"), CAT);
    recording_close(port);
}

static void replaced_connection_has_no_seat_any_more(void **state)
{
    (void)state;
    struct recording_port *port = open_with_window(1000);
    resume(port, CAT, ANN, ANN);
    forget(port);

    say(port, ANN, "lobby", "still here?");

    expect(port, "refuse ann: message_error/not_in_room\n");
    recording_close(port);
}

static void wrong_or_missing_session_is_refused_while_the_seat_waits(void **state)
{
    (void)state;
    struct recording_port *port = open_with_window(1000);
    lose(port, ANN, "lobby");

    resume(port, CAT, ANN, BEN);
    ask_as(port, CAT, "ann",
           &(struct chat_request){.type = CHAT_REQUEST_join, .room_id = CHAT_SLICE("lobby")});

    expect(port, "refuse cat: join_room_error/user_already_in_room\n"
                 "refuse cat: join_room_error/user_already_in_room\n");
    recording_close(port);
}

/* A verified user is another than an unverified one of that name. */
static void seat_of_a_verified_user_is_taken_over_by_the_same_only(void **state)
{
    (void)state;
    struct recording_port *port = open_with_window(1000);
    lose(port, ANN, "lobby");

    port->rights |= CHAT_VERIFIED;
    resume(port, CAT, ANN, ANN);
    expect(port, "refuse cat: join_room_error/user_already_in_room\n");
    join(port, DAN, "lobby");
    lose(port, DAN, "lobby");
    forget(port);
    port->rights = CHAT_RIGHTS_DEFAULT;
    resume(port, CAT, DAN, DAN);
    expect(port, "refuse cat: join_room_error/user_already_in_room\n");
    port->rights |= CHAT_VERIFIED;
    resume(port, CAT, DAN, DAN);
    assert_int_equal(seated(port, "lobby", "dan"), CAT);
    recording_close(port);
}

static void connection_does_not_resume_itself(void **state)
{
    (void)state;
    struct recording_port *port = open_with_window(1000);

    resume(port, ANN, ANN, ANN);

    expect(port, "refuse ann: join_room_error/user_already_in_room\n");
    recording_close(port);
}

static void session_without_a_seat_there_is_a_plain_join(void **state)
{
    (void)state;
    struct recording_port *port = open_with_window(1000);
    lose(port, ANN, "lobby");
    pass(port, 1000);
    forget(port);

    resume(port, CAT, ANN, ANN);

    expect(port, "seat cat: join_success room_id=lobby user_id=ann room_name=Room seq=0 "
                 "oldest_seq=1 epoch=#1 members=2 session=#4\n"
                 "all of lobby, by cat: user_joined room_id=lobby user_id=ann user_name=Cat "
                 "message_time=2000\n");
    recording_close(port);
}

static void waiting_seat_counts_as_a_member(void **state)
{
    (void)state;
    struct recording_port *port = open_with_window(1000);
    join(port, CAT, "lobby");
    lose(port, ANN, "lobby");
    forget(port);

    join(port, DAN, "lobby");
    resume(port, EVE, ANN, ANN);

    expect(port, "refuse dan: join_room_error/room_full\n"
                 "seat eve: join_success room_id=lobby user_id=ann room_name=Room seq=0 "
                 "oldest_seq=1 epoch=#1 members=3 session=#5\n");
    recording_close(port);
}

static void room_of_waiting_seats_lives_until_the_last_has_gone(void **state)
{
    (void)state;
    struct recording_port *port = open_with_window(1000);
    lose(port, ANN, "lobby");
    pass(port, 500);
    lose(port, BEN, "lobby");

    pass(port, 999);
    assert_true(room_lives(port, "lobby"));
    pass(port, 1);

    assert_false(room_lives(port, "lobby"));
    recording_close(port);
}

static void kick_out_of_a_room_ends_a_waiting_seat_at_once(void **state)
{
    (void)state;
    struct recording_port *port = open_with_window(1000);
    lose(port, ANN, "lobby");

    unsigned seats = chat_membership_kick(port->coordinator, slice_of("lobby"), slice_of("ann"),
                                          (struct chat_slice){"", 0}, port->now);

    assert_int_equal(seats, 1);
    expect(port, "all of lobby: user_left room_id=lobby user_id=ann user_name=Ann "
                 "message_time=1000 reason=kicked\n");
    recording_close(port);
}

static void kick_off_the_server_ends_all_waiting_seats_of_the_user(void **state)
{
    (void)state;
    struct recording_port *port = open_with_window(1000);
    create_room(port, ANN, "attic");
    lose(port, ANN, "lobby");
    lose(port, ANN, "attic");
    forget(port);

    unsigned seats = kick_all_waiting(port, "ann");

    assert_int_equal(seats, 2);
    assert_false(room_lives(port, "attic"));
    expect(port, "all of lobby: user_left room_id=lobby user_id=ann user_name=Ann "
                 "message_time=1000 reason=kicked\n");
    recording_close(port);
}

static void seats_that_still_wait_are_freed_at_the_end(void **state)
{
    (void)state;
    struct recording_port *port = open_with_window(1000);
    lose(port, ANN, "lobby");
    recording_close(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lost_connection_keeps_its_seat_in_silence),
        cmocka_unit_test(seat_ends_exactly_at_the_window),
        cmocka_unit_test(without_a_window_it_leaves_at_once),
        cmocka_unit_test(session_takes_the_lost_seat_over_unseen),
        cmocka_unit_test(session_takes_the_seat_of_a_living_connection_too),
        cmocka_unit_test(replaced_connection_has_no_seat_any_more),
        cmocka_unit_test(wrong_or_missing_session_is_refused_while_the_seat_waits),
        cmocka_unit_test(seat_of_a_verified_user_is_taken_over_by_the_same_only),
        cmocka_unit_test(connection_does_not_resume_itself),
        cmocka_unit_test(session_without_a_seat_there_is_a_plain_join),
        cmocka_unit_test(waiting_seat_counts_as_a_member),
        cmocka_unit_test(room_of_waiting_seats_lives_until_the_last_has_gone),
        cmocka_unit_test(kick_out_of_a_room_ends_a_waiting_seat_at_once),
        cmocka_unit_test(kick_off_the_server_ends_all_waiting_seats_of_the_user),
        cmocka_unit_test(seats_that_still_wait_are_freed_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
