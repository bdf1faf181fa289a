/* A WebSocket connection after its upgrade: socket ↔ frames ↔ outbound queue, and how it ends. It
 * knows no chat rule: messages go to the worker's application. Owned by one worker for life.
 *
 * Input and end are two lines that run beside each other:
 *
 *   serving ──close of either side, end of input──► (quiet) ──► ended: the application has let go
 *   socket: open ──close frame out, peer's in──► FIN out ──peer's FIN or deadline──► closed
 *
 * and the memory goes when both have arrived at their ends. */
#ifndef CHAT_NET_CONN_H
#define CHAT_NET_CONN_H

#include "core/bucket.h"
#include "core/coordinator.h"
#include "core/session.h"
#include "net/inbound.h"
#include "net/outbound.h"
#include "net/transport.h"
#include "wire/extension.h"

struct chat_conn;

/* What a peer may have had under way when its connection began to close. */
enum { CHAT_DRAIN_BYTES = 1024 * 1024 };

/* What a worker's connections are for: the chat, or a test's echo. */
struct chat_conn_app {
    /* A whole message. False: not now; it is kept, and offered again when the connection is woken.
     */
    bool (*message)(struct chat_conn *conn, enum chat_opcode opcode, struct chat_slice text);
    /* One more message could be taken. */
    bool (*accepts)(const struct chat_conn *conn);
    /* Nothing that the connection asked for is under way. */
    bool (*quiet)(const struct chat_conn *conn);
    /* Nothing more comes from it; called once, when it is quiet. */
    void (*ended)(struct chat_conn *conn);
    /* Before its first message; takes the claims of the token that came with the upgrade, or NULL.
     */
    void (*opened)(struct chat_conn *conn, struct chat_claims *claims);
    /* The time in stamps->token has passed. */
    void (*overdue)(struct chat_conn *conn);
    bool takes_binary; /* else a binary frame is answered by 1003 */
};

struct chat_conn {
    struct chat_transport transport; /* first */
    struct chat_worker *worker;
    uint32_t slot, generation;
    struct chat_conn *next_dirty, *next_ready;
    struct chat_outbound *out; /* NULL: nothing to write */
    struct chat_inbound *in;   /* NULL: nothing kept */
    struct chat_block *close;  /* the close frame until it is queued */
    struct chat_block *pong;   /* the answer to the newest ping until it is queued */
    struct chat_frame_parser parser;
    uint32_t read_turn;  /* the last turn in which it was read */
    uint32_t paused_ms;  /* since when it is not read */
    uint32_t stalled_ms; /* when the kernel last took bytes of a queue that remains */
    uint16_t close_code;
    bool serving : 1, ended : 1; /* the first line */
    bool close_queued : 1, close_seen : 1,
        deaf : 1; /* the second; deaf: input is no longer parsed */
    bool eof : 1, fin_sent : 1, closed : 1;
    bool resumable : 1;   /* it selected chat.v1: a loss keeps its seats (PROTOCOL §5) */
    bool deflates : 1;    /* it is sent compressed messages */
    bool close_asked : 1; /* by the peer, before we closed */
    bool urgent : 1;      /* what is queued behind the begun frame is dropped */
    bool dirty : 1, ready : 1, reading : 1, paused : 1, blocked : 1, unread : 1;
    bool ping_due : 1;
    bool rests : 1; /* it closes, and has been read enough for now */
    bool noted : 1; /* its end (ending.h) */

    /* The chat's part (dispatch.c, audience.c); empty for another application. */
    struct chat_session session;
    uint16_t n_seats;
    uint8_t departure; /* enum chat_departure */
    struct chat_seat *seats;
    struct chat_audience *caused; /* the room whose open block may hold an event that it caused */
    uint32_t ticket;              /* of the query that put it out, to be told when it is done */
    uint32_t drained;             /* bytes read since it closes */
    int64_t connected_ms;
    struct chat_address *address;
    struct chat_ip *client; /* for whom a trusted proxy speaks; NULL: the peer is the client */
    struct chat_pace pace;  /* last: a broadcast does not come by here */
};

/* An upgraded socket. */
struct chat_way {
    int fd;
    struct ssl_st *ssl; /* OpenSSL's, with the descriptor in it; NULL: plaintext */
};

/* Takes the way, what was read behind the handshake, the claims of its
 * token, and the hold on its address; compression is agreed on only where the worker has the means.
 * The connection belongs to its worker; if the descriptor is of no use it ends at once. */
struct chat_conn *chat_conn_open(struct chat_worker *worker, struct chat_way way,
                                 struct chat_slice early, struct chat_address *address,
                                 struct chat_claims *claims, bool resumable,
                                 struct chat_extension agreed);

/* A trusted proxy speaks for this address. */
void chat_conn_forwarded(struct chat_conn *conn, const struct chat_ip *client);
/* Where its client is: ADDRESS:PORT, or what a trusted proxy says; empty when the socket is gone.
 */
struct chat_slice chat_conn_address(const struct chat_conn *conn, char *out, size_t size);

/* The same without the port; false: it is not known. */
bool chat_conn_ip(const struct chat_conn *conn, struct chat_ip *ret_ip);

/* Whole frames, behind what is queued; copied. Nothing once the connection closes. */
void chat_conn_send(struct chat_conn *conn, struct chat_slice frames);
/* The same by reference. */
void chat_conn_push(struct chat_conn *conn, struct chat_block *block, uint32_t from, uint32_t to);

/* Ends the connection with this code of wire/close.def; `text`, an administrator's, may be empty.
 * For 1001, 1012 and 4000 all that is queued is sent first (PROTOCOL §8). The first close counts.
 */
void chat_conn_close(struct chat_conn *conn, unsigned code, struct chat_slice text);
/* The same, and asks the client not to come back before (PROTOCOL §8). */
void chat_conn_close_for(struct chat_conn *conn, unsigned code, uint64_t retry_after_ms);
/* Ends it without a frame: a dead peer, or a deadline. */
void chat_conn_drop(struct chat_conn *conn);

/* Something that it waited for may have come: it is looked at again in this turn. */
void chat_conn_wake(struct chat_conn *conn);

/* For the worker's turn. */
void chat_conn_step(struct chat_conn *conn);
void chat_conn_flush(struct chat_conn *conn);

/* What its queue costs against limits.outbound_queue, in bytes. */
uint64_t chat_conn_queued(const struct chat_conn *conn);

/* What the worker's poller tells of its connections. */
extern const struct chat_poller_events chat_conn_poller_events;

/* Between conn.c and conn_input.c. */
void chat_conn_readable(struct chat_transport *transport);
void chat_conn_end_of_input(struct chat_conn *conn, bool orderly);
/* Tells the poller what is wanted. */
void chat_conn_want(struct chat_conn *conn);
void chat_conn_early(struct chat_conn *conn, struct chat_slice early);
void chat_conn_step_input(struct chat_conn *conn);
/* Reads or pauses, as there is room. */
void chat_conn_settle_input(struct chat_conn *conn);
void chat_conn_pong(struct chat_conn *conn, struct chat_slice payload);
void chat_conn_close_received(struct chat_conn *conn, struct chat_slice payload);

#endif
