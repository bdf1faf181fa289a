/* mute_user and unmute_user (PROTOCOL §3): asked for at the home, kept elsewhere, answered at the
 * home. */
#include "core/asking.h"
#include "core/mute.h"

/* Ben in the lobby; Ann, who sits there too, is its moderator. */
static struct recording_port *open_lobby(void)
{
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "lobby");
    join(port, BEN, "lobby");
    forget(port);
    port->rights |= CHAT_VERIFIED | CHAT_MAY_MODERATE;
    return port;
}

static void mute(struct recording_port *port, const char *room, int64_t duration_ms)
{
    ask(port, ANN, .type = CHAT_REQUEST_mute_user, .room_id = slice_of(room),
        .user_id = CHAT_SLICE("ben"), .reason = CHAT_SLICE("too loud"), .duration_ms = duration_ms);
}

static void unmute(struct recording_port *port, const char *room)
{
    ask(port, ANN, .type = CHAT_REQUEST_unmute_user, .room_id = slice_of(room),
        .user_id = CHAT_SLICE("ben"));
}

/* What was asked for holds everywhere, or does not. */
static void settle(struct recording_port *port, enum chat_request_type type, enum chat_error error,
                   int64_t expires_ms)
{
    struct chat_request request = {.type = type,
                                   .id = CHAT_SLICE("7"),
                                   .room_id = CHAT_SLICE("lobby"),
                                   .user_id = CHAT_SLICE("ben")};
    struct chat_call call = {.request = &request, .from = person_conn(ANN)};

    port->asked = &request;
    port->asker = call.from;
    chat_mute_answer(port->coordinator, &call, error, expires_ms);
    assert_int_equal(port->completed, 1);
    port->completed = 0;
    port->asked = NULL;
}

static void mute_is_answered_when_it_holds(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();

    mute(port, "lobby", 5000);
    expect(port, "keep ann: ben in lobby by ann from 1000 to 6000: too loud\n");
    settle(port, CHAT_REQUEST_mute_user, CHAT_OK, 6000);

    expect(port, "reply ann: mute_success room_id=lobby user_id=ben expires_at=6000 id=7\n");
    recording_close(port);
}

static void mute_without_a_duration_has_no_end(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();

    mute(port, "lobby", 0);
    settle(port, CHAT_REQUEST_mute_user, CHAT_OK, 0);

    expect(port, "keep ann: ben in lobby by ann from 1000 to 0: too loud\n"
                 "reply ann: mute_success room_id=lobby user_id=ben id=7\n");
    recording_close(port);
}

static void unmute_is_answered_likewise(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();

    unmute(port, "lobby");
    settle(port, CHAT_REQUEST_unmute_user, CHAT_OK, 0);
    settle(port, CHAT_REQUEST_unmute_user, CHAT_E_MODERATION_USER_NOT_MUTED, 0);

    expect(port, "lift ann: ben in lobby by ann from 1000 to 0: \n"
                 "reply ann: unmute_success room_id=lobby user_id=ben id=7\n"
                 "refuse ann: moderation_error/user_not_muted\n");
    recording_close(port);
}

static void only_a_moderator_mutes_in_a_room_that_is_there(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();

    mute(port, "attic", 0);
    unmute(port, "attic");
    port->rights = CHAT_RIGHTS_DEFAULT | CHAT_VERIFIED;
    mute(port, "lobby", 0);
    unmute(port, "lobby");

    expect(port, "refuse ann: moderation_error/room_not_found\n"
                 "refuse ann: moderation_error/room_not_found\n"
                 "refuse ann: moderation_error/forbidden\n"
                 "refuse ann: moderation_error/forbidden\n");
    recording_close(port);
}

static void what_cannot_be_kept_is_refused(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();

    port->keeps = false;
    mute(port, "lobby", 0);
    settle(port, CHAT_REQUEST_mute_user, CHAT_E_SERVER_ENGINE_UNAVAILABLE, 0);

    expect(port, "keep ann: ben in lobby by ann from 1000 to 0: too loud\n"
                 "refuse ann: server_error/engine_unavailable\n"
                 "refuse ann: server_error/engine_unavailable\n");
    recording_close(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mute_is_answered_when_it_holds),
        cmocka_unit_test(mute_without_a_duration_has_no_end),
        cmocka_unit_test(unmute_is_answered_likewise),
        cmocka_unit_test(only_a_moderator_mutes_in_a_room_that_is_there),
        cmocka_unit_test(what_cannot_be_kept_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
