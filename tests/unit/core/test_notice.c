/* What operators say in a room (PROTOCOL §4, §5): numbered, held and recovered like a message. */
#include "core/asking.h"
#include "core/notice.h"

static const struct chat_limits limits = {.room_members_max = 9,
                                          .resume_window_ms = 1000,
                                          .history_size = 9,
                                          .history_bytes = 1 << 20,
                                          .history_ttl_ms = 1000,
                                          .history_total = 1 << 20};

static struct recording_port *open_lobby(void)
{
    struct recording_port *port = recording_open(limits);
    create_room(port, ANN, "lobby");
    join(port, BEN, "lobby");
    forget(port);
    return port;
}

/* How many it reached; -1: there is no such room. */
static int tell(struct recording_port *port, const char *room, const char *text)
{
    uint64_t reached = 99;
    if (!chat_notice_say(port->coordinator, slice_of(room), slice_of(text), port->now, &reached)) {
        assert_int_equal(reached, 99);
        return -1;
    }
    recording_check(port);
    return (int)reached;
}

static void notice_takes_the_next_number_of_its_room(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();

    say(port, ANN, "lobby", "a");
    assert_int_equal(tell(port, "lobby", "tea is ready"), 2);
    say(port, ANN, "lobby", "b");

    expect(port, "all of lobby, by ann: new_message room_id=lobby user_id=ann user_name=Ann "
                 "message=\"a\" message_time=1000 seq=1\n"
                 "all of lobby: notice room_id=lobby message=tea is ready message_time=1000 seq=2\n"
                 "all of lobby, by ann: new_message room_id=lobby user_id=ann user_name=Ann "
                 "message=\"b\" message_time=1000 seq=3\n");
    recording_close(port);
}

static void notice_is_recovered_like_a_message(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();

    tell(port, "lobby", "tea is ready");
    forget(port);
    ask(port, CAT, .type = CHAT_REQUEST_join, .room_id = CHAT_SLICE("lobby"), .since = true,
        .since_epoch = {port->tokens[0], CHAT_TOKEN_LENGTH});

    assert_non_null(strstr(port->log, "replay cat: 1\n"
                                      "notice room_id=lobby message=tea is ready "
                                      "message_time=1000 seq=1\n"));
    recording_close(port);
}

static void notice_is_in_the_history(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();

    tell(port, "lobby", "tea is ready");
    forget(port);
    ask(port, ANN, .type = CHAT_REQUEST_history, .room_id = CHAT_SLICE("lobby"));

    assert_non_null(strstr(port->log, "notice room_id=lobby message=tea is ready"));
    recording_close(port);
}

static void only_living_connections_are_reached(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();
    chat_membership_gone(port->coordinator, person_conn(ANN), slice_of("lobby"), slice_of("ann"),
                         CHAT_LOST, port->now);

    assert_int_equal(tell(port, "lobby", "tea is ready"), 1);

    recording_close(port);
}

static void there_is_nothing_to_say_where_no_room_is(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();
    assert_int_equal(tell(port, "attic", "hello?"), -1);
    expect(port, "");
    recording_close(port);
}

static void what_is_said_to_everyone_has_no_number(void **state)
{
    (void)state;
    struct chat_event event =
        chat_notice_event(slice_of("good night"), (struct chat_time){.wall_ms = 5});
    assert_int_equal(event.type, CHAT_EVENT_notice);
    assert_int_equal(event.seq, 0);
    assert_int_equal(event.room_id.length, 0);
    assert_int_equal(event.time_ms, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notice_takes_the_next_number_of_its_room),
        cmocka_unit_test(notice_is_recovered_like_a_message),
        cmocka_unit_test(notice_is_in_the_history),
        cmocka_unit_test(only_living_connections_are_reached),
        cmocka_unit_test(there_is_nothing_to_say_where_no_room_is),
        cmocka_unit_test(what_is_said_to_everyone_has_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
