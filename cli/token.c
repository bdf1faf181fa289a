/* Signs by libjwt. The key stands in a file, as everybody sees a command line; it is the server's
 * own secret, or the private key of which the server has the public one. */
#include "token.h"

#include "auth/key.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

/* False: libjwt can not make it of this. */
static bool fill(jwt_t *jwt, const struct chat_invocation *invocation)
{
    static const struct {
        const char *argument, *claim;
    } claims[] = {{"user", "sub"}, {"name", "name"}, {"issuer", "iss"}, {"audience", "aud"}};
    const char *validity = chat_invocation_value(invocation, "for"),
               *id = chat_invocation_value(invocation, "id");
    int64_t ms = INT64_C(3600000);
    long now = (long)time(NULL);

    if (validity != NULL && !chat_invocation_read_time(validity, CHAT_ADMIN_TIME_MAX_MS, &ms))
        return false;
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        const char *value = chat_invocation_value(invocation, claims[i].argument);
        if (value != NULL && jwt_add_grant(jwt, claims[i].claim, value) != 0)
            return false;
    }
    if (id != NULL && jwt_add_header(jwt, "kid", id) != 0)
        return false;
    return jwt_add_grant_int(jwt, "iat", now) == 0 &&
           jwt_add_grant_int(jwt, "exp", now + (long)(ms / 1000)) == 0;
}

/* The key's bytes as the algorithm has them. Returns NULL, or what is wrong with them. */
static const char *sign(jwt_t *jwt, enum chat_algorithm algorithm, const char *bytes, size_t length,
                        char **ret_token)
{
    struct chat_key key = {.algorithm = algorithm};
    const char *wrong = NULL;

    if (chat_key_is_shared(algorithm)) {
        length = chat_key_secret_length(bytes, length);
        wrong = chat_key_from_secret(&key, (struct chat_slice){bytes, length});
        chat_key_finish(&key);
    }
    if (wrong != NULL)
        return wrong;
    if (jwt_set_alg(jwt, chat_key_jwt_algorithm(algorithm), (const unsigned char *)bytes,
                    (int)length) != 0 ||
        (*ret_token = jwt_encode_str(jwt)) == NULL)
        return "holds no private key for the algorithm";
    return NULL;
}

static int fail(char *why, int exit_code, const char *what, const char *wrong)
{
    snprintf(why, CHAT_INVOCATION_WHY_MAX, "%.100s %s", what, wrong);
    return exit_code;
}

int chat_token_make(FILE *out, const struct chat_invocation *invocation,
                    char ret_why[CHAT_INVOCATION_WHY_MAX])
{
    const char *path = chat_invocation_value(invocation, "key"),
               *name = chat_invocation_value(invocation, "algorithm");
    enum chat_algorithm algorithm = CHAT_HS256;
    char *bytes = NULL, *token = NULL;
    size_t length = 0;
    jwt_t *jwt = NULL;
    const char *wrong = chat_key_read_file(path, &bytes, &length);

    if (name != NULL)
        algorithm = chat_key_algorithm(chat_slice_of(name));
    if (wrong != NULL)
        return fail(ret_why, EX_DATAERR, path, wrong);
    if (jwt_new(&jwt) != 0 || !fill(jwt, invocation))
        wrong = "does not fit into a token";
    else
        wrong = sign(jwt, algorithm, bytes, length, &token);
    OPENSSL_cleanse(bytes, length);
    free(bytes);
    jwt_free(jwt);
    if (wrong != NULL)
        return fail(ret_why, EX_DATAERR, path, wrong);
    fprintf(out, "%s\n", token);
    free(token);
    return 0;
}
