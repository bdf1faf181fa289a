/* The connections of this worker that are members of one room, wherever its home: a dense array, so
 * that a turn hands them the room's block in one pass. Worker thread. */
#ifndef CHAT_NET_AUDIENCE_H
#define CHAT_NET_AUDIENCE_H

#include "core/slice.h"
#include "net/block.h"
#include "net/whisper.h"

#include <stdbool.h>

struct chat_conn;
struct chat_worker;

struct chat_hearer {
    uint32_t slot; /* of its connection */
    uint32_t
        from; /* what of the open block it has already been given, or was said before it came */
};

struct chat_audience {
    uint32_t hash; /* of the key; first, as chat_table wants it */
    uint32_t count, capacity;
    bool dirty;
    uint8_t id_length;
    uint64_t key;                /* the room's; its high byte is the home */
    uint32_t events;             /* in the open block */
    struct chat_block *open;     /* this turn's run of frames, or NULL */
    struct chat_block *deflated; /* the same compressed, since there was somebody to hear it */
    uint32_t n_deflating;        /* of the hearers: those who are given that one */
    struct chat_audience *next_dirty;
    struct chat_hearer *hearers;
    struct chat_whispers *whispers; /* of this turn, or NULL */
    char id[];
};

/* A connection's place in an audience. */
struct chat_seat {
    struct chat_audience *audience;
    uint32_t index;
};

/* Of the room with this key, or NULL: nobody here is in it. */
struct chat_audience *chat_audience_find(struct chat_worker *worker, uint64_t key);

/* That of the connection's seat in the room, or NULL. */
struct chat_audience *chat_audience_of(const struct chat_conn *conn, struct chat_slice room_id);

/* The connection hears all that the room says from here on. */
void chat_audience_seat(struct chat_worker *worker, struct chat_conn *conn, uint64_t key,
                        struct chat_slice room_id);
/* It is given what was said up to here, and nothing more. */
void chat_audience_unseat(struct chat_worker *worker, struct chat_conn *conn, uint64_t key);

/* Whole frames to everyone; `cause` is the connection that caused them, or NULL. */
void chat_audience_say(struct chat_worker *worker, struct chat_audience *audience,
                       struct chat_conn *cause, struct chat_slice frames);

/* The same to everyone but `from`, outside of any order: in this turn once from each, and only to
 * those whose queues are less than half full. */
void chat_audience_whisper(struct chat_worker *worker, struct chat_audience *audience,
                           uint64_t from, struct chat_slice frames);

/* The room ends: each is given what was said up to here and these frames, and nothing more. */
void chat_audience_dissolve(struct chat_worker *worker, struct chat_audience *audience,
                            struct chat_slice frames);

/* Before a connection is given something else: what its own requests caused so far comes first
 * (PROTOCOL §3). */
void chat_audience_catch_up(struct chat_conn *conn);

/* The turn's end: each dirty room's block goes to its members' queues. */
void chat_audience_flush(struct chat_worker *worker);

#endif
