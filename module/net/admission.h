/* Who is let in at the door, and what counts for it until its upgrade: limits.connections,
 * limits.connections_per_address, and those who get in only to be told that they may not. The
 * totals are of all workers; the rest is of the listener's thread. */
#ifndef CHAT_NET_ADMISSION_H
#define CHAT_NET_ADMISSION_H

#include "net/shared.h"
#include "net/tally.h"

/* Why a connection that was accepted will only be answered. */
enum chat_refusal { CHAT_REFUSAL_NONE, CHAT_REFUSAL_FULL, CHAT_REFUSAL_ADDRESS };

/* Of one listener. */
struct chat_door {
    struct chatd *chatd;
    const struct chat_worker *worker; /* whose listener it is */
    struct chat_tally *tally;         /* of the worker */
    unsigned n_over;                  /* how many are let in for an answer only */
};

/* What one accepted connection holds. All zero is nothing. */
struct chat_admission {
    struct chat_address *hold;
    enum chat_refusal refusal;
    bool counted; /* in the totals */
};

/* The two limits, in the order in which it is known what they need: a place in the totals, and one
 * for its address. False: not even an answer. `peer` NULL: it has no address. A trusted proxy's own
 * is not counted: its clients are, when their handshakes name them. */
bool chat_admission_take(struct chat_door *door, struct chat_admission *admission,
                         const struct chat_ip *peer);
bool chat_admission_count(struct chat_door *door, struct chat_admission *admission,
                          const struct chat_ip *peer);
void chat_admission_give(struct chat_door *door, struct chat_admission *admission);

/* One that is refused is counted and logged. */
void chat_admission_tell(struct chat_door *door, enum chat_refusal_label label,
                         const struct chat_ip *peer, const char *reason);

#endif
