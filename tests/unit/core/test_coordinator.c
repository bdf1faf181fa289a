/* What happens beside requests: gone connections, kicks, counts, listings. What each request does
 * is in test_<request>.c, how rooms end in test_linger.c. */
#include "core/asking.h"

static const struct chat_room *find(struct recording_port *port, const char *room)
{
    return chat_coordinator_find(port->coordinator, slice_of(room));
}

static unsigned kick(struct recording_port *port, const char *room, enum person person,
                     struct chat_slice reason)
{
    unsigned seats = chat_membership_kick(port->coordinator, slice_of(room),
                                          slice_of(person_id(person)), reason, port->now);
    recording_check(port);
    return seats;
}

static void gone_member_is_announced_to_the_rest(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    join(port, BEN, "lobby");
    forget(port);
    port->now.wall_ms = 2000;

    gone(port, ANN, "lobby");

    expect(port, "all of lobby: user_left room_id=lobby user_id=ann user_name=Ann "
                 "message_time=2000 reason=disconnected\n");
    assert_int_equal(seated(port, "lobby", "ann"), NOBODY);
    recording_close(port);
}

static void gone_is_told_with_the_reason_it_came_with(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    join(port, BEN, "lobby");
    forget(port);

    chat_membership_gone(port->coordinator, person_conn(ANN), CHAT_SLICE("lobby"),
                         CHAT_SLICE("ann"), CHAT_KICKED, port->now);

    expect(port, "all of lobby: user_left room_id=lobby user_id=ann user_name=Ann "
                 "message_time=1000 reason=kicked\n");
    recording_close(port);
}

static void gone_without_a_seat_is_ignored(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    join(port, BEN, "lobby");
    leave(port, BEN, "lobby");
    forget(port);

    gone(port, BEN, "lobby");
    gone(port, CAT, "lobby");
    gone(port, ANN, "attic");

    expect(port, "");
    assert_int_equal(seated(port, "lobby", "ann"), ANN);
    recording_close(port);
}

static void gone_from_a_connection_without_the_seat_is_ignored(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    forget(port);

    chat_membership_gone(port->coordinator, person_conn(BEN), CHAT_SLICE("lobby"),
                         CHAT_SLICE("ann"), CHAT_DISCONNECTED, port->now);

    expect(port, "");
    assert_int_equal(seated(port, "lobby", "ann"), ANN);
    recording_close(port);
}

/* The slot is the same, the connection is not. */
static void gone_from_an_earlier_connection_of_the_slot_is_ignored(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    uint64_t earlier = chat_conn_id(chat_conn_id_worker(person_conn(ANN)), ANN, 99);
    create_room(port, ANN, "lobby");
    forget(port);

    chat_membership_gone(port->coordinator, earlier, CHAT_SLICE("lobby"), CHAT_SLICE("ann"),
                         CHAT_DISCONNECTED, port->now);

    assert_int_equal(seated(port, "lobby", "ann"), ANN);
    recording_close(port);
}

static void room_ends_when_the_last_connection_is_gone(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    forget(port);

    gone(port, ANN, "lobby");

    expect(port, "");
    assert_false(room_lives(port, "lobby"));
    assert_int_equal(port->rooms, 0);
    recording_close(port);
}

static void kicked_user_hears_it_before_the_rest(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    join(port, BEN, "lobby");
    forget(port);
    port->now.wall_ms = 2000;

    assert_int_equal(kick(port, "lobby", BEN, CHAT_SLICE("too loud")), 1);

    expect(port, "unseat ben: kicked room_id=lobby reason=too loud\n"
                 "all of lobby: user_left room_id=lobby user_id=ben user_name=Ben "
                 "message_time=2000 reason=kicked\n");
    say(port, BEN, "lobby", "hello?");
    expect(port, "refuse ben: message_error/not_in_room\n");
    recording_close(port);
}

static void kick_needs_no_reason(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    forget(port);

    assert_int_equal(kick(port, "lobby", ANN, (struct chat_slice){0}), 1);

    expect(port, "unseat ann: kicked room_id=lobby\n");
    assert_false(room_lives(port, "lobby"));
    recording_close(port);
}

static void kick_of_somebody_who_is_not_there_ends_no_seat(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    forget(port);

    assert_int_equal(kick(port, "lobby", BEN, CHAT_SLICE("why")), 0);
    assert_int_equal(kick(port, "attic", ANN, CHAT_SLICE("why")), 0);

    expect(port, "");
    recording_close(port);
}

static void members_are_counted_on_their_workers(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby"); /* worker 1 */
    join(port, BEN, "lobby");        /* worker 2 */
    join(port, CAT, "lobby");        /* worker 0 */
    join(port, DAN, "lobby");        /* worker 1 */
    gone(port, BEN, "lobby");
    kick(port, "lobby", CAT, (struct chat_slice){0});

    assert_int_equal(chat_room_conns_on(find(port, "lobby"), 0), 0);
    assert_int_equal(chat_room_conns_on(find(port, "lobby"), 1), 2);
    assert_int_equal(chat_room_conns_on(find(port, "lobby"), 2), 0);
    recording_close(port);
}

static void no_two_rooms_share_a_key(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "a");
    uint64_t first = chat_room_facts(find(port, "a")).key;
    leave(port, ANN, "a");
    create_room(port, ANN, "a");
    create_room(port, ANN, "b");

    assert_int_equal(first >> 56, RECORDING_HOME); /* so other homes use other keys */
    assert_int_not_equal(chat_room_facts(find(port, "a")).key, first);
    assert_int_not_equal(chat_room_facts(find(port, "b")).key,
                         chat_room_facts(find(port, "a")).key);
    recording_close(port);
}

static void every_request_is_completed_once_whatever_its_answer(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 2});

    /* Asserted by the port for each: accepted, then refused. */
    for (int round = 0; round < 2; round++) {
        create_room(port, ANN, "lobby");
        join(port, BEN, "lobby");
    }
    say(port, ANN, "lobby", "hello");
    say(port, ANN, "lobby", "");
    for (int round = 0; round < 2; round++)
        leave(port, BEN, "lobby");
    ask(port, ANN, .type = CHAT_REQUEST_ping);

    assert_int_equal(seated(port, "lobby", "ann"), ANN);
    recording_close(port);
}

static void rooms_are_listed_in_order_of_creation(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "c");
    create_room(port, ANN, "a");
    create_room(port, ANN, "b");
    leave(port, ANN, "a");
    create_room(port, ANN, "a");

    struct chat_link *link = chat_coordinator_live(port->coordinator)->first;
    assert_ptr_equal(chat_room_of(link), find(port, "c"));
    assert_ptr_equal(chat_room_of(link->next), find(port, "b"));
    assert_ptr_equal(chat_room_of(link->next->next), find(port, "a"));
    assert_null(link->next->next->next);
    recording_close(port);
}

static void listing_goes_on_over_rooms_that_end(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    struct chat_list *live = chat_coordinator_live(port->coordinator);
    struct chat_cursor cursor;
    create_room(port, ANN, "a");
    create_room(port, ANN, "b");
    create_room(port, ANN, "c");

    chat_cursor_open(&cursor, live);
    assert_ptr_equal(chat_room_of(chat_cursor_next(&cursor)), find(port, "a"));
    leave(port, ANN, "a");
    leave(port, ANN, "b");
    create_room(port, ANN, "d");

    assert_ptr_equal(chat_room_of(chat_cursor_next(&cursor)), find(port, "c"));
    assert_ptr_equal(chat_room_of(chat_cursor_next(&cursor)), find(port, "d"));
    assert_null(chat_cursor_next(&cursor));
    chat_cursor_close(&cursor, live);
    recording_close(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gone_member_is_announced_to_the_rest),
        cmocka_unit_test(gone_is_told_with_the_reason_it_came_with),
        cmocka_unit_test(gone_without_a_seat_is_ignored),
        cmocka_unit_test(gone_from_a_connection_without_the_seat_is_ignored),
        cmocka_unit_test(gone_from_an_earlier_connection_of_the_slot_is_ignored),
        cmocka_unit_test(room_ends_when_the_last_connection_is_gone),
        cmocka_unit_test(kicked_user_hears_it_before_the_rest),
        cmocka_unit_test(kick_needs_no_reason),
        cmocka_unit_test(kick_of_somebody_who_is_not_there_ends_no_seat),
        cmocka_unit_test(members_are_counted_on_their_workers),
        cmocka_unit_test(no_two_rooms_share_a_key),
        cmocka_unit_test(every_request_is_completed_once_whatever_its_answer),
        cmocka_unit_test(rooms_are_listed_in_order_of_creation),
        cmocka_unit_test(listing_goes_on_over_rooms_that_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
