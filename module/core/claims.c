/* One allocation: the struct, the user's id and name, then each grant as a byte of rights, a byte
 * of length and the pattern. What a token's JSON means is auth's to know. */
#include "core/claims.h"

#include <stdlib.h>

struct chat_claims {
    int64_t expires_ms;
    uint32_t size; /* of the text, grants included */
    uint16_t name_length, n_grants;
    uint8_t id_length;
    bool limited;
    char text[];
};

struct chat_claims *chat_claims_create(struct chat_slice user, struct chat_slice name,
                                       int64_t expires_ms)
{
    struct chat_claims *claims = malloc(sizeof(*claims) + user.length + name.length);
    if (claims == NULL)
        abort();
    *claims = (struct chat_claims){.expires_ms = expires_ms,
                                   .size = (uint32_t)(user.length + name.length),
                                   .id_length = (uint8_t)user.length,
                                   .name_length = (uint16_t)name.length};
    memcpy(claims->text, user.bytes, user.length);
    memcpy(claims->text + user.length, name.bytes, name.length);
    return claims;
}

void chat_claims_destroy(struct chat_claims *claims)
{
    free(claims);
}

void chat_claims_limit(struct chat_claims *claims)
{
    claims->limited = true;
}

struct chat_claims *chat_claims_grant(struct chat_claims *claims, unsigned right,
                                      struct chat_slice pattern)
{
    if (claims->n_grants == CHAT_CLAIMS_GRANTS_MAX)
        return NULL;
    claims = realloc(claims, sizeof(*claims) + claims->size + 2 + pattern.length);
    if (claims == NULL)
        abort();
    char *grant = claims->text + claims->size;
    grant[0] = (char)right;
    grant[1] = (char)pattern.length;
    memcpy(grant + 2, pattern.bytes, pattern.length);
    claims->size += (uint32_t)(2 + pattern.length);
    claims->n_grants++;
    return claims;
}

struct chat_slice chat_claims_user(const struct chat_claims *claims)
{
    return (struct chat_slice){claims->text, claims->id_length};
}

struct chat_slice chat_claims_name(const struct chat_claims *claims)
{
    return (struct chat_slice){claims->text + claims->id_length, claims->name_length};
}

int64_t chat_claims_expires_ms(const struct chat_claims *claims)
{
    return claims->expires_ms;
}

/* Goes back to the last star only, so the work is at most the product of the lengths. */
static bool fits(struct chat_slice pattern, struct chat_slice text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, resumed = 0;

    while (t < text.length) {
        if (p < pattern.length && pattern.bytes[p] == '*') {
            star = p++;
            resumed = t;
        } else if (p < pattern.length && pattern.bytes[p] == text.bytes[t]) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++resumed;
        } else {
            return false;
        }
    }
    while (p < pattern.length && pattern.bytes[p] == '*')
        p++;
    return p == pattern.length;
}

uint8_t chat_claims_rights(const struct chat_claims *claims, struct chat_slice room_id)
{
    if (claims == NULL)
        return CHAT_RIGHTS_DEFAULT;
    unsigned rights = CHAT_VERIFIED | (claims->limited ? 0 : CHAT_RIGHTS_DEFAULT);
    const char *grant = claims->text + claims->id_length + claims->name_length;
    for (unsigned i = 0; i < claims->n_grants; i++) {
        struct chat_slice pattern = {grant + 2, (unsigned char)grant[1]};
        if ((rights & (unsigned char)grant[0]) == 0 && fits(pattern, room_id))
            rights |= (unsigned char)grant[0];
        grant += 2 + pattern.length;
    }
    return (uint8_t)rights;
}
