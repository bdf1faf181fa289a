/* What stands in a token: its header before it is verified, its claims after. Pure; any thread. */
#ifndef CHAT_AUTH_TOKEN_H
#define CHAT_AUTH_TOKEN_H

#include "auth/key.h"
#include "core/claims.h"
#include "core/error.h"

/* Rules over the claims, borrowed; a text that is NULL asks for nothing. */
struct chat_token_rules {
    const char *issuer, *audience;
    int64_t leeway_ms;
    uint32_t id_max, name_max; /* validation.id_length, validation.name_length */
};

struct chat_token_header {
    enum chat_algorithm algorithm;
    char id[CHAT_KEY_ID_MAX + 1];
    bool has_id;
};

/* Borrows the header's JSON. False: a key would not help. */
bool chat_token_read_header(struct chat_slice json, struct chat_token_header *ret_header)
    __attribute__((warn_unused_result));

/* Borrows the JSON of verified claims. Returns CHAT_OK and the claims, owned, or
 * CHAT_E_IDENTITY_TOKEN_INVALID, or CHAT_E_IDENTITY_TOKEN_EXPIRED when nothing else is wrong. */
enum chat_error chat_token_read_claims(struct chat_slice json, const struct chat_token_rules *rules,
                                       int64_t now_ms, struct chat_claims **ret_claims)
    __attribute__((warn_unused_result));

#endif
