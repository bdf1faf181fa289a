/* room: auth */
/* An input that begins with a brace is JSON: read as a header, as claims that a key has verified,
 * and as a set of keys. What passes must be a user, and only within its time. Any other is a token,
 * for which there is no key. */
#include <stdlib.h>

#include "auth/auth.h"
#include "auth/jwks.h"
#include "auth/token.h"
#include "core/limits.h"
#include "core/valid.h"

#define MUST(claim)                                                                                \
    do {                                                                                           \
        if (!(claim))                                                                              \
            abort();                                                                               \
    } while (0)

static const int64_t now_ms = INT64_C(1000000000);

static void ignore(void *context, const char *line)
{
    (void)context, (void)line;
}

static void must_be_user(struct chat_claims *claims)
{
    struct chat_slice user = chat_claims_user(claims), name = chat_claims_name(claims);
    MUST(chat_valid_id(user.bytes, user.length, CHAT_ID_MAX) == CHAT_VALID);
    MUST(chat_valid_name(name.bytes, name.length, CHAT_NAME_MAX) == CHAT_VALID);
    MUST(chat_claims_expires_ms(claims) + 30000 > now_ms);
    MUST((chat_claims_rights(claims, user) & CHAT_VERIFIED) != 0);
    chat_claims_destroy(claims);
}

/* No key is configured, so no token can be good. */
static void try_token(struct chat_slice token)
{
    struct chat_config config;
    struct chat_claims *claims;
    chat_config_init(&config);
    struct chat_auth *auth = chat_auth_create(&config, ignore, NULL);
    MUST(auth != NULL);
    MUST(chat_auth_verify(auth, token, now_ms, &claims) == CHAT_E_IDENTITY_TOKEN_INVALID);
    chat_auth_destroy(auth);
    chat_config_finish(&config);
}

static void try_json(struct chat_slice json)
{
    static const struct chat_token_rules rules = {NULL, NULL, 30000, CHAT_ID_MAX, CHAT_NAME_MAX};
    static struct chat_key keys[CHAT_JWKS_KEYS_MAX];
    struct chat_token_header header;
    struct chat_claims *claims;
    size_t n;
    int index;

    if (chat_token_read_header(json, &header))
        MUST(header.algorithm != CHAT_ALGORITHM_MISSING);
    if (chat_token_read_claims(json, &rules, now_ms, &claims) == CHAT_OK)
        must_be_user(claims);
    if (chat_jwks_read(json, keys, &n, &index) == NULL)
        MUST(n > 0 && n <= CHAT_JWKS_KEYS_MAX);
    for (size_t i = 0; i < n; i++)
        chat_key_finish(&keys[i]);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct chat_slice input = {(const char *)data, size};
    if (size > 0 && data[0] == '{')
        try_json(input);
    else
        try_token(input);
    return 0;
}
