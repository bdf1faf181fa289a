/* auth, and what a token's rights allow in rooms (PROTOCOL §3, §7). */
#include "core/asking.h"

static struct recording_port *opened(uint32_t rooms_max, bool auto_create)
{
    struct recording_port *port =
        recording_open((struct chat_limits){.room_members_max = 2, .auto_create = auto_create});
    port->rooms_max = rooms_max;
    return port;
}

static void a_good_token_is_answered_with_who_and_until_when(void **state)
{
    (void)state;
    struct recording_port *port = opened(9, false);

    ask(port, ANN, .type = CHAT_REQUEST_auth, .token = CHAT_SLICE("t"), .id = CHAT_SLICE("1"));

    expect(port, "reply ann: auth_success user_id=ann expires_at=61000 id=1\n");
    recording_close(port);
}

static void a_bad_token_is_refused(void **state)
{
    (void)state;
    struct recording_port *port = opened(9, false);
    port->verdict = CHAT_E_IDENTITY_TOKEN_EXPIRED;

    ask(port, ANN, .type = CHAT_REQUEST_auth, .token = CHAT_SLICE("t"));

    expect(port, "refuse ann: identity_error/token_expired\n");
    recording_close(port);
}

static void create_room_needs_the_right_to_create(void **state)
{
    (void)state;
    struct recording_port *port = opened(1, false);
    port->rights = CHAT_VERIFIED | CHAT_MAY_JOIN | CHAT_MAY_SEND | CHAT_MAY_MODERATE;

    create_room(port, ANN, "lobby");
    expect(port, "refuse ann: create_room_error/forbidden\n");
    assert_int_equal(port->rooms, 0);
    port->rights = CHAT_MAY_CREATE; /* that to join is not needed */
    create_room(port, ANN, "lobby");
    expect(port, "seat ann: new_room room_id=lobby author_id=ann room_name=Room seq=0 epoch=#1 "
                 "session=#2\n");
    port->rights = 0;
    create_room(port, BEN, "lobby");
    expect(port, "refuse ben: create_room_error/room_exists\n");
    create_room(port, BEN, "other");
    expect(port, "refuse ben: create_room_error/too_many_rooms\n");
    recording_close(port);
}

static void join_needs_the_right_to_join(void **state)
{
    (void)state;
    struct recording_port *port = opened(9, false);
    create_room(port, ANN, "lobby");
    forget(port);
    port->rights = CHAT_MAY_CREATE | CHAT_MAY_SEND;

    join(port, BEN, "lobby");
    expect(port, "refuse ben: join_room_error/forbidden\n");
    assert_int_equal(seated(port, "lobby", "ben"), NOBODY);
    join(port, ANN, "lobby");
    expect(port, "refuse ann: join_room_error/user_already_in_room\n");
    join(port, BEN, "other");
    expect(port, "refuse ben: join_room_error/room_not_found\n");
    port->rights = CHAT_MAY_JOIN;
    join(port, BEN, "lobby");
    forget(port);
    port->rights = 0;
    join(port, CAT, "lobby");
    expect(port, "refuse cat: join_room_error/room_full\n");
    recording_close(port);
}

static void join_that_makes_a_room_needs_both_rights(void **state)
{
    (void)state;
    struct recording_port *port = opened(1, true);

    port->rights = CHAT_MAY_JOIN;
    join(port, ANN, "lobby");
    expect(port, "refuse ann: join_room_error/forbidden\n");
    port->rights = CHAT_MAY_CREATE;
    join(port, ANN, "lobby");
    expect(port, "refuse ann: join_room_error/forbidden\n");
    assert_false(room_lives(port, "lobby"));
    assert_int_equal(port->rooms, 0);
    port->rights = CHAT_MAY_CREATE | CHAT_MAY_JOIN;
    join(port, ANN, "lobby");
    assert_int_equal(seated(port, "lobby", "ann"), ANN);
    forget(port);
    port->rights = 0;
    join(port, BEN, "other");
    expect(port, "refuse ben: join_room_error/too_many_rooms\n");
    recording_close(port);
}

static void message_needs_the_right_to_send(void **state)
{
    (void)state;
    struct recording_port *port = opened(9, false);
    create_room(port, ANN, "lobby");
    forget(port);
    port->rights = CHAT_VERIFIED | CHAT_MAY_CREATE | CHAT_MAY_JOIN;

    say(port, ANN, "lobby", "hello");
    expect(port, "refuse ann: message_error/forbidden\n");
    say(port, ANN, "lobby", "");
    expect(port, "refuse ann: message_error/empty\n");
    ask(port, ANN, .type = CHAT_REQUEST_typing, .room_id = CHAT_SLICE("lobby"));
    expect(port, "refuse ann: message_error/forbidden\n");
    say(port, BEN, "lobby", "hello");
    expect(port, "refuse ben: message_error/not_in_room\n");
    port->rights = CHAT_MAY_SEND;
    say(port, ANN, "lobby", "hello");
    expect(port, "all of lobby, by ann: new_message room_id=lobby user_id=ann user_name=Ann "
                 "message=\"hello\" message_time=1000 seq=1\n");
    recording_close(port);
}

static void who_is_banned_neither_joins_nor_creates(void **state)
{
    (void)state;
    struct recording_port *port = opened(2, true);
    create_room(port, ANN, "lobby");
    forget(port);
    port->rights = CHAT_RIGHTS_DEFAULT | CHAT_IS_BANNED;

    join(port, BEN, "lobby");
    expect(port, "refuse ben: join_room_error/banned\n");
    join(port, ANN, "lobby");
    expect(port, "refuse ann: join_room_error/user_already_in_room\n");
    join(port, BEN, "other");
    expect(port, "refuse ben: join_room_error/banned\n");
    assert_false(room_lives(port, "other"));
    create_room(port, BEN, "other");
    expect(port, "refuse ben: create_room_error/forbidden\n");
    assert_int_equal(port->rooms, 1);
    port->rights = CHAT_IS_BANNED;
    join(port, BEN, "lobby");
    expect(port, "refuse ben: join_room_error/banned\n");
    recording_close(port);
}

static void who_is_muted_may_listen_but_not_speak(void **state)
{
    (void)state;
    struct recording_port *port = opened(9, false);
    create_room(port, ANN, "lobby");
    forget(port);
    port->rights = CHAT_IS_MUTED;

    say(port, ANN, "lobby", "");
    expect(port, "refuse ann: message_error/empty\n");
    say(port, ANN, "lobby", "hello");
    expect(port, "refuse ann: message_error/muted\n");
    ask(port, ANN, .type = CHAT_REQUEST_typing, .room_id = CHAT_SLICE("lobby"));
    expect(port, "refuse ann: message_error/muted\n");
    say(port, BEN, "lobby", "hello");
    expect(port, "refuse ben: message_error/not_in_room\n");
    recording_close(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_token_is_answered_with_who_and_until_when),
        cmocka_unit_test(a_bad_token_is_refused),
        cmocka_unit_test(create_room_needs_the_right_to_create),
        cmocka_unit_test(join_needs_the_right_to_join),
        cmocka_unit_test(join_that_makes_a_room_needs_both_rights),
        cmocka_unit_test(message_needs_the_right_to_send),
        cmocka_unit_test(who_is_banned_neither_joins_nor_creates),
        cmocka_unit_test(who_is_muted_may_listen_but_not_speak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
