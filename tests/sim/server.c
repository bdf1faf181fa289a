/* Workers without net: letters that arrive, and connections that keep the order of DESIGN §3 by
 * core/session.c. */
#include "world.h"

#include "core/conn_id.h"

#include <stdio.h>
#include <stdlib.h>

struct world *world_create(uint64_t seed)
{
    struct world *world = calloc(1, sizeof(*world));
    if (world == NULL)
        abort();
    world->seed = world->random = seed;
    world->n_workers = 1 + (unsigned)draw(world, WORKERS_MAX);
    world->rooms_max = 1 + (unsigned)draw(world, 2 * ROOMS);
    world->now = (struct chat_time){1000, 1000};
    for (size_t i = 0; i < sizeof(world->secrets); i++)
        ((unsigned char *)&world->secrets)[i] = (unsigned char)draw(world, 256);
    struct chat_limits limits = {.message_size = 32,
                                 .page = 50,
                                 .listed = true,
                                 .room_members_max = 2 + (uint32_t)draw(world, PEOPLE),
                                 .linger_ms = draw(world, 2) * 300,
                                 .resume_window_ms = draw(world, 4) * 400,
                                 .auto_create = draw(world, 2),
                                 .history_size = (uint32_t)draw(world, 40),
                                 .history_bytes = 64 * 1024,
                                 .history_ttl_ms = 1 + draw(world, 20000),
                                 .history_reply_bytes = 64 * 1024,
                                 .history_total = 1024 * 1024};
    for (unsigned i = 0; i < world->n_workers; i++) {
        struct worker *worker = &world->workers[i];
        *worker = (struct worker){.port = server_port, .world = world, .index = i};
        worker->coordinator =
            chat_coordinator_create(&(struct chat_coordinator_spec){.limits = limits,
                                                                    .secrets = &world->secrets,
                                                                    .port = &worker->port,
                                                                    .worker = i,
                                                                    .workers = world->n_workers});
    }
    return world;
}

void world_destroy(struct world *world)
{
    for (unsigned i = 0; i < world->n_workers; i++)
        chat_coordinator_destroy(world->workers[i].coordinator);
    for (uint32_t i = 0; i < world->n_conns; i++) {
        chat_session_finish(&world->conns[i]->session);
        free(world->conns[i]);
    }
    for (unsigned i = 0; i < world->n_truths; i++)
        free(world->truths[i]);
    free(world);
}

struct conn *server_connect(struct world *world, int person)
{
    struct conn *conn = calloc(1, sizeof(*conn));
    if (conn == NULL || world->n_conns == CONNS_MAX)
        abort();
    conn->worker = (unsigned)draw(world, world->n_workers);
    conn->id = chat_conn_id(conn->worker, world->n_conns, 1);
    conn->open = conn->serves = true;
    conn->person = person;
    world->conns[world->n_conns++] = conn;
    return conn;
}

struct chat_slice spell(char *out, size_t size, const char *format, uint64_t number)
{
    int n = snprintf(out, size, format, (unsigned long long)number);
    return (struct chat_slice){out, (size_t)n};
}

unsigned home_of(const struct world *world, int room)
{
    char id[8];
    struct chat_slice slice = spell(id, sizeof(id), "r%llu", (uint64_t)room);
    return chat_hash_home(chat_hash(&world->secrets, slice), world->n_workers);
}

struct spelled {
    char room[8], user[8], number[24], text[24], name[24];
    struct chat_request request;
};

static void spell_ask(const struct ask *ask, struct spelled *out)
{
    struct chat_slice number = spell(out->number, sizeof(out->number), "%llu", ask->number);
    struct chat_slice text = spell(out->text, sizeof(out->text), "%llu", ask->text);
    int user = ask->type == CHAT_REQUEST_kick_user ? ask->target : ask->user;
    bool joins = ask->type == CHAT_REQUEST_join;

    out->request = (struct chat_request){
        .type = ask->type,
        .id = number,
        .room_id = spell(out->room, sizeof(out->room), "r%llu", (uint64_t)ask->room),
        .room_name = CHAT_SLICE("Room"),
        .user_id = spell(out->user, sizeof(out->user), "u%llu", (uint64_t)user),
        .message = text};
    if (ask->name != 0)
        out->request.client_msg_id = spell(out->name, sizeof(out->name), "%llu", ask->name);
    if (joins && ask->resumes)
        out->request.session = (struct chat_slice){ask->session, CHAT_TOKEN_LENGTH};
    if (joins && ask->since) {
        out->request.since = true;
        out->request.since_seq = (int64_t)ask->seq;
        out->request.since_epoch = (struct chat_slice){ask->epoch, CHAT_TOKEN_LENGTH};
    }
}

static uint8_t rights_of(int user)
{
    return CHAT_RIGHTS_DEFAULT | (user < VERIFIED ? CHAT_VERIFIED : 0) |
           (user == MODERATOR ? CHAT_MAY_MODERATE : 0);
}

static void call_core(struct world *world, unsigned home, const struct letter *letter)
{
    struct spelled spelled;
    char own[8];
    spell_ask(&letter->ask, &spelled);
    struct chat_slice user = spell(own, sizeof(own), "u%llu", (uint64_t)letter->ask.user);
    struct chat_call call = {.request = &spelled.request,
                             .from = letter->conn,
                             .user = user,
                             .name = user,
                             .rights = rights_of(letter->ask.user),
                             .now = world->now,
                             .listing = letter->listing};
    chat_coordinator_request(world->workers[home].coordinator, &call);
}

static void give_up_seats(struct world *world, struct conn *conn)
{
    conn->ended = true;
    for (unsigned i = 0; i < conn->n_seats; i++) {
        struct letter *letter =
            server_post(world, conn->worker, home_of(world, conn->seats[i].room), GONE);
        letter->conn = conn->id;
        letter->room = conn->seats[i].room;
        letter->user = user_of(conn->person);
        letter->departure = conn->departure;
    }
    conn->n_seats = 0;
}

/* Serves what may go now; ends the connection when it is quiet. */
static void pump(struct world *world, struct conn *conn)
{
    while (conn->n_asked > 0) {
        struct ask ask = conn->asked[0];
        struct spelled spelled;
        struct chat_slice user, name;
        bool is_list = ask.type == CHAT_REQUEST_list_rooms;
        unsigned home = is_list ? CHAT_DESTINATION_ALL : home_of(world, ask.room);
        spell_ask(&ask, &spelled);
        if (!chat_session_admits(&conn->session, &spelled.request, home))
            return;
        if (chat_session_identify(&conn->session, &spelled.request, &user, &name) != CHAT_OK)
            broken(world, "an identity was refused that never changes", conn->id, 0);
        memmove(conn->asked, conn->asked + 1, --conn->n_asked * sizeof(ask));
        chat_session_open(&conn->session, &spelled.request, home, user, name);
        struct letter *letter =
            server_post(world, conn->worker, is_list ? conn->worker : home, REQUEST);
        letter->conn = conn->id;
        letter->ask = ask;
    }
    if (!conn->serves && !conn->ended && conn->session.open == 0)
        give_up_seats(world, conn);
}

void server_receive(struct world *world, struct conn *conn, const struct ask *ask)
{
    if (!conn->serves || conn->n_asked == sizeof(conn->asked) / sizeof(*conn->asked))
        return;
    conn->asked[conn->n_asked++] = *ask;
    pump(world, conn);
}

void server_gone(struct world *world, struct conn *conn, enum chat_departure departure)
{
    conn->open = false;
    if (!conn->serves)
        return;
    conn->serves = false;
    conn->departure = departure;
    pump(world, conn);
}

static void unseat_conn(struct conn *conn, uint64_t key)
{
    for (unsigned i = 0; i < conn->n_seats; i++)
        if (conn->seats[i].key == key)
            conn->seats[i--] = conn->seats[--conn->n_seats];
}

/* All but the one who whispers. */
static void tell_audience(struct world *world, unsigned worker, const struct word *word,
                          uint64_t but)
{
    for (uint32_t c = 0; c < world->n_conns; c++) {
        struct conn *conn = world->conns[c];
        for (unsigned i = 0; conn->worker == worker && i < conn->n_seats; i++)
            if (conn->seats[i].key == word->key && conn->id != but)
                people_hear(world, conn, word);
    }
}

static void gone_arrived(struct world *world, unsigned home, const struct letter *letter)
{
    char room[8], user[8];
    chat_membership_gone(world->workers[home].coordinator, letter->conn,
                         spell(room, sizeof(room), "r%llu", (uint64_t)letter->room),
                         spell(user, sizeof(user), "u%llu", (uint64_t)letter->user),
                         letter->departure, world->now);
}

static void seat_conn(struct world *world, struct conn *conn, const struct letter *letter)
{
    people_hear(world, conn, &letter->word);
    chat_session_seated(&conn->session);
    if (conn->n_seats == SEATS_MAX)
        broken(world, "more seats than rooms", conn->id, conn->n_seats);
    conn->seats[conn->n_seats].key = letter->key;
    conn->seats[conn->n_seats++].room = letter->word.room;
}

static void arrive(struct world *world, unsigned to, const struct letter *letter)
{
    uint32_t slot = chat_conn_id_slot(letter->conn);
    struct conn *conn = letter->conn != 0 ? world->conns[slot] : NULL;

    switch (letter->kind) {
    case REQUEST:
        call_core(world, to, letter);
        break;
    case GONE:
        gone_arrived(world, to, letter);
        break;
    case WORD:
        people_hear(world, conn, &letter->word);
        break;
    case SEAT:
        seat_conn(world, conn, letter);
        break;
    case UNSEAT:
        unseat_conn(conn, letter->key);
        people_hear(world, conn, &letter->word);
        break;
    case REPLACE:
        if (conn->open && world->people[conn->person].conn == conn)
            broken(world, "another one's session has replaced it", conn->id, letter->key);
        unseat_conn(conn, letter->key);
        server_gone(world, conn, CHAT_LOST);
        break;
    case EVENT:
        tell_audience(world, to, &letter->word, 0);
        break;
    case WHISPER:
        tell_audience(world, to, &letter->word, letter->key);
        break;
    case CLOSE:
        tell_audience(world, to, &letter->word, 0);
        for (uint32_t c = 0; c < world->n_conns; c++)
            if (world->conns[c]->worker == to)
                unseat_conn(world->conns[c], letter->word.key);
        break;
    case COMPLETE:
        chat_session_complete(&conn->session);
        pump(world, conn);
        break;
    }
}

bool server_deliver(struct world *world)
{
    unsigned n = world->n_workers * world->n_workers, start = (unsigned)draw(world, n);
    for (unsigned i = 0; i < n; i++) {
        unsigned pair = (start + i) % n, from = pair / world->n_workers,
                 to = pair % world->n_workers;
        struct letter *letter = world->first[from][to];
        if (letter == NULL)
            continue;
        world->first[from][to] = letter->next;
        if (letter->next == NULL)
            world->last[from][to] = NULL;
        arrive(world, to, letter);
        free(letter);
        return true;
    }
    return false;
}

void server_pass_time(struct world *world, uint64_t ms)
{
    world->now.wall_ms += (int64_t)ms;
    world->now.mono_ms += ms;
    for (unsigned i = 0; i < world->n_workers; i++)
        chat_coordinator_sweep(world->workers[i].coordinator, world->now);
}

static bool has_seat(const struct conn *conn, uint64_t key)
{
    for (unsigned i = 0; i < conn->n_seats; i++)
        if (conn->seats[i].key == key)
            return true;
    return false;
}

/* The members and their connections, each of which has its place in the audience; returns how many
 * live. */
static uint64_t check_room(struct world *world, struct chat_room *room)
{
    struct chat_room_facts facts = chat_room_facts(room);
    char epoch[CHAT_TOKEN_LENGTH];
    uint64_t conns[CHAT_DEVICES_MAX], living = 0;
    unsigned users = 0;

#ifndef NDEBUG
    chat_room_check(room);
#endif
    for (struct chat_link *m = chat_room_members(room)->first; m != NULL; m = m->next) {
        const struct chat_member *member = chat_member_of(m);
        unsigned n = chat_member_living(member, conns);
        users |= 1u << (chat_member_id(member).bytes[1] - '0');
        world->devices += chat_member_count(member) > 1;
        living += n;
        while (n-- > 0)
            if (!has_seat(world->conns[chat_conn_id_slot(conns[n])], facts.key))
                broken(world, "a member is in no audience", conns[n], facts.key);
    }
    if (users != 0 &&
        users != truth_of(world, chat_token(&world->secrets, 'e', facts.key, epoch).bytes)->present)
        broken(world, "others are there than all were told", users, facts.key);
    if (facts.members > facts.max_members)
        broken(world, "more members than there may be", facts.members, facts.max_members);
    return living;
}

/* Nothing is under way. */
void server_check(struct world *world)
{
    uint64_t members = 0, seats = 0, rooms = 0;

    for (unsigned w = 0; w < world->n_workers; w++) {
        struct chat_list *live = chat_coordinator_live(world->workers[w].coordinator);
        for (struct chat_link *r = live->first; r != NULL; r = r->next, rooms++)
            members += check_room(world, chat_room_of(r));
    }
    for (uint32_t c = 0; c < world->n_conns; c++)
        seats += world->conns[c]->n_seats;
    if (members != seats)
        broken(world, "seats and members differ", members, seats);
    if (rooms != world->rooms)
        broken(world, "the count of rooms is wrong", rooms, world->rooms);
}
