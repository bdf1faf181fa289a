/* Who is told that somebody came or went: rooms.announce_members (PROTOCOL §3). */
#include "core/asking.h"

static struct recording_port *open_announcing(uint32_t members)
{
    return recording_open((struct chat_limits){.room_members_max = 9, .announce_members = members});
}

/* A second and more after everyone of the first `n` people has come. */
static struct recording_port *open_with(uint32_t announce_members, unsigned n)
{
    struct recording_port *port = open_announcing(announce_members);
    create_room(port, ANN, "lobby");
    for (unsigned i = 1; i < n; i++)
        join(port, (enum person)(ANN + i), "lobby");
    pass(port, 1000); /* their count is told, and a second without changes begins */
    pass(port, 4000);
    forget(port);
    return port;
}

/* Without the answers. */
static const char *told(struct recording_port *port)
{
    static char lines[sizeof(port->log)];
    size_t length = 0;
    for (const char *line = port->log; *line != '\0'; line = strchr(line, '\n') + 1) {
        size_t n = (size_t)(strchr(line, '\n') + 1 - line);
        if (strncmp(line, "all of", 6) == 0) {
            memcpy(lines + length, line, n);
            length += n;
        }
    }
    lines[length] = '\0';
    forget(port);
    return lines;
}

static void all_come_and_go_by_name_where_nothing_else_is_asked_for(void **state)
{
    (void)state;
    struct recording_port *port = open_with(0, 4);
    join(port, EVE, "lobby");
    assert_string_equal(told(port), "all of lobby, by eve: user_joined room_id=lobby user_id=eve "
                                    "user_name=Eve message_time=6000\n");
    recording_close(port);
}

static void member_that_makes_the_bound_comes_and_goes_by_name(void **state)
{
    (void)state;
    struct recording_port *port = open_with(3, 2);
    join(port, CAT, "lobby");
    leave(port, CAT, "lobby");
    assert_string_equal(told(port), "all of lobby, by cat: user_joined room_id=lobby user_id=cat "
                                    "user_name=Cat message_time=6000\n"
                                    "all of lobby: user_left room_id=lobby user_id=cat "
                                    "user_name=Cat message_time=6000 reason=left\n");
    recording_close(port);
}

static void one_more_comes_and_goes_in_a_count(void **state)
{
    (void)state;
    struct recording_port *port = open_with(3, 3);
    join(port, DAN, "lobby");
    assert_string_equal(told(port), "all of lobby: room_members room_id=lobby members=4\n");
    pass(port, 1000);
    leave(port, DAN, "lobby");
    assert_string_equal(told(port), "all of lobby: room_members room_id=lobby members=3\n");
    recording_close(port);
}

static void whoever_is_lost_or_kicked_goes_in_a_count_too(void **state)
{
    (void)state;
    struct recording_port *port = open_with(2, 4);
    gone(port, DAN, "lobby");
    pass(port, 1000);
    chat_membership_kick(port->coordinator, slice_of("lobby"), slice_of("cat"),
                         (struct chat_slice){0}, port->now);
    assert_string_equal(told(port), "all of lobby: room_members room_id=lobby members=3\n"
                                    "all of lobby: room_members room_id=lobby members=2\n");
    recording_close(port);
}

static void counts_of_a_second_are_told_once_at_its_end(void **state)
{
    (void)state;
    struct recording_port *port = open_with(2, 2);
    join(port, CAT, "lobby");
    join(port, DAN, "lobby");
    leave(port, DAN, "lobby");
    join(port, EVE, "lobby");
    assert_string_equal(told(port), "all of lobby: room_members room_id=lobby members=3\n");
    pass(port, 999);
    assert_string_equal(told(port), "");
    pass(port, 1);
    assert_string_equal(told(port), "all of lobby: room_members room_id=lobby members=4\n");
    pass(port, 1000);
    assert_string_equal(told(port), "");
    recording_close(port);
}

static void count_told_late_begins_a_second_of_its_own(void **state)
{
    (void)state;
    struct recording_port *port = open_with(2, 2);
    join(port, CAT, "lobby");
    join(port, DAN, "lobby");
    pass(port, 1000);
    forget(port);
    join(port, EVE, "lobby");
    pass(port, 999);
    assert_string_equal(told(port), "");
    pass(port, 1);
    assert_string_equal(told(port), "all of lobby: room_members room_id=lobby members=5\n");
    recording_close(port);
}

static void each_room_has_its_own_second(void **state)
{
    (void)state;
    struct recording_port *port = open_announcing(1);
    create_room(port, ANN, "hall");
    create_room(port, ANN, "yard");
    join(port, BEN, "hall");
    pass(port, 300);
    join(port, BEN, "yard");
    join(port, CAT, "yard");
    join(port, CAT, "hall");
    assert_string_equal(told(port), "all of hall: room_members room_id=hall members=2\n"
                                    "all of yard: room_members room_id=yard members=2\n");
    pass(port, 700);
    assert_string_equal(told(port), "all of hall: room_members room_id=hall members=3\n");
    pass(port, 300);
    assert_string_equal(told(port), "all of yard: room_members room_id=yard members=3\n");
    recording_close(port);
}

static void room_that_has_shrunk_tells_its_last_count(void **state)
{
    (void)state;
    struct recording_port *port = open_with(2, 4);
    leave(port, DAN, "lobby");
    leave(port, CAT, "lobby");
    leave(port, BEN, "lobby");
    assert_string_equal(told(port), "all of lobby: room_members room_id=lobby members=3\n"
                                    "all of lobby: user_left room_id=lobby user_id=ben "
                                    "user_name=Ben message_time=6000 reason=left\n");
    pass(port, 1000);
    assert_string_equal(told(port), "all of lobby: room_members room_id=lobby members=1\n");
    recording_close(port);
}

static void room_that_ends_or_empties_tells_nobody(void **state)
{
    (void)state;
    for (unsigned linger_ms = 0; linger_ms <= 5000; linger_ms += 5000) {
        struct recording_port *port = recording_open((struct chat_limits){
            .room_members_max = 9, .announce_members = 1, .linger_ms = linger_ms});
        create_room(port, ANN, "lobby");
        join(port, BEN, "lobby");
        join(port, CAT, "lobby");
        leave(port, CAT, "lobby");
        leave(port, BEN, "lobby");
        leave(port, ANN, "lobby");
        forget(port);
        pass(port, 1000);
        assert_string_equal(told(port), "");
        recording_close(port);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_come_and_go_by_name_where_nothing_else_is_asked_for),
        cmocka_unit_test(member_that_makes_the_bound_comes_and_goes_by_name),
        cmocka_unit_test(one_more_comes_and_goes_in_a_count),
        cmocka_unit_test(whoever_is_lost_or_kicked_goes_in_a_count_too),
        cmocka_unit_test(counts_of_a_second_are_told_once_at_its_end),
        cmocka_unit_test(count_told_late_begins_a_second_of_its_own),
        cmocka_unit_test(each_room_has_its_own_second),
        cmocka_unit_test(room_that_has_shrunk_tells_its_last_count),
        cmocka_unit_test(room_that_ends_or_empties_tells_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
