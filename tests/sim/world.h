/* A whole chat in one thread: the cores of several workers, the letters between them, connections
 * and the people behind them, all moved by one seeded generator. Nothing here is real but
 * module/core. */
#ifndef CHAT_SIM_WORLD_H
#define CHAT_SIM_WORLD_H

#include "core/membership.h"
#include "core/session.h"

#include <stdnoreturn.h>

/* How much happened: a run in which one of these never did shows nothing of it. */
#define HAPPENINGS(X)                                                                              \
    X(heard)                                                                                       \
    X(recovered)                                                                                   \
    X(replaced)                                                                                    \
    X(refused)                                                                                     \
    X(kicked) X(devices) X(duplicates) X(whispers) X(listed) X(notices) X(closed) X(moderated)

enum {
    WORKERS_MAX = 4,
    PEOPLE = 8, /* clients */
    USERS = 6,  /* behind them: the first ones have two */
    ROOMS = 5,
    CONNS_MAX = 4096,
    SEATS_MAX = ROOMS,
    EPOCHS_MAX = 1024,
    NUMBERS_MAX = 8192
};

/* Of the users the first are verified, and one of these is a moderator everywhere. */
enum { VERIFIED = 3, MODERATOR = 2 };

static inline int user_of(int person)
{
    return person % USERS;
}

/* What a connection is told, small enough to be copied; also what a room's history holds. */
struct word {
    enum chat_event_type type;
    enum chat_flag recovered, duplicate;
    int room, user;
    unsigned rooms; /* of a list: a bit each */
    uint64_t key;   /* the room's, where the port knows it */
    uint64_t seq, oldest_seq;
    uint64_t text;   /* of a message or a notice */
    uint64_t number; /* of the request that is answered, or 0 */
    char epoch[CHAT_TOKEN_LENGTH], session[CHAT_TOKEN_LENGTH];
};

enum letter_kind { REQUEST, GONE, WORD, SEAT, UNSEAT, REPLACE, EVENT, WHISPER, CLOSE, COMPLETE };

/* A request as a client sends it. */
struct ask {
    enum chat_request_type type;
    int user, room;
    int target;      /* of a moderator's request */
    uint64_t number; /* its id */
    uint64_t text;   /* of a message */
    uint64_t name;   /* its client_msg_id, the same for messages of several users; or 0 */
    bool resumes, since;
    char session[CHAT_TOKEN_LENGTH], epoch[CHAT_TOKEN_LENGTH];
    uint64_t seq;
};

struct letter {
    struct letter *next;
    enum letter_kind kind;
    uint64_t conn, key;
    struct ask ask;
    struct word word;
    int room, user;
    enum chat_departure departure;
    struct chat_listing listing; /* of a request that goes on, with its rows */
    char rows[1024];
};

struct conn {
    unsigned worker;
    uint64_t id;
    struct chat_session session;
    struct {
        uint64_t key;
        int room;
    } seats[SEATS_MAX];
    unsigned n_seats;
    struct ask asked[64]; /* received and not yet served */
    unsigned n_asked;
    bool open;   /* its person still hears it */
    bool serves; /* what it asks is still served */
    bool ended;
    enum chat_departure departure;
    int person;
    uint64_t answered; /* the last request of which the answer was heard */
    uint64_t said;     /* an acknowledged text that was not heard back yet, or 0 */
};

/* What a person knows of a room. */
struct view {
    bool in, known;
    char epoch[CHAT_TOKEN_LENGTH], session[CHAT_TOKEN_LENGTH];
    uint64_t seq; /* the last one received */
    bool asked_since;
    uint64_t unsure, unsure_name; /* a text of which it is not known whether it was said, or 0 */
};

struct person {
    struct conn *conn; /* NULL: not connected */
    struct view views[ROOMS];
    bool lists;             /* has asked for a list, one at a time */
    uint64_t living[ROOMS]; /* the rooms' keys then */
};

struct worker {
    struct chat_port port; /* first */
    struct world *world;
    unsigned index;
    struct chat_coordinator *coordinator;
};

/* What was said in a room's life, by seq; everybody must have heard the same. */
struct truth {
    char epoch[CHAT_TOKEN_LENGTH];
    uint64_t texts[2048];
    uint64_t seq;
    unsigned present; /* users who are there, as all were told: a bit each */
};

struct world {
    uint64_t seed, random;
    unsigned n_workers;
    struct chat_secrets secrets;
    struct worker workers[WORKERS_MAX];
    struct letter *first[WORKERS_MAX][WORKERS_MAX], *last[WORKERS_MAX][WORKERS_MAX];
    struct conn *conns[CONNS_MAX];
    uint32_t n_conns;
    struct person people[PEOPLE];
    struct truth *truths[EPOCHS_MAX];
    unsigned n_truths;
    struct chat_time now;
    unsigned rooms, rooms_max;
    uint64_t numbers, names[USERS];
    uint64_t texts[NUMBERS_MAX]; /* of the messages, by the number of the request */
#define COUNTER(name) uint64_t name;
    HAPPENINGS(COUNTER)
#undef COUNTER
};

/* The chat's rules are broken: says what, and the seed that shows it. */
noreturn void broken(const struct world *world, const char *what, uint64_t a, uint64_t b);

uint64_t draw(struct world *world, uint64_t below);

struct world *world_create(uint64_t seed);
void world_destroy(struct world *world);

/* A worker's way out (port.c), and a letter on its way. */
extern const struct chat_port server_port;
struct letter *server_post(struct world *world, unsigned from, unsigned to, enum letter_kind kind);

/* An id or a text with this number, in `out`; and where a room lives. */
struct chat_slice spell(char *out, size_t size, const char *format, uint64_t number);
unsigned home_of(const struct world *world, int room);

/* The server's side (server.c). */
struct conn *server_connect(struct world *world, int person);
void server_receive(struct world *world, struct conn *conn, const struct ask *ask);
/* The connection is gone, lost or closed. */
void server_gone(struct world *world, struct conn *conn, enum chat_departure departure);
/* One letter of a random pair; false: there is none. */
bool server_deliver(struct world *world);
void server_pass_time(struct world *world, uint64_t ms);
void server_check(struct world *world);
struct truth *truth_of(struct world *world, const char epoch[CHAT_TOKEN_LENGTH]);

/* An operator's side (operator.c). */
void operator_kick(struct world *world, int user, int room);
void operator_notice(struct world *world, int room);
void operator_close(struct world *world, int room);
/* The key of the room that lives under this number now, or 0. */
uint64_t server_room(struct world *world, int room);

/* The people's side (people.c). */
void people_hear(struct world *world, struct conn *conn, const struct word *word);
void people_act(struct world *world);
void people_leave(struct world *world);
/* Nothing is under way: everybody has heard everything. */
void people_check(struct world *world);

#endif
