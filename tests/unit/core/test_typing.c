/* typing (PROTOCOL §3): whispered to the others, without a reply. */
#include "core/asking.h"

static struct recording_port *open_lobby(void)
{
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    join(port, BEN, "lobby");
    forget(port);
    return port;
}

static void others_hear_who_is_typing(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();
    type_in(port, BEN, "lobby");
    expect(port, "others of lobby, by ben: user_typing room_id=lobby user_id=ben user_name=Ben\n");
    recording_close(port);
}

static void id_of_typing_gets_no_reply(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();
    ask(port, ANN, .type = CHAT_REQUEST_typing, .room_id = slice_of("lobby"),
        .id = CHAT_SLICE("7"));
    expect(port, "others of lobby, by ann: user_typing room_id=lobby user_id=ann user_name=Ann\n");
    recording_close(port);
}

static void typing_changes_nothing_of_the_room(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();
    struct chat_room *room = chat_coordinator_find(port->coordinator, slice_of("lobby"));
    struct chat_room_facts before = chat_room_facts(room);
    type_in(port, ANN, "lobby");
    struct chat_room_facts after = chat_room_facts(room);
    assert_int_equal(after.seq, before.seq);
    assert_int_equal(after.last_ms, before.last_ms);
    assert_int_equal(after.history_bytes, before.history_bytes);
    recording_close(port);
}

static void typing_is_refused_to_whoever_has_no_seat(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();
    type_in(port, CAT, "lobby");
    type_in(port, ANN, "attic");
    ask_as(port, EVE, NULL,
           &(struct chat_request){.type = CHAT_REQUEST_typing, .room_id = slice_of("lobby")});
    ask_as(port, EVE, "ann",
           &(struct chat_request){.type = CHAT_REQUEST_typing, .room_id = slice_of("lobby")});
    expect(port, "refuse cat: message_error/not_in_room\nrefuse ann: message_error/not_in_room\n"
                 "refuse eve: message_error/not_in_room\nrefuse eve: message_error/not_in_room\n");
    recording_close(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others_hear_who_is_typing),
        cmocka_unit_test(id_of_typing_gets_no_reply),
        cmocka_unit_test(typing_changes_nothing_of_the_room),
        cmocka_unit_test(typing_is_refused_to_whoever_has_no_seat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
