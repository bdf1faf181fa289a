/* history, and create_room's part in it (PROTOCOL §3, §4). */
#include "core/asking.h"

static const struct chat_limits limits = {.room_members_max = 9,
                                          .history_size = 10,
                                          .history_bytes = 1 << 20,
                                          .history_reply_bytes = 1 << 18,
                                          .history_ttl_ms = 1000,
                                          .history_total = 1 << 20};

static struct recording_port *open_and_say(struct chat_limits bounds, unsigned n)
{
    struct recording_port *port = recording_open(bounds);

    create_room(port, ANN, "r");
    for (unsigned i = 0; i < n; i++)
        say(port, ANN, "r", (const char *[]){"one", "two", "three"}[i % 3]);
    forget(port);
    return port;
}

static void ask_history(struct recording_port *port, int64_t before, int64_t limit)
{
    ask(port, ANN, .type = CHAT_REQUEST_history, .id = CHAT_SLICE("1"), .room_id = CHAT_SLICE("r"),
        .before = before, .limit = limit);
}

#define SAID(text, seq)                                                                            \
    "new_message room_id=r user_id=ann user_name=Ann message=\"" text                              \
    "\" message_time=1000 seq=" #seq "\n"

static void all_that_is_held_comes_oldest_first(void **state)
{
    (void)state;
    struct recording_port *port = open_and_say(limits, 3);

    ask_history(port, 0, 0);

    expect(port, "reply ann: history room_id=r epoch=#1 messages=3[" SAID("one", 1) SAID("two", 2)
                     SAID("three", 3) "] more=false id=1\n");
    recording_close(port);
}

static void before_and_limit_choose_the_newest_before(void **state)
{
    (void)state;
    struct recording_port *port = open_and_say(limits, 3);

    ask_history(port, 3, 1);
    ask_history(port, 2, 1);
    ask_history(port, 1, 1);
    ask_history(port, 4, 1);
    ask_history(port, INT64_C(1) << 53, 1);

    expect(port,
           "reply ann: history room_id=r epoch=#1 messages=1[" SAID(
               "two",
               2) "] more=true id=1\n"
                  "reply ann: history room_id=r epoch=#1 messages=1[" SAID(
                      "one",
                      1) "] more=false id=1\n"
                         "reply ann: history room_id=r epoch=#1 messages=0[] more=false id=1\n"
                         "reply ann: history room_id=r epoch=#1 messages=1[" SAID(
                             "three", 3) "] more=true id=1\n"
                                         "reply ann: history room_id=r epoch=#1 messages=1[" SAID(
                                             "three", 3) "] more=true id=1\n");
    recording_close(port);
}

static void a_reply_ends_before_its_bound_but_has_one_message(void **state)
{
    (void)state;
    enum { FRAME = sizeof(SAID("one", 1)) - 1, SHAPE = 256 + sizeof("1") - 1 + sizeof("r") - 1 };
    struct chat_limits bounds = limits;
    struct recording_port *port;

    bounds.history_reply_bytes = SHAPE + 2 * FRAME + 2; /* "three" is longer by 2 */
    port = open_and_say(bounds, 3);
    ask_history(port, 0, 0);
    expect(port, "reply ann: history room_id=r epoch=#1 messages=2[" SAID("two", 2)
                     SAID("three", 3) "] more=true id=1\n");
    recording_close(port);

    bounds.history_reply_bytes--;
    port = open_and_say(bounds, 3);
    ask_history(port, 0, 0);
    expect(port, "reply ann: history room_id=r epoch=#1 messages=1[" SAID("three",
                                                                          3) "] more=true id=1\n");
    recording_close(port);

    bounds.history_reply_bytes = 1;
    port = open_and_say(bounds, 1);
    ask_history(port, 0, 0);
    expect(port, "reply ann: history room_id=r epoch=#1 messages=1[" SAID("one",
                                                                          1) "] more=false id=1\n");
    recording_close(port);
}

static void a_page_is_fifty_when_no_limit_is_given(void **state)
{
    (void)state;
    struct chat_limits bounds = limits;
    bounds.history_size = 60;
    struct recording_port *port = open_and_say(bounds, 51);

    ask_history(port, 0, 0);
    assert_non_null(strstr(port->log, "messages=50["));
    assert_non_null(strstr(port->log, "more=true"));
    forget(port);
    ask_history(port, 51, 0);
    assert_non_null(strstr(port->log, "messages=50["));
    assert_non_null(strstr(port->log, "more=false"));
    recording_close(port);
}

static void only_members_are_told(void **state)
{
    (void)state;
    struct recording_port *port = open_and_say(limits, 1);

    ask(port, BEN, .type = CHAT_REQUEST_history, .room_id = CHAT_SLICE("r"));
    ask_as(port, BEN, NULL,
           &(struct chat_request){.type = CHAT_REQUEST_history, .room_id = CHAT_SLICE("r")});
    ask_as(port, BEN, "ann",
           &(struct chat_request){.type = CHAT_REQUEST_history, .room_id = CHAT_SLICE("r")});
    ask(port, ANN, .type = CHAT_REQUEST_history, .room_id = CHAT_SLICE("nowhere"));

    expect(port, "refuse ben: message_error/not_in_room\nrefuse ben: message_error/not_in_room\n"
                 "refuse ben: message_error/not_in_room\nrefuse ann: message_error/not_in_room\n");
    recording_close(port);
}

static void an_author_may_ask_for_less_history_or_none(void **state)
{
    (void)state;
    static const struct {
        struct chat_share asked;
        unsigned said, held;
    } rooms[] = {{{true, 0}, 3, 0}, {{true, 2}, 3, 2}, {{true, 10}, 11, 10}, {{false, 0}, 11, 10}};

    for (unsigned i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        char expected[32];
        struct recording_port *port = recording_open(limits);
        ask(port, ANN, .type = CHAT_REQUEST_create_room, .room_id = CHAT_SLICE("r"),
            .room_name = CHAT_SLICE("R"), .history = rooms[i].asked);
        for (unsigned n = 0; n < rooms[i].said; n++)
            say(port, ANN, "r", "x");
        forget(port);
        ask_history(port, 0, 0);
        snprintf(expected, sizeof(expected), "messages=%u[", rooms[i].held);
        assert_non_null(strstr(port->log, expected));
        recording_close(port);
    }
}

static void what_expired_is_not_told(void **state)
{
    (void)state;
    struct recording_port *port = open_and_say(limits, 1);

    port->now.mono_ms += 999;
    ask_history(port, 0, 0);
    assert_non_null(strstr(port->log, "messages=1["));
    forget(port);
    port->now.mono_ms += 1;
    ask_history(port, 0, 0);
    expect(port, "reply ann: history room_id=r epoch=#1 messages=0[] more=false id=1\n");
    assert_int_equal(chat_coordinator_history_bytes(port->coordinator), 0);
    recording_close(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_is_held_comes_oldest_first),
        cmocka_unit_test(before_and_limit_choose_the_newest_before),
        cmocka_unit_test(a_reply_ends_before_its_bound_but_has_one_message),
        cmocka_unit_test(a_page_is_fifty_when_no_limit_is_given),
        cmocka_unit_test(only_members_are_told),
        cmocka_unit_test(an_author_may_ask_for_less_history_or_none),
        cmocka_unit_test(what_expired_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
