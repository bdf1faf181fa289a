/* What the files of the load generator share: one process, one thread, one epoll set. load.c owns
 * the run and its phases, member.c a connection, room.c the order of a room's messages, process.c
 * what the server has used, latency.c a histogram, inflate.c compressed messages, options.c the
 * flags, secure.c TLS. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    LOAD_BUFFER_BYTES = 4 << 20, /* the one read buffer; a frame must fit in it */
    LOAD_PIDS = 8,
    LOAD_TEXT_MIN = 24, /* the counter at the start of each text */
    LOAD_TEXT_MAX = 10240,
    LOAD_ID_BYTES = 8,
    LOAD_LATENCY_BUCKETS = 2048,
};

enum load_mode {
    LOAD_MESSAGES, /* senders speak, every delivery is checked */
    LOAD_IDLE,     /* members join and stay; the server's memory is read */
    LOAD_CHURN,    /* connect, join, leave, close, again and again */
};

/* What the server speaks. CHAT is chat.v1. RAW is for brokers that know channels and no chat: a
 * member is in a room when the upgrade to PATH/ROOM is answered, and what one writes all get as it
 * is. */
enum load_protocol {
    LOAD_CHAT,
    LOAD_RAW,
};

/* REST lets a server come to rest whose memory is to be read. SETUP opens one creator for each
 * room, JOIN the rest; WARM is the work without the clock, MEASURE with it; SEAL is a last round in
 * each room, before which a late repeat would have to show; DRAIN reads what stalled members left
 * unread, until all is quiet. */
enum load_phase {
    LOAD_REST,
    LOAD_SETUP,
    LOAD_JOIN,
    LOAD_WARM,
    LOAD_MEASURE,
    LOAD_SEAL,
    LOAD_DRAIN,
    LOAD_DONE,
};

struct load_options {
    enum load_mode mode;
    enum load_protocol protocol;
    const char *path;
    unsigned port;
    unsigned rooms;
    unsigned members;    /* of each room */
    unsigned idle_rooms; /* with one member each, beside those rooms */
    unsigned senders;    /* of each room */
    unsigned in_flight;
    unsigned text_bytes;
    unsigned rate; /* messages a second of each sender; 0: the next when the last are delivered */
    unsigned sources;
    unsigned tls;     /* 1: members connect by TLS */
    unsigned deflate; /* 1: permessage-deflate is offered and must be agreed on */
    unsigned stalled; /* members of each room that stop reading once all have joined */
    double warm_up_s;
    double seconds;
    double settle_s;
    double timeout_s;
    int pids[LOAD_PIDS];
    unsigned n_pids;
};

struct load_usage {
    uint64_t cpu_ns;
    uint64_t rss_bytes;
    uint64_t pss_bytes;
};

struct load_latency {
    uint64_t count;
    uint64_t max_ns;
    uint32_t buckets[LOAD_LATENCY_BUCKETS];
};

/* Bytes kept between two turns: the begin of a frame, or what the socket did not take. */
struct load_bytes {
    uint8_t *data;
    size_t size;
    size_t capacity;
};

enum load_member_state {
    LOAD_CLOSED, /* not open yet, or the server's close frame has come */
    LOAD_CONNECTING,
    LOAD_SHAKING, /* hands, with TLS */
    LOAD_UPGRADING,
    LOAD_ENTERING, /* create_room or join is sent */
    LOAD_IN,
    LOAD_LEAVING, /* churn: leave is sent */
    LOAD_CLOSING, /* churn: our close frame is sent */
    LOAD_STALLED, /* joined, and no longer read */
};

struct load_member {
    int fd;
    struct ssl_st *ssl; /* NULL: plaintext */
    enum load_member_state state;
    uint32_t number;
    bool creates;
    bool stalls;
    bool waits_to_write;
    struct load_room *room;
    uint64_t position; /* in the room's order: of the next message it must get */
    struct load_bytes in;
    struct load_bytes out;
};

/* One message on its way. Slots belong to senders: sender s has slots s * window … */
struct load_slot {
    uint64_t sent_ns; /* when it was due, not when it could be written */
    uint32_t left;    /* members that still have to get it */
};

struct load_room {
    uint32_t number;
    char id[LOAD_ID_BYTES];
    struct load_member *members; /* options.members of them; the first creates, the first send */
    uint64_t known;              /* positions at which some member has got a message */
    uint64_t left;               /* deliveries still to come */
    uint64_t *sent;              /* of each sender: messages sent */
    uint64_t *shown;             /* of each sender: messages that have a place in the order */
    uint32_t *order;             /* position → slot */
    struct load_slot *slots;
    char *texts;
    size_t type_at; /* where the type and the text stood in the last message: they rarely move */
    size_t text_at;
    uint64_t joined_seen; /* churn: what the resident member saw */
    uint64_t left_seen;
};

struct load {
    struct load_options options;
    enum load_phase phase;
    int epoll;
    uint64_t now; /* CLOCK_MONOTONIC, read once for each read */
    uint64_t deadline_ns;
    uint64_t phase_end_ns;
    uint64_t heard_ns; /* when the last byte came from the server */
    uint32_t window;   /* slots of one sender */
    uint32_t n_rooms;  /* the idle ones too, which stand behind the others */
    uint32_t n_members;
    uint32_t next_to_open;
    uint32_t opening;
    uint32_t entered;
    uint32_t readers; /* members of a room that are not stalled */
    uint32_t busy;    /* rooms with deliveries to come; in a churn, members on their way */
    uint64_t phase_start_ns;
    uint64_t ticks; /* with a rate: messages that this phase has sent */
    uint64_t deliveries;
    uint64_t bytes;  /* that came from the server */
    uint64_t cycles; /* churn: connections that came and went */
    uint32_t stalled_closed;
    uint32_t stalled_told; /* closed with 4013 */
    uint64_t mask_state;
    struct load_member *members;
    struct load_room *rooms;
    struct load_latency latency;
    uint8_t *buffer;  /* for reads */
    uint8_t *scratch; /* for writes */
    size_t scratch_size;
};

_Noreturn void load_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *load_allocate(size_t count, size_t size);
uint64_t load_now(void);

/* Called by member.c when a member has entered its room, and when one of a churn has gone. */
void load_member_entered(struct load *load, struct load_member *member);
void load_member_gone(struct load *load, struct load_member *member);

void load_options_parse(struct load_options *options, int argc, char **argv);

void load_process_read(const struct load_options *options, struct load_usage *ret_usage);

void load_latency_add(struct load_latency *latency, uint64_t ns);
uint64_t load_latency_at(const struct load_latency *latency, double fraction);

void load_member_open(struct load *load, struct load_member *member);
void load_member_ready(struct load *load, struct load_member *member, uint32_t events);
void load_member_stall(struct load *load, struct load_member *member);
void load_member_resume(struct load *load, struct load_member *member);
/* Appends one masked text frame to load->scratch; load_member_flush hands all of it to the socket
 * in one write. */
void load_member_append(struct load *load, const char *payload, size_t size);
void load_member_flush(struct load *load, struct load_member *member);

/* A connected member's TLS, and whether its handshake is done. Bytes go as by send and recv. */
void load_secure_begin(struct load_member *member);
bool load_secure_shake(struct load_member *member);
ssize_t load_secure_send(struct load_member *member, const void *data, size_t size);
ssize_t load_secure_receive(struct load_member *member, void *data, size_t size);
void load_secure_end(struct load_member *member);

/* What a compressed message holds, lent until the next call. Fails on data that is not whole. */
const uint8_t *load_inflate(const uint8_t *data, size_t size, size_t *ret_size);

void load_room_init(struct load *load, uint32_t number, struct load_member *members);
/* Each sender of the room writes `count` messages in one go. */
void load_room_send_round(struct load *load, struct load_room *room, unsigned count);
void load_room_send(struct load *load, struct load_room *room, unsigned sender, unsigned count,
                    uint64_t due_ns);
/* One event of a room from the server to a member that is in it. */
void load_room_event(struct load *load, struct load_member *member, const char *event, size_t size);
_Noreturn void load_room_explain(const struct load *load, const char *phase);

#endif
