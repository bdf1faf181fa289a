/* What the admin side asks of the workers, and how their answers come back. The control is one more
 * end of the mailboxes: it lives on the loop that the host names and never waits for a worker, nor
 * a worker for it. */
#ifndef CHAT_NET_CONTROL_H
#define CHAT_NET_CONTROL_H

#include "core/slice.h"

#include <stdint.h>
#include <uv.h>

struct chat_control;
struct chatd;
struct chatd_config;

enum chat_query_kind {
    CHAT_QUERY_STATUS, /* a WORKER row from each worker */
    CHAT_QUERY_ROOMS,  /* a ROOM row for each live room */
    /* `room`: its ROOM row (none: no such room), a MEMBER row for each seat, and a CONNECTION row
     * for each connection in it; the two meet by `conn` */
    CHAT_QUERY_ROOM,
    CHAT_QUERY_ENDINGS, /* an ENDING row for each of the last connections that ended */
    CHAT_QUERY_USERS,   /* a CONNECTION row for each identified connection */
    /* `user`: a CONNECTION row for each of its connections, each followed by a SEAT row for each of
     * its rooms */
    CHAT_QUERY_USER,
    /* `user`, out of `room` or, without one, off the server; `text`, the reason, may be empty.
     * KICKED rows to be summed up; done when the seats are gone and user_left is in its rooms'
     * order */
    CHAT_QUERY_KICK,
    /* `text` is chat_sanction_pack's, `user` and `room` are the sanction's. Each worker changes
     * its copy of the table; a ban then puts out whom it is of, with rows and end as for a kick. */
    CHAT_QUERY_BAN,
    CHAT_QUERY_MUTE,
    CHAT_QUERY_LIFT,
    CHAT_QUERY_BAN_MEETS, /* the same, changing nothing: a CONNECTION row for each of them */
    CHAT_QUERY_HITS,      /* a HITS row for each sanction that decided something */
    CHAT_QUERY_MAKE,      /* `room`, named `text`, which never ends: its ROOM row */
    /* `room` and `user`: the ROOM row, MEMBER rows for the user alone, and of each of his
     * connections a RIGHTS row */
    CHAT_QUERY_EXPLAIN,
    CHAT_QUERY_SAY, /* `text` in `room`: a REACHED row; none: there is no such room */
    /* `room`, for `text`, which may be empty: a CLOSED row; none: there is no such room */
    CHAT_QUERY_CLOSE,
    CHAT_QUERY_BROADCAST, /* `text` to everyone: REACHED rows to be summed up */
    /* What happens from now on, by the filters of chat_news_listen: NEWS rows without end. Done
     * when all workers tell; it stays until it is forgotten. */
    CHAT_QUERY_TAIL,
    CHAT_QUERY_HUSH,      /* the control's own: the end of a TAIL */
    CHAT_QUERY_CONFIGURE, /* `snapshot` is in effect from now on; no row */
    /* The control's own, once all workers have done their part of a kick or a ban of `user`, in
     * `room` or anywhere: KICKED rows for seats that wait. A connection that was lost before tells
     * its rooms' homes before its worker answers, so no seat begins to wait behind this. */
    CHAT_QUERY_KICK_WAITING,
    CHAT_QUERY_BAN_WAITING,
};

static inline bool chat_query_is_of_sanction(enum chat_query_kind kind)
{
    return kind >= CHAT_QUERY_BAN && kind <= CHAT_QUERY_BAN_MEETS;
}

/* The slices are copied by chat_control_ask. */
struct chat_query {
    enum chat_query_kind kind;
    struct chat_slice room, user;
    struct chat_slice text;        /* a reason, or what is said */
    uint64_t number;               /* MAKE: how many members it may have, 0: rooms.max_members */
    struct chatd_config *snapshot; /* CONFIGURE: each worker takes a reference of its own */
};

enum chat_row_kind {
    CHAT_ROW_WORKER,
    CHAT_ROW_ROOM,
    CHAT_ROW_MEMBER,
    CHAT_ROW_CONNECTION,
    CHAT_ROW_SEAT,
    CHAT_ROW_KICKED,
    CHAT_ROW_HITS,
    CHAT_ROW_RIGHTS,
    CHAT_ROW_REACHED,
    CHAT_ROW_CLOSED,
    CHAT_ROW_NEWS,
    CHAT_ROW_ENDING,
};

/* One flat row for all kinds; times are milliseconds since 1970, 0 where there is none; the slices
 * are borrowed for the callback. */
struct chat_row {
    enum chat_row_kind kind;
    uint32_t worker;                   /* who answered */
    uint64_t conn;                     /* MEMBER, CONNECTION, SEAT */
    struct chat_slice room, name;      /* ROOM; SEAT: room */
    struct chat_slice user, user_name; /* MEMBER, CONNECTION */
    struct chat_slice address;         /* CONNECTION: ADDRESS:PORT, IPv6 in brackets */
    struct chat_slice epoch;           /* ROOM */
    uint64_t members, max_members;     /* ROOM; CLOSED: members that it had */
    bool never_ends;                   /* CLOSED: it is of the configuration, and goes on */
    uint64_t messages, seq;            /* ROOM: messages said since it was made */
    uint64_t memory_bytes;             /* WORKER: its queues and buffers */
    uint64_t history_bytes;            /* ROOM, WORKER: memory of what is held of them */
    int64_t created_ms, last_ms;       /* ROOM: made, last message */
    int64_t joined_ms;                 /* MEMBER */
    int64_t connected_ms;              /* CONNECTION */
    uint64_t idle_ms;                  /* CONNECTION: since its last message either way */
    uint64_t queued_bytes;             /* CONNECTION, WORKER */
    uint64_t rooms;                    /* CONNECTION: seats; WORKER: rooms at home here */
    uint64_t connections,
        users;       /* WORKER: WebSockets, those identified; KICKED, REACHED: connections */
    uint64_t seats;  /* KICKED; WORKER: memberships of its connections */
    uint64_t rights; /* RIGHTS: enum chat_right, of the connection in the room */
    uint64_t sanction, hits;               /* HITS: of which, how many */
    struct chat_slice event, text, reason; /* NEWS; without an event only to say what was missed */
    uint64_t code, missed; /* NEWS, ENDING: a close code; how many are not there before it */
    int64_t time_ms;       /* NEWS; ENDING: when it ended */
    uint64_t messages_in, messages_out; /* WORKER: requests taken, events handed to connections */
};

struct chat_post_office;

/* On the thread that runs the loop. It is the last end of the office, behind the
 * workers. Returns owned. */
struct chat_control *chat_control_create(struct chat_post_office *office, unsigned workers,
                                         uv_loop_t *loop);
/* What workers tell of moderators comes here (audit.h). */
void chat_control_audit(struct chat_control *control,
                        void (*audit)(struct chatd *chatd, struct chat_slice entry,
                                      struct chat_slice text),
                        struct chatd *chatd);
/* Nobody asks any more. `destroyed` comes from the loop when the workers have answered what was
 * asked. */
void chat_control_destroy(struct chat_control *control, void (*destroyed)(void *context),
                          void *context);

/* Each letter of a home that asks for a change which is to be kept (moderation.h). */
struct chat_letter;
typedef void chat_control_change_cb(void *context, const struct chat_letter *letter);
void chat_control_take_changes(struct chat_control *control, chat_control_change_cb *change,
                               void *context);
/* To a worker, at once. */
void chat_control_send(struct chat_control *control, unsigned worker,
                       const struct chat_letter *letter);

typedef void chat_control_row_cb(void *context, const struct chat_row *row);
typedef void chat_control_done_cb(void *context);

/* Admin loop. Sends the query to all whom it concerns; `row` is called for each row and `done`
 * once, always later than this call; either may be NULL. Returns a ticket, never 0. */
uint32_t chat_control_ask(struct chat_control *control, const struct chat_query *query,
                          chat_control_row_cb *row, chat_control_done_cb *done, void *context);

/* Admin loop. How many TAILs are open. */
unsigned chat_control_tails(const struct chat_control *control);

/* Admin loop. The asker is gone: neither callback comes any more. What was asked is done all the
 * same. */
void chat_control_forget(struct chat_control *control, uint32_t ticket);

#endif
