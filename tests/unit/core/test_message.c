/* message (PROTOCOL §3, §5, §6). */
#include "core/asking.h"

static char text_max[TEXT_MAX + 1];

static int fill_text(void **state)
{
    (void)state;
    memset(text_max, 'x', sizeof(text_max));
    return 0;
}

static void message_ack_comes_before_new_message(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    forget(port);
    port->now.wall_ms = 4000;

    ask(port, ANN, .type = CHAT_REQUEST_message, .id = CHAT_SLICE("1"),
        .room_id = CHAT_SLICE("lobby"), .message = CHAT_SLICE("hello"),
        .client_msg_id = CHAT_SLICE("m1"));

    expect(port, "reply ann: message_ack room_id=lobby seq=1 id=1\n"
                 "all of lobby, by ann: new_message room_id=lobby user_id=ann user_name=Ann "
                 "message=\"hello\" message_time=4000 seq=1 client_msg_id=m1\n");
    recording_close(port);
}

static void message_is_acknowledged_only_when_it_has_an_id(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    forget(port);

    say(port, ANN, "lobby", "hello");

    expect(port, "all of lobby, by ann: new_message room_id=lobby user_id=ann user_name=Ann "
                 "message=\"hello\" message_time=1000 seq=1\n");
    recording_close(port);
}

static void seq_counts_without_gaps_in_each_room(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "a");
    create_room(port, ANN, "b");
    join(port, BEN, "a");
    forget(port);

    say(port, ANN, "a", "1");
    say(port, ANN, "b", "2");
    say(port, BEN, "a", "3");
    say(port, ANN, "a", "4");

    expect(port, "all of a, by ann: new_message room_id=a user_id=ann user_name=Ann "
                 "message=\"1\" message_time=1000 seq=1\n"
                 "all of b, by ann: new_message room_id=b user_id=ann user_name=Ann "
                 "message=\"2\" message_time=1000 seq=1\n"
                 "all of a, by ben: new_message room_id=a user_id=ben user_name=Ben "
                 "message=\"3\" message_time=1000 seq=2\n"
                 "all of a, by ann: new_message room_id=a user_id=ann user_name=Ann "
                 "message=\"4\" message_time=1000 seq=3\n");
    recording_close(port);
}

static void refused_message_takes_no_number(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    say(port, ANN, "lobby", "one");
    say(port, ANN, "lobby", "");
    say(port, BEN, "lobby", "let me in");
    ask(port, ANN, .type = CHAT_REQUEST_message, .room_id = CHAT_SLICE("lobby"),
        .message = {text_max, TEXT_MAX + 1});
    forget(port);

    say(port, ANN, "lobby", "two");

    expect(port, "all of lobby, by ann: new_message room_id=lobby user_id=ann user_name=Ann "
                 "message=\"two\" message_time=1000 seq=2\n");
    recording_close(port);
}

static void only_messages_are_numbered(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    join(port, BEN, "lobby");
    leave(port, BEN, "lobby");
    forget(port);

    say(port, ANN, "lobby", "first");

    expect(port, "all of lobby, by ann: new_message room_id=lobby user_id=ann user_name=Ann "
                 "message=\"first\" message_time=1000 seq=1\n");
    recording_close(port);
}

static void message_is_refused_when_empty(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    forget(port);

    say(port, ANN, "lobby", "");
    expect(port, "refuse ann: message_error/empty\n");

    say(port, ANN, "lobby", "x");
    assert_int_equal(port->refused, CHAT_OK);
    recording_close(port);
}

static void message_is_refused_above_its_largest_size(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    forget(port);

    ask(port, ANN, .type = CHAT_REQUEST_message, .room_id = CHAT_SLICE("lobby"),
        .message = {text_max, TEXT_MAX + 1});
    expect(port, "refuse ann: message_error/message_too_large high=10240 bytes\n");

    ask(port, ANN, .type = CHAT_REQUEST_message, .room_id = CHAT_SLICE("lobby"),
        .message = {text_max, TEXT_MAX});
    assert_int_equal(port->refused, CHAT_OK);
    assert_int_equal(
        chat_room_facts(chat_coordinator_find(port->coordinator, CHAT_SLICE("lobby"))).seq, 1);
    recording_close(port);
}

static void missing_seat_is_told_before_the_size(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    forget(port);

    say(port, BEN, "lobby", "");
    ask(port, BEN, .type = CHAT_REQUEST_message, .room_id = CHAT_SLICE("lobby"),
        .message = {text_max, TEXT_MAX + 1});

    expect(port, "refuse ben: message_error/not_in_room\n"
                 "refuse ben: message_error/not_in_room\n");
    recording_close(port);
}

static void message_is_refused_without_a_seat(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    forget(port);

    say(port, BEN, "lobby", "hello");
    say(port, ANN, "attic", "hello");
    ask_as(port, CAT, NULL,
           &(struct chat_request){.type = CHAT_REQUEST_message,
                                  .room_id = CHAT_SLICE("lobby"),
                                  .message = CHAT_SLICE("hello")});

    expect(port, "refuse ben: message_error/not_in_room\n"
                 "refuse ann: message_error/not_in_room\n"
                 "refuse cat: message_error/not_in_room\n");
    recording_close(port);
}

static void message_is_refused_to_a_connection_that_claims_the_user_id(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    forget(port);

    ask_as(port, BEN, "ann",
           &(struct chat_request){.type = CHAT_REQUEST_message,
                                  .room_id = CHAT_SLICE("lobby"),
                                  .message = CHAT_SLICE("as ann")});

    expect(port, "refuse ben: message_error/not_in_room\n");
    recording_close(port);
}

static void text_may_hold_a_zero_byte(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");

    ask(port, ANN, .type = CHAT_REQUEST_message, .room_id = CHAT_SLICE("lobby"),
        .message = {"\0", 1});

    assert_int_equal(port->refused, CHAT_OK);
    recording_close(port);
}

static void room_remembers_the_time_of_its_last_message(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    const struct chat_room *room = chat_coordinator_find(port->coordinator, CHAT_SLICE("lobby"));
    assert_int_equal(chat_room_facts(room).last_ms, 0);

    port->now.wall_ms = 5000;
    say(port, ANN, "lobby", "hello");
    port->now.wall_ms = 6000;
    say(port, ANN, "lobby", "");

    assert_int_equal(chat_room_facts(room).last_ms, 5000);
    recording_close(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_ack_comes_before_new_message),
        cmocka_unit_test(message_is_acknowledged_only_when_it_has_an_id),
        cmocka_unit_test(seq_counts_without_gaps_in_each_room),
        cmocka_unit_test(refused_message_takes_no_number),
        cmocka_unit_test(only_messages_are_numbered),
        cmocka_unit_test(message_is_refused_when_empty),
        cmocka_unit_test(message_is_refused_above_its_largest_size),
        cmocka_unit_test(missing_seat_is_told_before_the_size),
        cmocka_unit_test(message_is_refused_without_a_seat),
        cmocka_unit_test(message_is_refused_to_a_connection_that_claims_the_user_id),
        cmocka_unit_test(text_may_hold_a_zero_byte),
        cmocka_unit_test(room_remembers_the_time_of_its_last_message),
    };
    return cmocka_run_group_tests(tests, fill_text, NULL);
}
