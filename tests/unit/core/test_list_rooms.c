/* list_rooms (PROTOCOL §3): from home to home with one page. */
#include "core/asking.h"
#include "core/random.h"

struct homes {
    struct recording_port *ports[RECORDING_WORKERS];
};

static struct homes open_homes(bool listed)
{
    struct homes homes;
    for (unsigned home = 0; home < RECORDING_WORKERS; home++)
        homes.ports[home] = recording_open_at(
            home, (struct chat_limits){
                      .room_members_max = 9, .listed = listed, .history_reply_bytes = 1 << 18});
    return homes;
}

static void close_homes(struct homes *homes)
{
    for (unsigned home = 0; home < RECORDING_WORKERS; home++)
        recording_close(homes->ports[home]);
}

/* What the request says at one home. */
static void ask_at(struct recording_port *port, const struct chat_request *request,
                   struct chat_listing listing)
{
    struct chat_call call = {
        .request = request, .from = person_conn(ANN), .now = port->now, .listing = listing};
    forget(port);
    port->asked = request;
    port->asker = call.from;
    port->completed = 0;
    port->passed = (struct chat_listing){0};
    chat_coordinator_request(port->coordinator, &call);
    assert_int_equal(port->completed, 1);
    port->asked = NULL;
    port->asker = port->completed = 0;
}

/* The connection's own worker is `first`; the port that answered is returned. */
static struct recording_port *list_from(struct homes *homes, unsigned first, int64_t limit,
                                        const char *cursor)
{
    struct chat_request request = {.type = CHAT_REQUEST_list_rooms,
                                   .id = CHAT_SLICE("5"),
                                   .limit = limit,
                                   .cursor = {cursor, cursor != NULL ? CHAT_CURSOR_LENGTH : 0}};
    struct recording_port *port = homes->ports[first];
    ask_at(port, &request, (struct chat_listing){0});
    for (unsigned hops = 0; port->passed.begun; hops++) {
        assert_in_range(hops, 0, RECORDING_WORKERS);
        struct recording_port *next = homes->ports[port->passed_to];
        struct chat_listing passed = port->passed;
        ask_at(next, &request, passed);
        port = next;
    }
    return port;
}

static void rooms_come_home_by_home_whatever_the_asker(void **state)
{
    (void)state;
    struct homes homes = open_homes(true);
    create_room(homes.ports[2], ANN, "c");
    create_room(homes.ports[0], ANN, "b");
    create_room(homes.ports[0], ANN, "a");
    join(homes.ports[0], BEN, "a");
    for (unsigned first = 0; first < RECORDING_WORKERS; first++)
        expect(list_from(&homes, first, 0, NULL),
               "reply ann: room_list rooms=[b(Room)1 a(Room)2 c(Room)1] total=1 id=5\n");
    close_homes(&homes);
}

static void full_page_looks_on_for_what_is_left(void **state)
{
    (void)state;
    struct homes homes = open_homes(true);
    create_room(homes.ports[0], ANN, "a");
    expect(list_from(&homes, 0, 1, NULL), "reply ann: room_list rooms=[a(Room)1] total=0 id=5\n");
    create_room(homes.ports[2], ANN, "c");
    struct recording_port *port = list_from(&homes, 0, 1, NULL);
    expect(port, "reply ann: room_list rooms=[a(Room)1] total=1 next id=5\n");
    expect(list_from(&homes, 1, 1, port->next),
           "reply ann: room_list rooms=[c(Room)1] total=1 id=5\n");
    close_homes(&homes);
}

static void listing_is_refused_when_rooms_are_not_listed(void **state)
{
    (void)state;
    struct homes homes = open_homes(false);
    expect(list_from(&homes, 1, 0, NULL), "refuse ann: message_error/forbidden\n");
    close_homes(&homes);
}

static void cursor_that_was_not_made_here_is_refused_where_it_is_asked(void **state)
{
    (void)state;
    struct homes homes = open_homes(false);
    char made_up[CHAT_CURSOR_LENGTH];
    memset(made_up, '0', sizeof(made_up));
    for (unsigned first = 0; first < RECORDING_WORKERS; first++) {
        struct recording_port *port = list_from(&homes, first, 0, made_up);
        assert_ptr_equal(port, homes.ports[first]);
        assert_int_equal(port->refused, CHAT_E_PAYLOAD_BAD_CHARACTERS);
    }
    close_homes(&homes);
}

enum { ROOMS = 90 };

static void count_page(struct recording_port *port, unsigned seen[ROOMS])
{
    for (const char *at = strchr(port->log, '['); *at != ']'; at++)
        if ((*at == '[' || *at == ' ') && at[1] == 'r')
            seen[strtoul(at + 2, NULL, 10)]++;
}

static void room_that_lives_throughout_a_listing_is_listed_exactly_once(void **state)
{
    (void)state;
    struct random random = {4};
    struct homes homes = open_homes(true);
    bool there[ROOMS] = {false};
    for (unsigned listing = 0; listing < 200; listing++) {
        unsigned seen[ROOMS] = {0};
        bool moved[ROOMS] = {false}, more = true, before[ROOMS];
        char cursor[CHAT_CURSOR_LENGTH];
        memcpy(before, there, sizeof(before));
        for (bool first = true; more; first = false) {
            struct recording_port *port =
                list_from(&homes, random_below(&random, RECORDING_WORKERS),
                          1 + random_below(&random, 12), first ? NULL : cursor);
            count_page(port, seen);
            more = strstr(port->log, " next") != NULL;
            memcpy(cursor, port->next, sizeof(cursor));
            for (unsigned i = random_below(&random, 10); i > 0; i--) {
                unsigned n = random_below(&random, ROOMS);
                char id[16];
                snprintf(id, sizeof(id), "r%u", n);
                struct recording_port *home = homes.ports[n % RECORDING_WORKERS];
                (there[n] ? leave : create_room)(home, ANN, id);
                home->n_tokens = 0;
                there[n] = !there[n];
                moved[n] = true;
            }
        }
        for (unsigned n = 0; n < ROOMS; n++)
            if (!moved[n])
                assert_int_equal(seen[n], before[n]);
        for (unsigned home = 0; home < RECORDING_WORKERS; home++)
            forget(homes.ports[home]);
    }
    close_homes(&homes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rooms_come_home_by_home_whatever_the_asker),
        cmocka_unit_test(full_page_looks_on_for_what_is_left),
        cmocka_unit_test(listing_is_refused_when_rooms_are_not_listed),
        cmocka_unit_test(cursor_that_was_not_made_here_is_refused_where_it_is_asked),
        cmocka_unit_test(room_that_lives_throughout_a_listing_is_listed_exactly_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
