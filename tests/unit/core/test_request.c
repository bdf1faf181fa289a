/* The rows of request.def (PROTOCOL §3), and ping, which needs no room. */
#include "core/asking.h"

/* In the order of PROTOCOL §3. */
static const struct {
    enum chat_request_type type;
    const char *name;
    enum chat_route route;
    enum chat_identity identity;
    enum chat_charge charge;
} expected[] = {
    {CHAT_REQUEST_create_room, "create_room", CHAT_ROUTE_ROOM, CHAT_IDENTITY_BINDS,
     CHAT_CHARGE_JOINS},
    {CHAT_REQUEST_join, "join", CHAT_ROUTE_ROOM, CHAT_IDENTITY_BINDS, CHAT_CHARGE_JOINS},
    {CHAT_REQUEST_leave, "leave", CHAT_ROUTE_ROOM, CHAT_IDENTITY_ANY, CHAT_CHARGE_MESSAGES},
    {CHAT_REQUEST_message, "message", CHAT_ROUTE_ROOM, CHAT_IDENTITY_ANY, CHAT_CHARGE_MESSAGES},
    {CHAT_REQUEST_history, "history", CHAT_ROUTE_ROOM, CHAT_IDENTITY_ANY, CHAT_CHARGE_MESSAGES},
    {CHAT_REQUEST_list_rooms, "list_rooms", CHAT_ROUTE_ALL, CHAT_IDENTITY_ANY,
     CHAT_CHARGE_MESSAGES},
    {CHAT_REQUEST_list_users, "list_users", CHAT_ROUTE_ROOM, CHAT_IDENTITY_ANY,
     CHAT_CHARGE_MESSAGES},
    {CHAT_REQUEST_typing, "typing", CHAT_ROUTE_ROOM, CHAT_IDENTITY_ANY, CHAT_CHARGE_MESSAGES},
    {CHAT_REQUEST_kick_user, "kick_user", CHAT_ROUTE_ROOM, CHAT_IDENTITY_ANY, CHAT_CHARGE_MESSAGES},
    {CHAT_REQUEST_mute_user, "mute_user", CHAT_ROUTE_ROOM, CHAT_IDENTITY_ANY, CHAT_CHARGE_MESSAGES},
    {CHAT_REQUEST_unmute_user, "unmute_user", CHAT_ROUTE_ROOM, CHAT_IDENTITY_ANY,
     CHAT_CHARGE_MESSAGES},
    {CHAT_REQUEST_close_room, "close_room", CHAT_ROUTE_ROOM, CHAT_IDENTITY_ANY,
     CHAT_CHARGE_MESSAGES},
    {CHAT_REQUEST_ping, "ping", CHAT_ROUTE_HERE, CHAT_IDENTITY_ANY, CHAT_CHARGE_NOTHING},
    {CHAT_REQUEST_auth, "auth", CHAT_ROUTE_HERE, CHAT_IDENTITY_ANY, CHAT_CHARGE_MESSAGES},
};

static void every_request_of_the_protocol_has_its_row(void **state)
{
    (void)state;
    assert_int_equal(sizeof(expected) / sizeof(expected[0]), CHAT_REQUESTS);
    for (unsigned i = 0; i < CHAT_REQUESTS; i++) {
        const struct chat_request_row *row = chat_request_row(expected[i].type);
        assert_string_equal(row->name, expected[i].name);
        assert_int_equal(row->route, expected[i].route);
        assert_int_equal(row->identity, expected[i].identity);
        assert_int_equal(row->charge, expected[i].charge);
        assert_int_not_equal(strlen(row->doc), 0);
    }
}

static void ping_is_answered_by_pong(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});

    ask(port, ANN, .type = CHAT_REQUEST_ping, .id = CHAT_SLICE("12"));
    ask_as(port, BEN, NULL, &(struct chat_request){.type = CHAT_REQUEST_ping});

    expect(port, "reply ann: pong id=12\nreply ben: pong\n");
    recording_close(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_of_the_protocol_has_its_row),
        cmocka_unit_test(ping_is_answered_by_pong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
