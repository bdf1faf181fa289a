/* kick_user and close_room (PROTOCOL §3), and rooms that are closed by whomever. */
#include "core/asking.h"

/* Ann and Ben in the lobby; Cat is its moderator and sits outside. */
static struct recording_port *open_lobby(struct chat_limits limits)
{
    limits.room_members_max = 9;
    struct recording_port *port = recording_open(limits);
    create_room(port, ANN, "lobby");
    join(port, BEN, "lobby");
    forget(port);
    port->rights |= CHAT_VERIFIED | CHAT_MAY_MODERATE;
    return port;
}

static void kick(struct recording_port *port, enum person by, const char *room, const char *user)
{
    ask(port, by, .type = CHAT_REQUEST_kick_user, .room_id = slice_of(room),
        .user_id = slice_of(user), .reason = CHAT_SLICE("too loud"), .id = CHAT_SLICE("7"));
}

static void close_room(struct recording_port *port, enum person by, const char *room)
{
    ask(port, by, .type = CHAT_REQUEST_close_room, .room_id = slice_of(room),
        .reason = CHAT_SLICE("it is late"), .id = CHAT_SLICE("7"));
}

static void moderator_puts_a_user_out(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby((struct chat_limits){0});

    kick(port, CAT, "lobby", "ben");

    expect(port, "reply cat: kick_success room_id=lobby user_id=ben id=7\n"
                 "unseat ben: kicked room_id=lobby reason=too loud\n"
                 "all of lobby, by cat: user_left room_id=lobby user_id=ben user_name=Ben "
                 "message_time=1000 reason=kicked\n");
    assert_int_equal(seated(port, "lobby", "ben"), NOBODY);
    assert_int_equal(port->audited, 1);
    kick(port, CAT, "lobby", "ben"); /* who is not there any more */
    assert_int_equal(port->audited, 1);
    forget(port);
    recording_close(port);
}

static void moderator_may_sit_in_the_room_and_kick_himself(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby((struct chat_limits){0});

    kick(port, ANN, "lobby", "ann");

    expect(port, "reply ann: kick_success room_id=lobby user_id=ann id=7\n"
                 "unseat ann: kicked room_id=lobby reason=too loud\n"
                 "all of lobby, by ann: user_left room_id=lobby user_id=ann user_name=Ann "
                 "message_time=1000 reason=kicked\n");
    recording_close(port);
}

static void kick_ends_a_seat_that_waits(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby((struct chat_limits){.resume_window_ms = 1000});
    chat_membership_gone(port->coordinator, person_conn(BEN), slice_of("lobby"), slice_of("ben"),
                         CHAT_LOST, port->now);

    kick(port, CAT, "lobby", "ben");

    expect(port, "reply cat: kick_success room_id=lobby user_id=ben id=7\n"
                 "all of lobby, by cat: user_left room_id=lobby user_id=ben user_name=Ben "
                 "message_time=1000 reason=kicked\n");
    pass(port, 1000);
    expect(port, "");
    recording_close(port);
}

static void who_is_no_moderator_learns_nothing(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby((struct chat_limits){0});

    port->rights = CHAT_RIGHTS_DEFAULT | CHAT_VERIFIED;
    kick(port, ANN, "lobby", "ben");
    kick(port, ANN, "attic", "ben");
    close_room(port, ANN, "lobby");
    close_room(port, ANN, "attic");

    expect(port, "refuse ann: moderation_error/forbidden\n"
                 "refuse ann: moderation_error/forbidden\n"
                 "refuse ann: moderation_error/forbidden\n"
                 "refuse ann: moderation_error/forbidden\n");
    recording_close(port);
}

static void who_or_what_is_not_there_cannot_be_moderated(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby((struct chat_limits){0});

    kick(port, CAT, "lobby", "dan");
    kick(port, CAT, "attic", "ben");
    close_room(port, CAT, "attic");

    expect(port, "refuse cat: moderation_error/user_not_in_room\n"
                 "refuse cat: moderation_error/room_not_found\n"
                 "refuse cat: moderation_error/room_not_found\n");
    recording_close(port);
}

static void moderator_ends_a_room_without_user_left(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby((struct chat_limits){.linger_ms = 500});

    close_room(port, ANN, "lobby");

    expect(port, "reply ann: close_success room_id=lobby id=7\n"
                 "end of lobby: room_closed room_id=lobby reason=it is late\n");
    assert_false(room_lives(port, "lobby"));
    say(port, ANN, "lobby", "still here?");
    expect(port, "refuse ann: message_error/not_in_room\n");
    create_room(port, BEN, "lobby"); /* its id is free again */
    assert_int_equal(port->refused, CHAT_OK);
    recording_close(port);
}

static void end_of_a_room_ends_what_waits_in_it(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby((struct chat_limits){.resume_window_ms = 1000});
    create_room(port, BEN, "attic");
    for (const char *const *room = (const char *const[]){"lobby", "attic", NULL}; *room; room++)
        chat_membership_gone(port->coordinator, person_conn(BEN), slice_of(*room), slice_of("ben"),
                             CHAT_LOST, port->now);
    forget(port);

    close_room(port, CAT, "lobby");
    pass(port, 1000); /* the other one's window */

    expect(port, "reply cat: close_success room_id=lobby id=7\n"
                 "end of lobby: room_closed room_id=lobby reason=it is late\n");
    assert_false(room_lives(port, "attic"));
    recording_close(port);
}

static void room_that_lingers_without_members_can_be_closed(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby((struct chat_limits){.linger_ms = 500});
    leave(port, ANN, "lobby");
    leave(port, BEN, "lobby");
    forget(port);

    close_room(port, CAT, "lobby");
    pass(port, 500);

    expect(port, "reply cat: close_success room_id=lobby id=7\n"
                 "end of lobby: room_closed room_id=lobby reason=it is late\n");
    recording_close(port);
}

static void room_that_never_ends_is_not_a_moderators_to_close(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby((struct chat_limits){0});
    chat_coordinator_keep(port->coordinator, CHAT_SLICE("hall"), CHAT_SLICE("Hall"), 9, port->now);

    close_room(port, CAT, "hall");

    expect(port, "refuse cat: moderation_error/room_permanent\n");
    assert_true(room_lives(port, "hall"));
    recording_close(port);
}

static void operator_ends_any_room_and_is_told_how_many_were_in_it(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby((struct chat_limits){0});
    chat_coordinator_keep(port->coordinator, CHAT_SLICE("hall"), CHAT_SLICE("Hall"), 9, port->now);
    for (enum person person = ANN; person <= CAT; person++)
        join(port, person, "hall");
    forget(port);

    struct chat_room *room = chat_coordinator_find(port->coordinator, CHAT_SLICE("hall"));
    assert_int_equal(chat_membership_close(port->coordinator, room, (struct chat_slice){"", 0}), 3);

    expect(port, "end of hall: room_closed room_id=hall reason=\n");
    assert_false(room_lives(port, "hall"));
    recording_close(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moderator_puts_a_user_out),
        cmocka_unit_test(moderator_may_sit_in_the_room_and_kick_himself),
        cmocka_unit_test(kick_ends_a_seat_that_waits),
        cmocka_unit_test(who_is_no_moderator_learns_nothing),
        cmocka_unit_test(who_or_what_is_not_there_cannot_be_moderated),
        cmocka_unit_test(moderator_ends_a_room_without_user_left),
        cmocka_unit_test(end_of_a_room_ends_what_waits_in_it),
        cmocka_unit_test(room_that_lingers_without_members_can_be_closed),
        cmocka_unit_test(room_that_never_ends_is_not_a_moderators_to_close),
        cmocka_unit_test(operator_ends_any_room_and_is_told_how_many_were_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
