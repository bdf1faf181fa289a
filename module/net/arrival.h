/* A handshake at the door: whose it is, and whether it may come in now (PROTOCOL §9, refusals).
 * What the answer looks like is handler.c's. The thread of the request. */
#ifndef CHAT_NET_ARRIVAL_H
#define CHAT_NET_ARRIVAL_H

#include "net/shared.h"

struct chat_worker;

struct chat_arrival {
    struct chat_ip client; /* where it counts */
    bool has_client;
    bool is_forwarded;   /* the client is not the socket's peer: a proxy speaks for it */
    bool is_doubtful;    /* headers name a client, but nobody who is believed does */
    struct chat_ip peer; /* of the socket, or as a PROXY header says */
    bool has_peer;
    bool is_counted;           /* by its listener, for the peer */
    struct chat_address *hold; /* that the listener did not take */
    bool has_place;            /* of limits.connections, likewise */
    int spare;                 /* a descriptor, kept for when its socket leaves H2O */
};

struct chat_verdict {
    int status;
    const char *reason, *message;
    unsigned retry_after_s; /* 0: waiting does not help */
};

/* Whose request it is; nothing counts for it. */
void chat_arrival_find(struct chatd *chatd, h2o_req_t *req, struct chat_arrival *ret_arrival);

/* True: it may; what counts for it is in *ret_arrival, the caller's. False: only whose it is. */
bool chat_arrival_judge(struct chatd *chatd, struct chat_worker *worker, h2o_req_t *req,
                        struct chat_arrival *ret_arrival, struct chat_verdict *ret_verdict)
    __attribute__((warn_unused_result));

/* Nothing counts for it any more. */
void chat_arrival_give(struct chatd *chatd, struct chat_arrival *arrival);

#endif
