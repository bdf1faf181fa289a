/* Random lives of a few rooms, judged after each step by a model that is as plain as the rules of
 * PROTOCOL §3 are; each seed is printed before it is lived. */
#include "core/asking.h"
#include "core/random.h"

enum { ROOMS = 5, MEMBERS_MAX = 3, ROOMS_MAX = 4, LINGER_MS = 40, STEPS = 4000, PERMANENT = 4 };

struct model_room {
    bool lives;
    uint64_t empty_mono_ms; /* when it lives without members */
    uint64_t seq;
    uint32_t max_members;
    unsigned n;
    enum person members[PERSONS]; /* in order of joining */
};

struct model {
    struct recording_port *port;
    struct random random;
    struct chat_limits limits;
    struct model_room rooms[ROOMS];
};

static const char *const room_ids[ROOMS] = {"a", "b", "c", "d", "permanent"};

static unsigned seat_of(const struct model_room *room, enum person person)
{
    unsigned i = 0;
    while (i < room->n && room->members[i] != person)
        i++;
    return i;
}

static bool sits(const struct model_room *room, enum person person)
{
    return seat_of(room, person) < room->n;
}

static void take_seat(struct model_room *room, enum person person, uint32_t max_members)
{
    if (!room->lives)
        *room = (struct model_room){.lives = true, .max_members = max_members};
    room->members[room->n++] = person;
}

static void give_seat(struct model *model, struct model_room *room, enum person person)
{
    unsigned i = seat_of(room, person);

    if (i == room->n)
        return;
    for (room->n--; i < room->n; i++)
        room->members[i] = room->members[i + 1];
    room->empty_mono_ms = model->port->now.mono_ms;
    if (room->n == 0 && model->limits.linger_ms == 0 && room != &model->rooms[PERMANENT])
        room->lives = false;
}

static void end_lingered(struct model *model)
{
    for (unsigned r = 0; r < PERMANENT; r++) {
        struct model_room *room = &model->rooms[r];
        if (room->lives && room->n == 0 &&
            model->port->now.mono_ms >= room->empty_mono_ms + model->limits.linger_ms)
            room->lives = false;
    }
}

static bool is_room_for_one_more(const struct model *model)
{
    unsigned n = 0;
    for (unsigned r = 0; r < ROOMS; r++)
        n += model->rooms[r].lives;
    return n < ROOMS_MAX;
}

static enum chat_error model_create(struct model *model, struct model_room *room,
                                    enum person person, uint32_t max_members)
{
    if (room->lives)
        return CHAT_E_CREATE_ROOM_EXISTS;
    if (!is_room_for_one_more(model))
        return CHAT_E_CREATE_TOO_MANY_ROOMS;
    take_seat(room, person, max_members != 0 ? max_members : MEMBERS_MAX);
    return CHAT_OK;
}

static enum chat_error model_join(struct model *model, struct model_room *room, enum person person)
{
    if (!room->lives && !model->limits.auto_create)
        return CHAT_E_JOIN_ROOM_NOT_FOUND;
    if (!room->lives && !is_room_for_one_more(model))
        return CHAT_E_JOIN_TOO_MANY_ROOMS;
    if (sits(room, person))
        return CHAT_E_JOIN_USER_ALREADY_IN_ROOM;
    if (room->lives && room->n >= room->max_members)
        return CHAT_E_JOIN_ROOM_FULL;
    take_seat(room, person, MEMBERS_MAX);
    return CHAT_OK;
}

static enum chat_error model_leave(struct model *model, struct model_room *room, enum person person)
{
    if (!sits(room, person))
        return CHAT_E_LEAVE_NOT_IN_ROOM;
    give_seat(model, room, person);
    return CHAT_OK;
}

static enum chat_error model_say(struct model_room *room, bool may, size_t length)
{
    if (!may)
        return CHAT_E_MESSAGE_NOT_IN_ROOM;
    if (length == 0)
        return CHAT_E_MESSAGE_EMPTY;
    if (length > TEXT_MAX)
        return CHAT_E_MESSAGE_TOO_LARGE;
    room->seq++;
    return CHAT_OK;
}

/* A message of any length, now and then by a connection that claims somebody else's user_id. */
static enum chat_error some_message(struct model *model, struct model_room *room,
                                    const char *room_id, enum person from)
{
    static const char text[TEXT_MAX + 1] = "text";
    static const size_t lengths[] = {0, 1, 4, TEXT_MAX, TEXT_MAX + 1};
    size_t length = lengths[random_below(&model->random, 5)];
    enum person user = random_below(&model->random, 4) != 0
                           ? from
                           : (enum person)(1 + random_below(&model->random, PERSONS - 1));

    ask_as(model->port, from, person_id(user),
           &(struct chat_request){.type = CHAT_REQUEST_message,
                                  .id = CHAT_SLICE("1"),
                                  .room_id = slice_of(room_id),
                                  .message = {text, length}});
    return model_say(room, user == from && sits(room, from), length);
}

static enum chat_error some_request(struct model *model, struct model_room *room,
                                    const char *room_id, enum person from)
{
    struct recording_port *port = model->port;
    uint32_t max_members = random_below(&model->random, MEMBERS_MAX + 1);

    end_lingered(model);
    switch (random_below(&model->random, 7)) {
    case 0:
        ask(port, from, .type = CHAT_REQUEST_create_room, .room_id = slice_of(room_id),
            .room_name = CHAT_SLICE("Room"), .max_members = max_members);
        return model_create(model, room, from, max_members);
    case 1:
    case 2:
        join(port, from, room_id);
        return model_join(model, room, from);
    case 3:
        leave(port, from, room_id);
        return model_leave(model, room, from);
    default:
        return some_message(model, room, room_id, from);
    }
}

static void some_step(struct model *model)
{
    struct recording_port *port = model->port;
    unsigned r = random_below(&model->random, ROOMS);
    struct model_room *room = &model->rooms[r];
    enum person person = (enum person)(1 + random_below(&model->random, PERSONS - 1));

    switch (random_below(&model->random, 12)) {
    case 0:
        gone(port, person, room_ids[r]);
        give_seat(model, room, person);
        return;
    case 1: {
        unsigned seats =
            chat_membership_kick(port->coordinator, slice_of(room_ids[r]),
                                 slice_of(person_id(person)), CHAT_SLICE("why"), port->now);
        assert_int_equal(seats, sits(room, person));
        give_seat(model, room, person);
        return;
    }
    case 2:
        port->now.mono_ms += random_below(&model->random, LINGER_MS);
        port->now.wall_ms += 7;
        return;
    case 3:
        chat_coordinator_sweep(port->coordinator, port->now);
        end_lingered(model);
        return;
    default: {
        enum chat_error expected = some_request(model, room, room_ids[r], person);
        assert_int_equal(port->refused, expected);
    }
    }
}

static void assert_same_room(struct chat_room *room, const struct model_room *expected)
{
    struct chat_room_facts facts = chat_room_facts(room);
    struct chat_link *link = chat_room_members(room)->first;
    uint32_t on[RECORDING_WORKERS] = {0};

    assert_int_equal(facts.members, expected->n);
    assert_int_equal(facts.seq, expected->seq);
    assert_int_equal(facts.max_members, expected->max_members);
    for (unsigned i = 0; i < expected->n; i++, link = link->next) {
        assert_non_null(link);
        uint64_t conn = person_conn(expected->members[i]);
        assert_int_equal(chat_member_of(link)->conn, conn);
        on[chat_conn_id_worker(conn)]++;
    }
    assert_null(link);
    for (unsigned w = 0; w < RECORDING_WORKERS; w++)
        assert_int_equal(chat_room_conns_on(room, w), on[w]);
}

static void assert_same(struct model *model)
{
    unsigned n = 0;

    recording_check(model->port);
    for (unsigned r = 0; r < ROOMS; r++) {
        struct chat_room *room =
            chat_coordinator_find(model->port->coordinator, slice_of(room_ids[r]));
        assert_int_equal(room != NULL, model->rooms[r].lives);
        n += room != NULL;
        if (room != NULL)
            assert_same_room(room, &model->rooms[r]);
    }
    assert_int_equal(chat_coordinator_rooms(model->port->coordinator), n);
    assert_int_equal(model->port->rooms, n);
}

static void live(uint64_t seed, struct chat_limits limits)
{
    struct model model = {.port = recording_open(limits), .random = {seed}, .limits = limits};
    struct chat_coordinator *coordinator = model.port->coordinator;

    print_message("seed %llu\n", (unsigned long long)seed);
    model.port->rooms_max = ROOMS_MAX;
    chat_coordinator_keep(coordinator, CHAT_SLICE("permanent"), CHAT_SLICE("Kept"), MEMBERS_MAX,
                          model.port->now);
    model.rooms[PERMANENT] = (struct model_room){.lives = true, .max_members = MEMBERS_MAX};
    for (unsigned step = 0; step < STEPS; step++) {
        some_step(&model);
        assert_same(&model);
        forget(model.port);
        model.port->n_tokens = 0; /* rooms come and go; their epochs are others' business */
    }
    recording_close(model.port);
}

static void rooms_do_what_their_rules_say(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++)
        live(seed, (struct chat_limits){.room_members_max = MEMBERS_MAX});
}

static void rooms_do_so_when_they_linger(void **state)
{
    (void)state;
    for (uint64_t seed = 11; seed <= 13; seed++)
        live(seed, (struct chat_limits){.room_members_max = MEMBERS_MAX, .linger_ms = LINGER_MS});
}

static void rooms_do_so_when_joins_make_them(void **state)
{
    (void)state;
    for (uint64_t seed = 21; seed <= 23; seed++)
        live(seed, (struct chat_limits){.room_members_max = MEMBERS_MAX,
                                        .linger_ms = LINGER_MS,
                                        .auto_create = true});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rooms_do_what_their_rules_say),
        cmocka_unit_test(rooms_do_so_when_they_linger),
        cmocka_unit_test(rooms_do_so_when_joins_make_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
