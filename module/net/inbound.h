/* Input that can not be served yet: a message in pieces or one that waits, a control frame in
 * pieces, raw bytes behind them. Lent to a connection only while there is some. Worker thread. */
#ifndef CHAT_NET_INBOUND_H
#define CHAT_NET_INBOUND_H

#include "core/slice.h"
#include "net/memory.h"
#include "wire/frame.h"

struct chat_inbound {
    char *message; /* of a message in pieces, or one that waits whole */
    size_t length, capacity;
    char *rest; /* raw bytes behind it */
    size_t rest_from, rest_to;
    struct chat_memory *memory; /* where it counts; NULL: nowhere */
    enum chat_opcode opcode;
    bool waits; /* the message is whole */
    uint8_t control_length;
    char control[CHAT_FRAME_PAYLOAD_CONTROL_MAX];
};

/* Lends one where *in is NULL; its bytes count in `memory`. */
struct chat_inbound *chat_inbound_need(struct chat_inbound **in, struct chat_memory *memory);
/* Gives it back when nothing is kept in it. */
void chat_inbound_settle(struct chat_inbound **in);
void chat_inbound_free(struct chat_inbound **in);

/* Appends a piece of a message; memory grows with what has come, not with what was announced. */
void chat_inbound_piece(struct chat_inbound *in, struct chat_slice piece);
void chat_inbound_message_done(struct chat_inbound *in);
/* Keeps raw bytes; none are kept yet. */
void chat_inbound_keep(struct chat_inbound *in, struct chat_slice rest);
void chat_inbound_used(struct chat_inbound *in, size_t n);

static inline bool chat_inbound_has_rest(const struct chat_inbound *in)
{
    return in != NULL && in->rest != NULL;
}
static inline bool chat_inbound_waits(const struct chat_inbound *in)
{
    return in != NULL && in->waits;
}

#endif
