/* One verified user on several devices in one room (PROTOCOL §3): each hears everything, the others
 * see one user. */
#include "core/asking.h"

/* Ann, verified, on two devices, and Ben. */
static struct recording_port *open_lobby(struct chat_limits limits)
{
    if (limits.room_members_max == 0)
        limits.room_members_max = 2;
    struct recording_port *port = recording_open(limits);
    port->rights |= CHAT_VERIFIED;
    create_room(port, ANN, "lobby");
    join(port, BEN, "lobby");
    port->device = 2;
    join(port, ANN, "lobby");
    port->device = 1;
    return port;
}

static struct recording_port *open_quiet(struct chat_limits limits)
{
    struct recording_port *port = open_lobby(limits);
    forget(port);
    return port;
}

static void end(struct recording_port *port, unsigned device, enum chat_departure departure)
{
    chat_membership_gone(port->coordinator, person_device(ANN, device), slice_of("lobby"),
                         slice_of("ann"), departure, port->now);
    recording_check(port);
}

static void further_device_is_seated_unseen_and_takes_no_place(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby((struct chat_limits){0});

    expect(port, "seat ann: new_room room_id=lobby author_id=ann room_name=Room seq=0 epoch=#1 "
                 "session=#2\n"
                 "seat ben: join_success room_id=lobby user_id=ben room_name=Room seq=0 "
                 "oldest_seq=1 epoch=#1 members=2 session=#3\n"
                 "all of lobby, by ben: user_joined room_id=lobby user_id=ben user_name=Ben "
                 "message_time=1000\n"
                 "seat ann/2: join_success room_id=lobby user_id=ann room_name=Room seq=0 "
                 "oldest_seq=1 epoch=#1 members=2 session=#4\n");
    recording_close(port);
}

static void broadcasts_go_to_every_worker_where_a_device_is(void **state)
{
    (void)state;
    struct recording_port *port = open_quiet((struct chat_limits){0});
    struct chat_room *room = chat_coordinator_find(port->coordinator, slice_of("lobby"));

    assert_int_equal(chat_room_conns_on(room, 1), 1); /* ann's first */
    assert_int_equal(chat_room_conns_on(room, 2), 2); /* her second, and ben's */
    end(port, 2, CHAT_DISCONNECTED);
    assert_int_equal(chat_room_conns_on(room, 2), 1);
    recording_close(port);
}

static void each_device_speaks_for_the_user(void **state)
{
    (void)state;
    struct recording_port *port = open_quiet((struct chat_limits){0});

    port->device = 2;
    say(port, ANN, "lobby", "hi");
    type_in(port, ANN, "lobby");

    expect(port, "all of lobby, by ann/2: new_message room_id=lobby user_id=ann user_name=Ann "
                 "message=\"hi\" message_time=1000 seq=1\n"
                 "others of lobby, by ann/2: user_typing room_id=lobby user_id=ann "
                 "user_name=Ann\n");
    recording_close(port);
}

static void same_connection_twice_is_refused(void **state)
{
    (void)state;
    struct recording_port *port = open_quiet((struct chat_limits){0});

    join(port, ANN, "lobby");
    port->device = 2;
    join(port, ANN, "lobby");

    expect(port, "refuse ann: join_room_error/user_already_in_room\n"
                 "refuse ann/2: join_room_error/user_already_in_room\n");
    recording_close(port);
}

static void user_without_a_token_has_one_connection(void **state)
{
    (void)state;
    struct recording_port *port = open_quiet((struct chat_limits){.room_members_max = 9});

    port->device = 3;
    port->rights = CHAT_RIGHTS_DEFAULT;
    join(port, ANN, "lobby"); /* somebody else, under a verified name */
    port->device = 1;
    join(port, CAT, "lobby");
    forget(port);
    port->device = 2;
    join(port, CAT, "lobby");
    port->rights |= CHAT_VERIFIED;
    join(port, CAT, "lobby");

    expect(port, "refuse cat/2: join_room_error/user_already_in_room\n"
                 "refuse cat/2: join_room_error/user_already_in_room\n");
    recording_close(port);
}

static void device_needs_the_right_to_join(void **state)
{
    (void)state;
    struct recording_port *port = open_quiet((struct chat_limits){0});

    port->device = 3;
    port->rights = CHAT_VERIFIED;
    join(port, ANN, "lobby");

    expect(port, "refuse ann/3: join_room_error/forbidden\n");
    recording_close(port);
}

static void user_leaves_with_the_last_device(void **state)
{
    (void)state;
    struct recording_port *port = open_quiet((struct chat_limits){0});

    leave(port, ANN, "lobby");
    expect(port, "unseat ann: leave_success room_id=lobby\n");
    say(port, ANN, "lobby", "still here?");
    expect(port, "refuse ann: message_error/not_in_room\n");
    port->device = 2;
    leave(port, ANN, "lobby");
    expect(port, "unseat ann/2: leave_success room_id=lobby\n"
                 "all of lobby: user_left room_id=lobby user_id=ann user_name=Ann "
                 "message_time=1000 reason=left\n");
    recording_close(port);
}

static void each_device_waits_by_itself(void **state)
{
    (void)state;
    struct recording_port *port = open_quiet((struct chat_limits){.resume_window_ms = 1000});

    end(port, 1, CHAT_LOST);
    pass(port, 600);
    end(port, 2, CHAT_LOST);
    pass(port, 400);
    assert_int_equal(seated(port, "lobby", "ann"), ANN);
    pass(port, 599);
    expect(port, "");
    pass(port, 1);

    expect(port, "all of lobby: user_left room_id=lobby user_id=ann user_name=Ann "
                 "message_time=2600 reason=disconnected\n");
    recording_close(port);
}

static void device_that_waits_keeps_the_user_there(void **state)
{
    (void)state;
    struct recording_port *port = open_quiet((struct chat_limits){.resume_window_ms = 1000});

    end(port, 1, CHAT_LOST);
    port->device = 2;
    leave(port, ANN, "lobby");
    expect(port, "unseat ann/2: leave_success room_id=lobby\n");
    pass(port, 1000);

    expect(port, "all of lobby: user_left room_id=lobby user_id=ann user_name=Ann "
                 "message_time=2000 reason=disconnected\n");
    recording_close(port);
}

static void resume(struct recording_port *port, unsigned device, uint64_t of)
{
    char session[CHAT_TOKEN_LENGTH];
    port->device = device;
    ask_as(port, ANN, "ann",
           &(struct chat_request){.type = CHAT_REQUEST_join,
                                  .room_id = CHAT_SLICE("lobby"),
                                  .session = chat_token(&port->secrets, 's', of, session)});
}

static bool has(struct recording_port *port, unsigned device)
{
    struct chat_room *room;
    struct chat_member *member =
        chat_coordinator_member(port->coordinator, slice_of("lobby"), slice_of("ann"), &room);
    return member != NULL && chat_member_has(member, person_device(ANN, device));
}

static void session_takes_over_just_that_device(void **state)
{
    (void)state;
    struct recording_port *port = open_quiet((struct chat_limits){.resume_window_ms = 1000});

    end(port, 1, CHAT_LOST);
    resume(port, 3, person_device(ANN, 1));
    resume(port, 4, person_device(ANN, 2)); /* lives, so it is replaced */
    pass(port, 5000);

    expect(port, "seat ann/3: join_success room_id=lobby user_id=ann room_name=Room seq=0 "
                 "oldest_seq=1 epoch=#1 members=2 session=#5\n"
                 "replace ann/2: lobby\n"
                 "seat ann/4: join_success room_id=lobby user_id=ann room_name=Room seq=0 "
                 "oldest_seq=1 epoch=#1 members=2 session=#6\n");
    assert_true(!has(port, 1) && !has(port, 2) && has(port, 3) && has(port, 4));
    recording_close(port);
}

static void session_that_has_no_seat_there_is_one_more_device(void **state)
{
    (void)state;
    struct recording_port *port = open_quiet((struct chat_limits){.resume_window_ms = 1000});

    end(port, 1, CHAT_LOST);
    pass(port, 1000);
    resume(port, 3, person_device(ANN, 1));

    assert_true(has(port, 2) && has(port, 3));
    recording_close(port);
}

static void kick_ends_all_devices(void **state)
{
    (void)state;
    struct recording_port *port = open_quiet((struct chat_limits){.resume_window_ms = 1000});
    port->device = 3;
    join(port, ANN, "lobby");
    end(port, 3, CHAT_LOST);
    forget(port);

    unsigned seats = chat_membership_kick(port->coordinator, slice_of("lobby"), slice_of("ann"),
                                          (struct chat_slice){"", 0}, port->now);
    pass(port, 1000);

    assert_int_equal(seats, 3);
    expect(port, "unseat ann: kicked room_id=lobby reason=\n"
                 "unseat ann/2: kicked room_id=lobby reason=\n"
                 "all of lobby: user_left room_id=lobby user_id=ann user_name=Ann "
                 "message_time=1000 reason=kicked\n");
    recording_close(port);
}

static void kick_off_the_server_ends_what_waits_beside_what_lives(void **state)
{
    (void)state;
    struct recording_port *port = open_quiet((struct chat_limits){.resume_window_ms = 1000});

    end(port, 1, CHAT_LOST);
    assert_int_equal(kick_all_waiting(port, "ann"), 1);
    expect(port, "");
    end(port, 2, CHAT_KICKED);

    expect(port, "all of lobby: user_left room_id=lobby user_id=ann user_name=Ann "
                 "message_time=1000 reason=kicked\n");
    recording_close(port);
}

static void kick_off_the_server_ends_all_that_wait(void **state)
{
    (void)state;
    struct recording_port *port = open_quiet((struct chat_limits){.resume_window_ms = 1000});

    end(port, 2, CHAT_LOST);
    end(port, 1, CHAT_LOST);
    assert_int_equal(kick_all_waiting(port, "ann"), 2);

    expect(port, "all of lobby: user_left room_id=lobby user_id=ann user_name=Ann "
                 "message_time=1000 reason=kicked\n");
    recording_close(port);
}

static void device_recovers_what_it_missed(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby((struct chat_limits){
        .history_size = 9, .history_bytes = 9999, .history_total = 9999, .history_ttl_ms = 9999});
    char epoch[CHAT_TOKEN_LENGTH];
    struct chat_room *room = chat_coordinator_find(port->coordinator, slice_of("lobby"));
    struct chat_request request = {
        .type = CHAT_REQUEST_join,
        .room_id = CHAT_SLICE("lobby"),
        .since = true,
        .since_epoch = chat_token(&port->secrets, 'e', chat_room_facts(room).key, epoch)};
    say(port, BEN, "lobby", "hi");
    forget(port);

    port->device = 3;
    ask_as(port, ANN, "ann", &request);

    expect(port, "seat ann/3: join_success room_id=lobby user_id=ann room_name=Room seq=1 "
                 "oldest_seq=1 epoch=#1 members=2 session=#5 recovered=true\n"
                 "replay ann/3: 1\n"
                 "new_message room_id=lobby user_id=ben user_name=Ben message=\"hi\" "
                 "message_time=1000 seq=1\n");
    recording_close(port);
}

/* A user whose network breaks again and again, without ever resuming, keeps so many. */
static void at_the_bound_the_device_that_waits_longest_gives_way(void **state)
{
    (void)state;
    struct recording_port *port = open_quiet((struct chat_limits){.resume_window_ms = 1000});

    end(port, 2, CHAT_LOST);
    end(port, 1, CHAT_LOST);
    for (port->device = 3; port->device <= CHAT_DEVICES_MAX + 1; port->device++) {
        join(port, ANN, "lobby");
        assert_int_equal(port->refused, CHAT_OK);
    }
    resume(port, CHAT_DEVICES_MAX + 2, person_device(ANN, 1));
    forget(port);
    resume(port, CHAT_DEVICES_MAX + 3, person_device(ANN, 2)); /* gone, and none waits */

    expect(port, "refuse ann/67: join_room_error/user_already_in_room\n");
    assert_true(has(port, CHAT_DEVICES_MAX + 2));
    pass(port, 5000);
    expect(port, "");
    recording_close(port);
}

static void room_ends_with_all_devices_of_its_last_user(void **state)
{
    (void)state;
    struct recording_port *port = open_quiet((struct chat_limits){0});

    leave(port, BEN, "lobby");
    leave(port, ANN, "lobby");
    assert_true(room_lives(port, "lobby"));
    end(port, 2, CHAT_DISCONNECTED);

    assert_false(room_lives(port, "lobby"));
    recording_close(port);
}

static void devices_that_still_sit_are_freed_at_the_end(void **state)
{
    (void)state;
    struct recording_port *port = open_quiet((struct chat_limits){.resume_window_ms = 1000});
    end(port, 1, CHAT_LOST);
    recording_close(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(further_device_is_seated_unseen_and_takes_no_place),
        cmocka_unit_test(broadcasts_go_to_every_worker_where_a_device_is),
        cmocka_unit_test(each_device_speaks_for_the_user),
        cmocka_unit_test(same_connection_twice_is_refused),
        cmocka_unit_test(user_without_a_token_has_one_connection),
        cmocka_unit_test(device_needs_the_right_to_join),
        cmocka_unit_test(user_leaves_with_the_last_device),
        cmocka_unit_test(each_device_waits_by_itself),
        cmocka_unit_test(device_that_waits_keeps_the_user_there),
        cmocka_unit_test(session_takes_over_just_that_device),
        cmocka_unit_test(session_that_has_no_seat_there_is_one_more_device),
        cmocka_unit_test(kick_ends_all_devices),
        cmocka_unit_test(kick_off_the_server_ends_what_waits_beside_what_lives),
        cmocka_unit_test(kick_off_the_server_ends_all_that_wait),
        cmocka_unit_test(device_recovers_what_it_missed),
        cmocka_unit_test(at_the_bound_the_device_that_waits_longest_gives_way),
        cmocka_unit_test(room_ends_with_all_devices_of_its_last_user),
        cmocka_unit_test(devices_that_still_sit_are_freed_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
