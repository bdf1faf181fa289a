/* Who somebody is, by a token (JWT, RFC 7519) that one of the configured keys verifies. Made at
 * start, immutable afterwards: any thread. Pure: the time is an argument. */
#ifndef CHAT_AUTH_AUTH_H
#define CHAT_AUTH_AUTH_H

#include "config/config.h"
#include "core/claims.h"
#include "core/error.h"

struct chat_auth;

/* Returns owned, with all keys of the configuration, which it borrows for life; or NULL when there
 * were problems, each told as config's are. Reads the files that auth.* names; passes over what
 * chat_config_check has to complain of. */
struct chat_auth *chat_auth_create(const struct chat_config *config,
                                   void (*problem)(void *context, const char *line), void *context);
/* Takes it, NULL too. */
void chat_auth_destroy(struct chat_auth *auth);

/* Borrows the token. Returns CHAT_OK and the claims, owned, or CHAT_E_IDENTITY_TOKEN_INVALID or
 * _EXPIRED. now_ms: since 1970. */
enum chat_error chat_auth_verify(const struct chat_auth *auth, struct chat_slice token,
                                 int64_t now_ms, struct chat_claims **ret_claims)
    __attribute__((warn_unused_result));

/* Why it would refuse the token, for whoever issued it: a static text. NULL: it would not. */
const char *chat_auth_refusal(const struct chat_auth *auth, struct chat_slice token,
                              int64_t now_ms);

#endif
