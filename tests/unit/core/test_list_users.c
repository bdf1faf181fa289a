/* list_users (PROTOCOL §3): pages of a room's users. */
#include "core/asking.h"
#include "core/random.h"

static const struct chat_limits bounds = {.room_members_max = 2000, .history_reply_bytes = 1 << 18};

/* A page of the lobby, for ANN; `cursor` is the one before's, or NULL. */
static void list(struct recording_port *port, int64_t limit, const char *cursor)
{
    ask(port, ANN, .type = CHAT_REQUEST_list_users, .room_id = slice_of("lobby"), .limit = limit,
        .id = CHAT_SLICE("5"), .cursor = {cursor, cursor != NULL ? CHAT_CURSOR_LENGTH : 0});
}

static struct recording_port *open_lobby(void)
{
    struct recording_port *port = recording_open(bounds);
    create_room(port, ANN, "lobby");
    join(port, BEN, "lobby");
    join(port, CAT, "lobby");
    forget(port);
    return port;
}

static void users_come_by_order_of_joining(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();
    leave(port, BEN, "lobby");
    join(port, BEN, "lobby");
    forget(port);
    list(port, 0, NULL);
    expect(port, "reply ann: user_list room_id=lobby users=[ann(Ann) cat(Cat) ben(Ben)] total=3 "
                 "id=5\n");
    recording_close(port);
}

static void full_page_has_a_next_if_there_is_more(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();
    list(port, 3, NULL);
    list(port, 2, NULL);
    list(port, 2, port->next);
    expect(port, "reply ann: user_list room_id=lobby users=[ann(Ann) ben(Ben) cat(Cat)] total=3 "
                 "id=5\n"
                 "reply ann: user_list room_id=lobby users=[ann(Ann) ben(Ben)] total=3 next id=5\n"
                 "reply ann: user_list room_id=lobby users=[cat(Cat)] total=3 id=5\n");
    recording_close(port);
}

static void cursor_holds_though_its_user_has_gone(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();
    list(port, 2, NULL);
    leave(port, BEN, "lobby");
    leave(port, CAT, "lobby");
    join(port, DAN, "lobby");
    forget(port);
    list(port, 2, port->next);
    expect(port, "reply ann: user_list room_id=lobby users=[dan(Dan)] total=2 id=5\n");
    recording_close(port);
}

static void nothing_may_be_left_behind_a_cursor(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();
    list(port, 2, NULL);
    leave(port, CAT, "lobby");
    forget(port);
    list(port, 2, port->next);
    expect(port, "reply ann: user_list room_id=lobby users=[] total=2 id=5\n");
    recording_close(port);
}

static void page_ends_before_its_bytes_but_has_one_user(void **state)
{
    (void)state;
    struct chat_limits small = bounds;
    small.history_reply_bytes = 1;
    struct recording_port *port = recording_open(small);
    create_room(port, ANN, "lobby");
    join(port, BEN, "lobby");
    forget(port);
    list(port, 0, NULL);
    list(port, 0, port->next);
    expect(port, "reply ann: user_list room_id=lobby users=[ann(Ann)] total=2 next id=5\n"
                 "reply ann: user_list room_id=lobby users=[ben(Ben)] total=2 id=5\n");
    recording_close(port);
}

static void whoever_has_no_seat_is_told_nothing(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();
    ask(port, EVE, .type = CHAT_REQUEST_list_users, .room_id = slice_of("lobby"));
    ask(port, ANN, .type = CHAT_REQUEST_list_users, .room_id = slice_of("attic"));
    ask_as(port, EVE, "ann",
           &(struct chat_request){.type = CHAT_REQUEST_list_users, .room_id = slice_of("lobby")});
    expect(port, "refuse eve: message_error/not_in_room\nrefuse ann: message_error/not_in_room\n"
                 "refuse eve: message_error/not_in_room\n");
    recording_close(port);
}

static void cursor_that_was_not_made_here_comes_before_membership(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();
    ask(port, EVE, .type = CHAT_REQUEST_list_users, .room_id = slice_of("attic"),
        .cursor = CHAT_SLICE("made-up"));
    assert_int_equal(port->refused, CHAT_E_PAYLOAD_BAD_CHARACTERS);
    recording_close(port);
}

static void cursor_of_another_room_is_refused_even_under_the_same_id(void **state)
{
    (void)state;
    struct recording_port *port = open_lobby();
    list(port, 1, NULL);
    leave(port, ANN, "lobby");
    leave(port, BEN, "lobby");
    leave(port, CAT, "lobby");
    create_room(port, ANN, "lobby");
    list(port, 1, port->next);
    assert_int_equal(port->refused, CHAT_E_PAYLOAD_BAD_CHARACTERS);
    recording_close(port);
}

enum { CROWD = 120 };

/* Users of no connection of their own, beside ANN who lists. */
static void toggle(struct chat_room *room, struct recording_port *port, unsigned n)
{
    char id[16];
    struct chat_slice user = {id, (size_t)snprintf(id, sizeof(id), "u%u", n)};
    uint32_t hash = (uint32_t)chat_hash(&port->secrets, user);
    struct chat_member *member = chat_room_find(room, user, hash);
    if (member != NULL)
        chat_room_remove(room, member);
    else
        chat_room_add(room, person_conn(BEN), user, hash, user, 0);
}

/* Reads a page from the log; every user in it is counted. */
static bool count_page(struct recording_port *port, unsigned seen[CROWD])
{
    const char *at = strchr(port->log, '[');
    assert_non_null(at);
    for (; *at != ']'; at++)
        if ((*at == '[' || *at == ' ') && at[1] == 'u')
            seen[strtoul(at + 2, NULL, 10)]++;
    bool more = strstr(at, " next") != NULL;
    forget(port);
    return more;
}

static void user_who_stays_throughout_a_listing_is_listed_exactly_once(void **state)
{
    (void)state;
    struct random random = {2026};
    struct recording_port *port = recording_open(bounds);
    create_room(port, ANN, "lobby");
    struct chat_room *room = chat_coordinator_find(port->coordinator, slice_of("lobby"));
    for (unsigned listing = 0; listing < 200; listing++) {
        unsigned seen[CROWD] = {0};
        bool moved[CROWD] = {false}, there[CROWD];
        bool more = true;
        for (unsigned n = 0; n < CROWD; n++) {
            char id[16];
            struct chat_slice user = {id, (size_t)snprintf(id, sizeof(id), "u%u", n)};
            there[n] =
                chat_room_find(room, user, (uint32_t)chat_hash(&port->secrets, user)) != NULL;
        }
        forget(port);
        for (const char *cursor = NULL; more; cursor = port->next) {
            list(port, 1 + random_below(&random, 20), cursor);
            more = count_page(port, seen);
            for (unsigned i = random_below(&random, 12); i > 0; i--) {
                unsigned n = random_below(&random, CROWD);
                toggle(room, port, n);
                moved[n] = true;
            }
        }
        for (unsigned n = 0; n < CROWD; n++)
            if (!moved[n])
                assert_int_equal(seen[n], there[n]);
    }
    recording_close(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_come_by_order_of_joining),
        cmocka_unit_test(full_page_has_a_next_if_there_is_more),
        cmocka_unit_test(cursor_holds_though_its_user_has_gone),
        cmocka_unit_test(nothing_may_be_left_behind_a_cursor),
        cmocka_unit_test(page_ends_before_its_bytes_but_has_one_user),
        cmocka_unit_test(whoever_has_no_seat_is_told_nothing),
        cmocka_unit_test(cursor_that_was_not_made_here_comes_before_membership),
        cmocka_unit_test(cursor_of_another_room_is_refused_even_under_the_same_id),
        cmocka_unit_test(user_who_stays_throughout_a_listing_is_listed_exactly_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
