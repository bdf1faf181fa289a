/* Bans and mutes: of whom, where, until when. Each worker has a table of its own, and the control
 * one more; they are changed in the same order, so that no message takes a lock. Time comes from
 * the caller; what has expired decides nothing, whether it was removed or not. Pure. */
#ifndef CHAT_CORE_SANCTION_H
#define CHAT_CORE_SANCTION_H

#include "core/hash.h"
#include "core/table.h"

#include <stdbool.h>

enum { CHAT_SANCTIONS_MAX = 100000, CHAT_SANCTION_BY_MAX = 64, CHAT_IP_BITS = 128 };

enum chat_sanction_kind { CHAT_SANCTION_BAN, CHAT_SANCTION_MUTE, CHAT_SANCTION_KINDS };

/* The addresses that begin with these bits; the others are 0. IPv4 as RFC 4291 §2.5.5.2 maps it. */
struct chat_prefix {
    unsigned char ip[CHAT_IP_BITS / 8];
    uint8_t bits;
};

/* Kind, target and room name it: there is one of each. */
struct chat_sanction {
    uint64_t id; /* for people; from 1 */
    enum chat_sanction_kind kind;
    struct chat_slice user; /* the target; empty: `addresses` are */
    struct chat_prefix addresses;
    struct chat_slice room;   /* where; empty: the whole server */
    struct chat_slice reason; /* for the user; may be empty */
    struct chat_slice by;     /* who gave it */
    int64_t created_ms;
    int64_t expires_ms; /* 0: never */
    uint64_t hits;      /* how often this table's copy decided */
};

/* All but the secrets zero is empty. */
struct chat_sanctions {
    const struct chat_secrets *secrets; /* borrowed for life */
    struct chat_table table;
    uint32_t count[CHAT_SANCTION_KINDS];
    uint32_t of_addresses;
    uint32_t prefixes[CHAT_IP_BITS + 1]; /* of them those with so many bits */
};

/* Of whom it is asked. */
struct chat_suspect {
    struct chat_slice user;  /* empty: it is not known */
    const unsigned char *ip; /* NULL: it is not known */
};

void chat_sanctions_finish(struct chat_sanctions *sanctions);

/* Copies it, over one of the same kind, target and room, whose hits stay. False: there are
 * CHAT_SANCTIONS_MAX others; nothing has changed. */
bool chat_sanctions_put(struct chat_sanctions *sanctions, const struct chat_sanction *sanction);
/* That of the same kind, target and room. False: there is none. */
bool chat_sanctions_remove(struct chat_sanctions *sanctions, const struct chat_sanction *sanction);

/* That of the same kind, target and room; borrowed until the next change, or NULL. */
struct chat_sanction *chat_sanctions_same(const struct chat_sanctions *sanctions,
                                          const struct chat_sanction *sanction);
/* What keeps the suspect from the server or, where one is named, from the room; borrowed until the
 * next change, or NULL. Of several one for the user before one for an address, the server's before
 * the room's, the longest prefix first. */
struct chat_sanction *chat_sanctions_find(const struct chat_sanctions *sanctions,
                                          enum chat_sanction_kind kind,
                                          const struct chat_suspect *suspect,
                                          struct chat_slice room, int64_t now_ms);

/* The sanction, if it holds at all, holds for the suspect; its room is not looked at. */
bool chat_sanction_meets(const struct chat_sanction *sanction, const struct chat_suspect *suspect);
static inline bool chat_sanction_is_over(const struct chat_sanction *sanction, int64_t now_ms)
{
    return sanction->expires_ms != 0 && sanction->expires_ms <= now_ms;
}

/* All of them, in no order, borrowed until the next change: begin with *at = 0; NULL: no more. */
struct chat_sanction *chat_sanctions_next(const struct chat_sanctions *sanctions, uint32_t *at);

/* One as bytes, for another thread of the same process; borrowed from `out` and the bytes. */
enum { CHAT_SANCTION_BYTES = sizeof(struct chat_sanction) + 64 + 64 + 256 + CHAT_SANCTION_BY_MAX };
struct chat_slice chat_sanction_pack(const struct chat_sanction *sanction,
                                     char out[CHAT_SANCTION_BYTES]);
struct chat_sanction chat_sanction_unpack(struct chat_slice bytes);

#endif
