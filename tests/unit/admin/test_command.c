/* What each command asks the workers, and what it makes of their rows. */
#include "exchange_fixture.h"

static struct chat_row connection_row(uint64_t conn, const char *user)
{
    return (struct chat_row){.kind = CHAT_ROW_CONNECTION,
                             .conn = conn,
                             .worker = 1,
                             .user = slice(user),
                             .user_name = slice("Bob"),
                             .address = slice("127.0.0.1:5"),
                             .connected_ms = NOW - 5000,
                             .idle_ms = 250,
                             .queued_bytes = conn,
                             .rooms = 2};
}

static void rooms_are_sorted_by_their_first_column(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange = start("{\"command\":\"rooms\",\"id\":1}");

    assert_int_equal(control.kind, CHAT_QUERY_ROOMS);
    give(&control, room_row("b", 3, 0, 1000));
    give(&control, room_row("a", 1, 2, 2000));
    assert_string_equal(
        finish(exchange),
        "{\"id\":1,\"ok\":true,\"data\":{\"rooms\":["
        "{\"room\":\"a\",\"name\":\"N\",\"members\":1,\"messages\":2,\"age_ms\":2000,"
        "\"last\":\"2023-11-14T22:13:19.999Z\"},"
        "{\"room\":\"b\",\"name\":\"N\",\"members\":3,\"messages\":0,\"age_ms\":1000,"
        "\"last\":null}]}}\n");
}

/* The ids in the order of the answer, each with a blank after it. */
static const char *order_of(const char *line)
{
    static char ids[64];

    struct chat_exchange *exchange = start(line);
    give(&control, room_row("a", 1, 9, 100));
    give(&control, room_row("b", 3, 5, 300));
    give(&control, room_row("c", 1, 7, 200));
    give(&control, room_row("ab", 2, 0, 50));
    const char *at = finish(exchange);
    size_t used = 0;
    while ((at = strstr(at, "\"room\":\"")) != NULL) {
        at += strlen("\"room\":\"");
        size_t length = strcspn(at, "\"");
        memcpy(ids + used, at, length);
        used += length;
        ids[used++] = ' ';
    }
    ids[used] = '\0';
    done_count = 0;
    return ids;
}

static void rooms_are_sorted_the_largest_first_on_demand(void **unused)
{
    (void)unused;
    assert_string_equal(order_of("{\"command\":\"rooms\"}"), "a ab b c ");
    assert_string_equal(order_of("{\"command\":\"rooms\",\"args\":{\"sort\":\"members\"}}"),
                        "b ab a c ");
    assert_string_equal(order_of("{\"command\":\"rooms\",\"args\":{\"sort\":\"messages\"}}"),
                        "a c b ab ");
    assert_string_equal(order_of("{\"command\":\"rooms\",\"args\":{\"sort\":\"age\"}}"),
                        "b c a ab ");
}

static void a_limit_keeps_the_first_of_the_order(void **unused)
{
    (void)unused;
    assert_string_equal(order_of("{\"command\":\"rooms\",\"args\":{\"sort\":\"age\",\"limit\":2}}"),
                        "b c ");
    assert_string_equal(order_of("{\"command\":\"rooms\",\"args\":{\"limit\":4294967295}}"),
                        "a ab b c ");
}

static void a_pattern_is_a_shell_glob(void **unused)
{
    (void)unused;
    assert_string_equal(order_of("{\"command\":\"rooms\",\"args\":{\"pattern\":\"a*\"}}"), "a ab ");
    assert_string_equal(order_of("{\"command\":\"rooms\",\"args\":{\"pattern\":\"[!a]\"}}"),
                        "b c ");
    assert_string_equal(order_of("{\"command\":\"rooms\",\"args\":{\"pattern\":\"x?\"}}"), "");
}

static void room_joins_members_with_their_connections(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange = start("{\"command\":\"room\",\"args\":{\"room\":\"r\"}}");

    assert_int_equal(control.kind, CHAT_QUERY_ROOM);
    assert_string_equal(control.room, "r");
    give(&control, connection_row(9, "zoe"));
    give(&control, (struct chat_row){.kind = CHAT_ROW_MEMBER,
                                     .conn = 9,
                                     .user = slice("zoe"),
                                     .user_name = slice("Zoe"),
                                     .joined_ms = 1000});
    give(&control, room_row("r", 2, 0, 10));
    give(&control, (struct chat_row){.kind = CHAT_ROW_MEMBER,
                                     .conn = 4,
                                     .user = slice("amy"),
                                     .user_name = slice("Amy"),
                                     .joined_ms = 2000});
    assert_string_equal(
        finish(exchange),
        "{\"ok\":true,\"data\":{\"room\":\"r\",\"name\":\"N\",\"members\":2,\"messages\":0,"
        "\"age_ms\":10,\"last\":null,\"max_members\":0,\"seq\":0,\"epoch\":\"e1\",\"history_"
        "bytes\":0,"
        "\"users\":["
        "{\"user\":\"amy\",\"name\":\"Amy\",\"address\":null,\"joined\":\"1970-01-01T00:00:02."
        "000Z\","
        "\"queued_bytes\":0},"
        "{\"user\":\"zoe\",\"name\":\"Zoe\",\"address\":\"127.0.0.1:5\","
        "\"joined\":\"1970-01-01T00:00:01.000Z\",\"queued_bytes\":9}]}}\n");
}

static void a_room_that_nobody_knows_is_not_found(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange = start("{\"command\":\"room\",\"args\":{\"room\":\"r\"}}");

    assert_string_equal(finish(exchange),
                        "{\"ok\":false,\"error\":{\"code\":\"not_found\",\"message\":"
                        "\"there is no room r\"}}\n");
}

static void the_names_near_one_that_is_not_there_follow(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange = start("{\"command\":\"room\",\"args\":{\"room\":\"loby\"}}");

    give_all(&control);
    assert_int_equal(done_count, 0);
    assert_int_equal(control.kind, CHAT_QUERY_ROOMS);
    give(&control, room_row("lobby", 1, 2, 3));
    give(&control, room_row("attic", 1, 2, 3));
    assert_non_null(strstr(finish(exchange), "there is no room loby; near it: lobby\"}}"));
    done_count = 0;
    exchange = start("{\"command\":\"user\",\"args\":{\"user\":\"bub\"}}");
    give_all(&control);
    assert_int_equal(control.kind, CHAT_QUERY_USERS);
    give(&control, (struct chat_row){.kind = CHAT_ROW_CONNECTION, .user = slice("bob")});
    assert_non_null(strstr(finish(exchange), "no user bub is connected; near it: bob\"}}"));
}

static void who_goes_away_while_names_are_looked_for_is_forgotten(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange = start("{\"command\":\"room\",\"args\":{\"room\":\"loby\"}}");

    give_all(&control);
    chat_exchange_destroy(exchange);
    assert_int_equal(control.forgotten, 1);
}

static void users_are_connections_sorted_by_user(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange = start("{\"command\":\"users\",\"args\":{\"pattern\":\"b*\"}}");

    assert_int_equal(control.kind, CHAT_QUERY_USERS);
    give(&control, connection_row(7, "bob"));
    give(&control, connection_row(3, "bob"));
    give(&control, connection_row(5, "amy"));
    assert_string_equal(
        finish(exchange),
        "{\"ok\":true,\"data\":{\"users\":["
        "{\"user\":\"bob\",\"name\":\"Bob\",\"rooms\":2,\"address\":\"127.0.0.1:5\",\"worker\":1,"
        "\"connected\":\"2023-11-14T22:13:15.000Z\",\"idle_ms\":250,\"queued_bytes\":3},"
        "{\"user\":\"bob\",\"name\":\"Bob\",\"rooms\":2,\"address\":\"127.0.0.1:5\",\"worker\":1,"
        "\"connected\":\"2023-11-14T22:13:15.000Z\",\"idle_ms\":250,\"queued_bytes\":7}]}}\n");
}

static struct chat_row seat_row(uint64_t conn, const char *room)
{
    return (struct chat_row){.kind = CHAT_ROW_SEAT, .conn = conn, .room = slice(room)};
}

static void user_lists_connections_each_with_its_rooms(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange = start("{\"command\":\"user\",\"args\":{\"user\":\"bob\"}}");

    assert_int_equal(control.kind, CHAT_QUERY_USER);
    assert_string_equal(control.user, "bob");
    give(&control, connection_row(7, "bob"));
    give(&control, seat_row(7, "z"));
    give(&control, seat_row(7, "b"));
    give(&control, connection_row(3, "bob"));
    give(&control, connection_row(8, "bob"));
    give(&control, seat_row(8, "a"));
    assert_string_equal(
        finish(exchange),
        "{\"ok\":true,\"data\":{\"user\":\"bob\",\"name\":\"Bob\",\"connections\":["
        "{\"rooms\":[],\"address\":\"127.0.0.1:5\",\"worker\":1,"
        "\"connected\":\"2023-11-14T22:13:15.000Z\",\"idle_ms\":250,\"queued_bytes\":3},"
        "{\"rooms\":[\"a\"],\"address\":\"127.0.0.1:5\",\"worker\":1,"
        "\"connected\":\"2023-11-14T22:13:15.000Z\",\"idle_ms\":250,\"queued_bytes\":8},"
        "{\"rooms\":[\"b\",\"z\"],\"address\":\"127.0.0.1:5\",\"worker\":1,"
        "\"connected\":\"2023-11-14T22:13:15.000Z\",\"idle_ms\":250,\"queued_bytes\":7}]}}\n");
}

static void kick_passes_its_arguments_on_and_sums_up(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange = start("{\"command\":\"kick\",\"args\":{\"user\":\"bob\","
                                           "\"room\":\"r\",\"reason\":\"be \\u006eice ☺\"}}");

    assert_int_equal(control.kind, CHAT_QUERY_KICK);
    assert_string_equal(control.user, "bob");
    assert_string_equal(control.room, "r");
    assert_string_equal(control.text, "be nice ☺");
    assert_true(chat_exchange_changes(exchange));
    give(&control, (struct chat_row){.kind = CHAT_ROW_KICKED, .connections = 1, .seats = 2});
    give(&control, (struct chat_row){.kind = CHAT_ROW_KICKED, .connections = 1, .seats = 3});
    assert_string_equal(finish(exchange),
                        "{\"ok\":true,\"data\":{\"connections\":2,\"seats\":5}}\n");
}

static void a_kick_that_met_nobody_is_not_found(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange = start("{\"command\":\"kick\",\"args\":{\"user\":\"bob\"}}");
    give(&control, (struct chat_row){.kind = CHAT_ROW_KICKED});
    assert_string_equal(finish(exchange),
                        "{\"ok\":false,\"error\":{\"code\":\"not_found\",\"message\":"
                        "\"no user bob is connected\"}}\n");
    done_count = 0;
    exchange = start("{\"command\":\"kick\",\"args\":{\"user\":\"bob\",\"room\":\"r\"}}");
    assert_string_equal(finish(exchange),
                        "{\"ok\":false,\"error\":{\"code\":\"not_found\",\"message\":"
                        "\"no user bob is in a room r\"}}\n");
}

static void say_passes_its_text_on_and_tells_how_many_it_reached(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange =
        start("{\"command\":\"say\",\"args\":{\"room\":\"r\",\"text\":\"two\\nlines\"}}");

    assert_int_equal(control.kind, CHAT_QUERY_SAY);
    assert_string_equal(control.room, "r");
    assert_string_equal(control.text, "two\nlines");
    assert_true(chat_exchange_changes(exchange));
    give(&control, (struct chat_row){.kind = CHAT_ROW_REACHED, .connections = 3});
    assert_string_equal(finish(exchange), "{\"ok\":true,\"data\":{\"reached\":3}}\n");
}

static void what_is_said_where_no_room_is_is_not_found(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange =
        start("{\"command\":\"say\",\"args\":{\"room\":\"r\",\"text\":\"x\"}}");

    assert_string_equal(finish(exchange),
                        "{\"ok\":false,\"error\":{\"code\":\"not_found\",\"message\":"
                        "\"there is no room r\"}}\n");
}

static void broadcast_sums_up_whom_the_workers_reached(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange = start("{\"command\":\"broadcast\",\"args\":{\"text\":\"x\"}}");

    assert_int_equal(control.kind, CHAT_QUERY_BROADCAST);
    assert_true(chat_exchange_changes(exchange));
    give(&control, (struct chat_row){.kind = CHAT_ROW_REACHED, .connections = 3});
    give(&control, (struct chat_row){.kind = CHAT_ROW_REACHED});
    give(&control, (struct chat_row){.kind = CHAT_ROW_REACHED, .connections = 4});
    assert_string_equal(finish(exchange), "{\"ok\":true,\"data\":{\"reached\":7}}\n");
}

static void a_room_is_closed_by_its_home(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange =
        start("{\"command\":\"room-close\",\"args\":{\"room\":\"r\",\"reason\":\"late\"}}");

    assert_int_equal(control.kind, CHAT_QUERY_CLOSE);
    assert_string_equal(control.room, "r");
    assert_string_equal(control.text, "late");
    assert_true(chat_exchange_changes(exchange));
    give(&control, (struct chat_row){.kind = CHAT_ROW_CLOSED, .members = 3});
    assert_string_equal(finish(exchange), "{\"ok\":true,\"data\":{\"members\":3}}\n");
}

static void a_room_that_is_not_there_or_never_ends_is_not_closed(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange =
        start("{\"command\":\"room-close\",\"args\":{\"room\":\"r\"}}");
    assert_string_equal(finish(exchange),
                        "{\"ok\":false,\"error\":{\"code\":\"not_found\",\"message\":"
                        "\"there is no room r\"}}\n");
    done_count = 0;
    exchange = start("{\"command\":\"room-close\",\"args\":{\"room\":\"r\"}}");
    give(&control, (struct chat_row){.kind = CHAT_ROW_CLOSED, .never_ends = true});
    assert_string_equal(finish(exchange),
                        "{\"ok\":false,\"error\":{\"code\":\"bad_value\",\"message\":"
                        "\"room r is one of rooms.permanent and never ends\"}}\n");
}

static void status_sums_up_the_workers(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange = start("{\"command\":\"status\"}");
    struct chat_row worker = {.kind = CHAT_ROW_WORKER,
                              .connections = 3,
                              .users = 2,
                              .rooms = 1,
                              .seats = 4,
                              .messages_in = 10,
                              .messages_out = 20,
                              .queued_bytes = 5,
                              .history_bytes = 6,
                              .memory_bytes = 7};

    assert_int_equal(control.kind, CHAT_QUERY_STATUS);
    give(&control, worker);
    give(&control, worker);
    assert_string_equal(
        finish(exchange),
        "{\"ok\":true,\"data\":{\"version\":\"1.2.3\",\"uptime_ms\":90000,\"pid\":42,"
        "\"workers\":2,\"connections\":6,\"users\":4,\"rooms\":2,\"memberships\":8,"
        "\"messages_in\":20,\"messages_out\":40,\"queued_bytes\":10,\"history_bytes\":12,\"memory_"
        "bytes\":14,\"state\":\"serving\",\"drain_left_ms\":0,\"reloaded\":null,\"restart_for\":[],"
        "\"log_level\":\"error\"}}\n");
}

static void ping_counts_the_workers_that_answered(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange = start("{\"command\":\"ping\"}");

    give(&control, (struct chat_row){.kind = CHAT_ROW_WORKER});
    assert_string_equal(finish(exchange),
                        "{\"ok\":true,\"data\":{\"reply\":\"pong\",\"workers\":1}}\n");
}

static void strings_from_users_are_escaped(void **unused)
{
    (void)unused;
    struct chat_exchange *exchange = start("{\"command\":\"rooms\"}");
    struct chat_row row = room_row("a", 1, 0, 0);

    row.name = slice("\"\\\n☺");
    give(&control, row);
    assert_non_null(strstr(finish(exchange), "\"name\":\"\\\"\\\\\\n☺\""));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(rooms_are_sorted_by_their_first_column),
        TEST(rooms_are_sorted_the_largest_first_on_demand),
        TEST(a_limit_keeps_the_first_of_the_order),
        TEST(a_pattern_is_a_shell_glob),
        TEST(room_joins_members_with_their_connections),
        TEST(a_room_that_nobody_knows_is_not_found),
        TEST(the_names_near_one_that_is_not_there_follow),
        TEST(who_goes_away_while_names_are_looked_for_is_forgotten),
        TEST(users_are_connections_sorted_by_user),
        TEST(user_lists_connections_each_with_its_rooms),
        TEST(kick_passes_its_arguments_on_and_sums_up),
        TEST(a_kick_that_met_nobody_is_not_found),
        TEST(say_passes_its_text_on_and_tells_how_many_it_reached),
        TEST(what_is_said_where_no_room_is_is_not_found),
        TEST(broadcast_sums_up_whom_the_workers_reached),
        TEST(a_room_is_closed_by_its_home),
        TEST(a_room_that_is_not_there_or_never_ends_is_not_closed),
        TEST(status_sums_up_the_workers),
        TEST(ping_counts_the_workers_that_answered),
        TEST(strings_from_users_are_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
