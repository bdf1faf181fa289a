/* join with since, and messages that are sent twice (PROTOCOL §5). */
#include "core/asking.h"

static const struct chat_limits limits = {.room_members_max = 9,
                                          .history_size = 3,
                                          .history_bytes = 1 << 20,
                                          .history_ttl_ms = 1000,
                                          .history_total = 1 << 20};

/* A room in which ann said "a", "b", "c" and "d"; it holds the last three. */
static struct recording_port *open_and_say(void)
{
    struct recording_port *port = recording_open(limits);

    create_room(port, ANN, "r");
    for (const char *text = "a\0b\0c\0d\0"; *text != '\0'; text += 2)
        say(port, ANN, "r", text);
    forget(port);
    return port;
}

static void join_since(struct recording_port *port, int64_t seq, struct chat_slice epoch)
{
    ask(port, BEN, .type = CHAT_REQUEST_join, .room_id = CHAT_SLICE("r"), .since = true,
        .since_seq = seq, .since_epoch = epoch);
}

static struct chat_slice epoch_of(const struct recording_port *port)
{
    return (struct chat_slice){port->tokens[0], CHAT_TOKEN_LENGTH};
}

#define SUCCESS(recovered)                                                                         \
    "seat ben: join_success room_id=r user_id=ben room_name=Room seq=4 oldest_seq=2 epoch=#1 "     \
    "members=2 session=#3" recovered "\n"
#define SAID(text, seq)                                                                            \
    "new_message room_id=r user_id=ann user_name=Ann message=\"" text                              \
    "\" message_time=1000 seq=" #seq "\n"
#define JOINED                                                                                     \
    "all of r, by ben: user_joined room_id=r user_id=ben user_name=Ben message_time=1000\n"

static void what_was_missed_comes_behind_join_success_and_before_user_joined(void **state)
{
    (void)state;
    struct recording_port *port = open_and_say();

    join_since(port, 2, epoch_of(port));

    expect(port, SUCCESS(" recovered=true") "replay ben: 2\n" SAID("c", 3) SAID("d", 4) JOINED);
    recording_close(port);
}

static void it_is_all_or_nothing(void **state)
{
    (void)state;
    struct recording_port *port = open_and_say();

    join_since(port, 1, epoch_of(port));
    expect(port, SUCCESS(" recovered=true") "replay ben: 3\n" SAID("b", 2) SAID("c", 3) SAID("d", 4)
                     JOINED);
    leave(port, BEN, "r");
    forget(port);
    join_since(port, 0, epoch_of(port));
    expect(port, SUCCESS(" recovered=false") JOINED);
    recording_close(port);
}

static void nothing_missed_is_recovered_too(void **state)
{
    (void)state;
    struct recording_port *port = open_and_say();

    join_since(port, 4, epoch_of(port));
    expect(port, SUCCESS(" recovered=true") JOINED);
    recording_close(port);
}

static void a_seq_that_was_never_reached_is_not_recovered(void **state)
{
    (void)state;
    struct recording_port *port = open_and_say();

    join_since(port, 5, epoch_of(port));
    expect(port, SUCCESS(" recovered=false") JOINED);
    leave(port, BEN, "r");
    forget(port);
    join_since(port, INT64_C(1) << 53, epoch_of(port));
    expect(port, SUCCESS(" recovered=false") JOINED);
    recording_close(port);
}

static void another_epoch_is_not_recovered(void **state)
{
    (void)state;
    struct recording_port *port = open_and_say();

    join_since(port, 4, CHAT_SLICE("x"));
    expect(port, SUCCESS(" recovered=false") JOINED);
    leave(port, BEN, "r");
    forget(port);
    join_since(port, 4, (struct chat_slice){port->tokens[0], CHAT_TOKEN_LENGTH - 1});
    expect(port, SUCCESS(" recovered=false") JOINED);
    recording_close(port);
}

static void without_since_nothing_is_said_of_it(void **state)
{
    (void)state;
    struct recording_port *port = open_and_say();

    join(port, BEN, "r");
    expect(port, SUCCESS("") JOINED);
    recording_close(port);
}

static void in_a_room_without_history_the_newest_seq_is_recovered(void **state)
{
    (void)state;
    struct recording_port *port = recording_open((struct chat_limits){.room_members_max = 9});
    create_room(port, ANN, "r");
    say(port, ANN, "r", "a");
    forget(port);

    join_since(port, 1, epoch_of(port));
    assert_non_null(strstr(port->log, "seq=1 oldest_seq=2 epoch=#1"));
    assert_non_null(strstr(port->log, "recovered=true"));
    leave(port, BEN, "r");
    forget(port);
    join_since(port, 0, epoch_of(port));
    assert_non_null(strstr(port->log, "recovered=false"));
    recording_close(port);
}

static void what_expired_is_not_recovered(void **state)
{
    (void)state;
    struct recording_port *port = open_and_say();
    port->now.mono_ms += 1000;

    join_since(port, 4, epoch_of(port));
    assert_non_null(strstr(port->log, "seq=4 oldest_seq=5 epoch=#1"));
    assert_non_null(strstr(port->log, "recovered=true"));
    leave(port, BEN, "r");
    forget(port);
    join_since(port, 3, epoch_of(port));
    assert_non_null(strstr(port->log, "recovered=false"));
    recording_close(port);
}

static void say_as(struct recording_port *port, enum person from, const char *client_msg_id,
                   const char *id)
{
    ask(port, from, .type = CHAT_REQUEST_message, .id = slice_of(id), .room_id = CHAT_SLICE("r"),
        .message = CHAT_SLICE("m"), .client_msg_id = slice_of(client_msg_id));
}

static void a_repeat_is_acknowledged_and_not_broadcast(void **state)
{
    (void)state;
    struct recording_port *port = open_and_say();

    say_as(port, ANN, "k", "1");
    expect(port, "reply ann: message_ack room_id=r seq=5 id=1\n"
                 "all of r, by ann: new_message room_id=r user_id=ann user_name=Ann message=\"m\" "
                 "message_time=1000 seq=5 client_msg_id=k\n");
    say_as(port, ANN, "k", "2");
    say_as(port, ANN, "k", "");
    expect(port, "reply ann: message_ack room_id=r seq=5 duplicate=true id=2\n");
    recording_close(port);
}

static void a_repeat_is_the_same_id_of_the_same_user_in_the_same_room(void **state)
{
    (void)state;
    struct recording_port *port = open_and_say();
    join(port, BEN, "r");
    say_as(port, ANN, "k", "");
    forget(port);

    say_as(port, BEN, "k", "");
    assert_non_null(strstr(port->log, "seq=6 client_msg_id=k"));
    forget(port);
    say_as(port, ANN, "K", "");
    assert_non_null(strstr(port->log, "seq=7 client_msg_id=K"));
    forget(port);
    create_room(port, ANN, "other");
    ask(port, ANN, .type = CHAT_REQUEST_message, .room_id = CHAT_SLICE("other"),
        .message = CHAT_SLICE("m"), .client_msg_id = CHAT_SLICE("k"));
    assert_non_null(strstr(port->log, "seq=1 client_msg_id=k"));
    recording_close(port);
}

static void a_client_msg_id_is_forgotten_with_its_message(void **state)
{
    (void)state;
    struct recording_port *port = open_and_say();

    say_as(port, ANN, "k", "");
    say(port, ANN, "r", "x");
    say(port, ANN, "r", "y");
    forget(port);
    say_as(port, ANN, "k", "1");
    expect(port, "reply ann: message_ack room_id=r seq=5 duplicate=true id=1\n");
    say(port, ANN, "r", "z");
    forget(port);
    say_as(port, ANN, "k", "");
    assert_non_null(strstr(port->log, "seq=9 client_msg_id=k"));
    forget(port);
    port->now.mono_ms += 1000;
    say_as(port, ANN, "k", "");
    assert_non_null(strstr(port->log, "seq=10 client_msg_id=k"));
    recording_close(port);
}

static void it_is_remembered_when_the_user_comes_again(void **state)
{
    (void)state;
    struct recording_port *port = open_and_say();
    join(port, BEN, "r");
    say_as(port, BEN, "k", "");
    leave(port, BEN, "r");
    join(port, BEN, "r");
    forget(port);

    say_as(port, BEN, "k", "1");
    expect(port, "reply ben: message_ack room_id=r seq=5 duplicate=true id=1\n");
    recording_close(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_missed_comes_behind_join_success_and_before_user_joined),
        cmocka_unit_test(it_is_all_or_nothing),
        cmocka_unit_test(nothing_missed_is_recovered_too),
        cmocka_unit_test(a_seq_that_was_never_reached_is_not_recovered),
        cmocka_unit_test(another_epoch_is_not_recovered),
        cmocka_unit_test(without_since_nothing_is_said_of_it),
        cmocka_unit_test(in_a_room_without_history_the_newest_seq_is_recovered),
        cmocka_unit_test(what_expired_is_not_recovered),
        cmocka_unit_test(a_repeat_is_acknowledged_and_not_broadcast),
        cmocka_unit_test(a_repeat_is_the_same_id_of_the_same_user_in_the_same_room),
        cmocka_unit_test(a_client_msg_id_is_forgotten_with_its_message),
        cmocka_unit_test(it_is_remembered_when_the_user_comes_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
