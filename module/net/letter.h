/* What ends tell each other, and how a request travels. */
#ifndef CHAT_NET_LETTER_H
#define CHAT_NET_LETTER_H

#include "core/coordinator.h"
#include "net/mailbox.h"

enum chat_letter_kind {
    /* Worker to home. */
    CHAT_LETTER_REQUEST, /* conn; the rest is chat_letter_pack_call's */
    CHAT_LETTER_GONE, /* conn; number: departure; room: the ticket of a kick, or 0; parts: room_id,
                       * user_id */
    /* Home to worker; parts[0] is whole frames. */
    CHAT_LETTER_REPLY,    /* conn */
    CHAT_LETTER_SEAT,     /* conn, room; parts[1]: room_id */
    CHAT_LETTER_REPLAY,   /* conn; number: frames; they go on in parts[1] */
    CHAT_LETTER_UNSEAT,   /* conn, room */
    CHAT_LETTER_REPLACE,  /* conn, room */
    CHAT_LETTER_EVENT,    /* room; conn: the cause, or 0 */
    CHAT_LETTER_CLOSE,    /* room */
    CHAT_LETTER_WHISPER,  /* room; conn: who does not hear it */
    CHAT_LETTER_COMPLETE, /* conn */
    /* Home to control: a change of what is kept, for a call; conn; number: it lifts; parts[2]:
     * chat_sanction_pack's. And back, when all workers have it; number: enum chat_error; room: when
     * it expires. The rest is chat_letter_pack_call's. */
    CHAT_LETTER_SANCTION,
    CHAT_LETTER_SANCTIONED,
    /* Worker to worker when the server stops: number is the round. */
    CHAT_LETTER_TOKEN,
    /* Control to worker; number: ticket; conn: the kind of query; parts: room, user, text. */
    CHAT_LETTER_QUERY,
    /* Worker to control; number: ticket. */
    CHAT_LETTER_ROW,     /* the parts are chat_row_pack's */
    CHAT_LETTER_DONE,    /* all rows are sent; conn: connections that are still to end */
    CHAT_LETTER_AUDIT,   /* parts: an entry and its text */
    CHAT_LETTER_SETTLED, /* a seat that a kick ended is gone */
};

/* A call as it stands in a letter: its strings follow in parts[1], in the order of the slices, and
 * what a listing has found in parts[2], room and number. */
struct chat_packed_call {
    struct chat_request request;
    struct chat_slice user, name;
    uint8_t rights;
};

/* Packs a call into *packed and `strings`, which must hold chat_letter_call_bytes; the letter
 * borrows both. */
size_t chat_letter_call_bytes(const struct chat_call *call);
void chat_letter_pack_call(const struct chat_call *call, struct chat_packed_call *packed,
                           char *strings, struct chat_letter *ret_letter);
/* To the call's home, which is another worker. */
void chat_letter_send_call(struct chat_mailbox *mailbox, unsigned home,
                           const struct chat_call *call);
/* The slices borrow from the letter. */
void chat_letter_unpack_call(const struct chat_letter *letter, struct chat_packed_call *ret_packed);

#endif
