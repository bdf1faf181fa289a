/* What a verified token says: who its bearer is, until when, and what it may do in which rooms.
 * Made once a connection, asked at each request. Pure; belongs to one session. */
#ifndef CHAT_CORE_CLAIMS_H
#define CHAT_CORE_CLAIMS_H

#include "core/slice.h"

#include <stdint.h>

/* What a user may do in a room; VERIFIED says that a token gave the name, BANNED and MUTED what an
 * administrator or moderator said (core/sanction.h). One byte: it travels with every request. */
enum chat_right {
    CHAT_MAY_CREATE = 1 << 0,
    CHAT_MAY_JOIN = 1 << 1,
    CHAT_MAY_SEND = 1 << 2,
    CHAT_MAY_MODERATE = 1 << 3,
    CHAT_VERIFIED = 1 << 4,
    CHAT_IS_BANNED = 1 << 5,
    CHAT_IS_MUTED = 1 << 6,
    /* Of whoever no claim limits: anything but moderate. */
    CHAT_RIGHTS_DEFAULT = CHAT_MAY_CREATE | CHAT_MAY_JOIN | CHAT_MAY_SEND,
};

/* Patterns of rooms in one token. */
enum { CHAT_CLAIMS_GRANTS_MAX = 256 };

struct chat_claims;

/* Returns owned: a user with the default rights everywhere. Borrows valid ids and names. */
struct chat_claims *chat_claims_create(struct chat_slice user, struct chat_slice name,
                                       int64_t expires_ms);
void chat_claims_destroy(struct chat_claims *claims);

/* From now on there is only what is granted. */
void chat_claims_limit(struct chat_claims *claims);
/* A right in all rooms whose id the pattern fits: `*` stands for any run of characters. May move
 * the claims, and returns them; NULL: there are CHAT_CLAIMS_GRANTS_MAX already, nothing has
 * changed. The pattern has 1 to CHAT_ID_MAX bytes. */
struct chat_claims *chat_claims_grant(struct chat_claims *claims, unsigned right,
                                      struct chat_slice pattern);

/* Borrowed from the claims. */
struct chat_slice chat_claims_user(const struct chat_claims *claims);
struct chat_slice chat_claims_name(const struct chat_claims *claims);
/* The token's `exp`, since 1970. */
int64_t chat_claims_expires_ms(const struct chat_claims *claims);

/* The rights in this room, CHAT_VERIFIED among them; without claims the default. */
uint8_t chat_claims_rights(const struct chat_claims *claims, struct chat_slice room_id);

#endif
