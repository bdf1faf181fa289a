/* The keys, and the way of a token: its header chooses the keys, one of them verifies it, its
 * claims are judged. Nothing of a token that no key has verified is used but `alg` and `kid`, and a
 * key is used for its own algorithm only, whatever the token asks for. */
#include "auth/auth.h"

#include "auth/jwks.h"
#include "auth/key.h"
#include "auth/token.h"
#include "config/problem.h"
#include "core/limits.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct chat_auth {
    struct chat_token_rules rules;
    size_t n_keys;
    struct chat_key *keys;
};

static void load_key(const struct chat_config_key *item, struct chat_key *key,
                     struct chat_problems *problems)
{
    bool shared = chat_key_is_shared(item->algorithm);
    const char *path = shared ? item->secret_file : item->public_key_file;
    if (item->is_wrong || item->algorithm == CHAT_ALGORITHM_MISSING || path == NULL)
        return; /* chat_config_check has said so */
    char *bytes = NULL;
    size_t length = 0;
    const char *wrong = chat_key_read_file(path, &bytes, &length);

    key->algorithm = item->algorithm;
    if (item->id != NULL)
        key->id = strdup(item->id);
    if (wrong == NULL && shared)
        wrong = chat_key_from_secret(
            key, (struct chat_slice){bytes, chat_key_secret_length(bytes, length)});
    else if (wrong == NULL)
        wrong = chat_key_from_pem(key, (struct chat_slice){bytes, length});
    if (bytes != NULL)
        OPENSSL_cleanse(bytes, length);
    free(bytes);
    if (wrong != NULL)
        chat_problem_report(problems, item->source, item->line, item->column, "auth.keys.%s %s: %s",
                            shared ? "secret_file" : "public_key_file", path, wrong);
}

static void report_jwks(const struct chat_config *config, struct chat_problems *problems, int index,
                        const char *wrong)
{
    struct chat_config_place at = config->set_at[CHAT_AT_auth_jwks_file];
    char key[32] = "";
    if (index >= 0)
        snprintf(key, sizeof(key), "key %d (from 0) ", index);
    chat_problem_report(problems, at.source, at.line, at.column, "auth.jwks_file %s: %s%s",
                        config->auth_jwks_file, key, wrong);
}

/* A token's `kid` has to lead to one key. */
static bool is_taken(const struct chat_auth *auth, const struct chat_key *key)
{
    for (size_t i = 0; key->id != NULL && i < auth->n_keys; i++)
        if (auth->keys[i].id != NULL && strcmp(auth->keys[i].id, key->id) == 0)
            return true;
    return false;
}

static void load_jwks(struct chat_auth *auth, const struct chat_config *config,
                      struct chat_problems *problems)
{
    struct chat_key keys[CHAT_JWKS_KEYS_MAX];
    char *text = NULL;
    size_t length = 0, n = 0;
    int index = -1;
    const char *wrong = chat_key_read_file(config->auth_jwks_file, &text, &length);

    if (wrong == NULL)
        wrong = chat_jwks_read((struct chat_slice){text, length}, keys, &n, &index);
    if (text != NULL)
        OPENSSL_cleanse(text, length);
    free(text);
    if (wrong != NULL)
        report_jwks(config, problems, index, wrong);
    for (size_t i = 0; i < n; i++) {
        if (is_taken(auth, &keys[i]))
            report_jwks(config, problems, -1, "a kid that another key has");
        auth->keys[auth->n_keys++] = keys[i];
    }
}

struct chat_auth *chat_auth_create(const struct chat_config *config,
                                   void (*problem)(void *context, const char *line), void *context)
{
    struct chat_problems problems = {problem, context, false};
    struct chat_auth *auth = calloc(1, sizeof(*auth));
    if (auth == NULL)
        abort();
    auth->keys = calloc(config->n_auth_keys + CHAT_JWKS_KEYS_MAX, sizeof(*auth->keys));
    if (auth->keys == NULL)
        abort();
    auth->rules = (struct chat_token_rules){.issuer = config->auth_issuer,
                                            .audience = config->auth_audience,
                                            .leeway_ms = (int64_t)config->auth_leeway_ms,
                                            .id_max = config->validation_id_length,
                                            .name_max = config->validation_name_length};
    for (size_t i = 0; i < config->n_auth_keys; i++)
        load_key(&config->auth_keys[i], &auth->keys[auth->n_keys++], &problems);
    if (config->auth_jwks_file != NULL)
        load_jwks(auth, config, &problems);
    if (!problems.any)
        return auth;
    chat_auth_destroy(auth);
    return NULL;
}

void chat_auth_destroy(struct chat_auth *auth)
{
    if (auth == NULL)
        return;
    for (size_t i = 0; i < auth->n_keys; i++)
        chat_key_finish(&auth->keys[i]);
    free(auth->keys);
    free(auth);
}

/* Three runs of base64url with dots between them: nothing else is given to the library. */
static bool is_compact(struct chat_slice token)
{
    unsigned dots = 0;
    if (token.length == 0 || token.length > CHAT_BEARER_MAX)
        return false;
    for (size_t i = 0; i < token.length; i++) {
        char c = token.bytes[i];
        dots += c == '.';
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_' || c == '.'))
            return false;
    }
    return dots == 2 && token.bytes[0] != '.' && token.bytes[token.length - 1] != '.';
}

static bool read_header(const char *token, struct chat_token_header *ret_header)
{
    jwt_t *jwt = NULL;
    char *json = NULL;
    bool good = jwt_decode(&jwt, token, NULL, 0) == 0 &&
                (json = jwt_get_headers_json(jwt, NULL)) != NULL &&
                chat_token_read_header(chat_slice_of(json), ret_header);
    free(json);
    if (jwt != NULL)
        jwt_free(jwt);
    return good;
}

/* The verified claims' JSON, owned; NULL: not by this key. */
static char *verify(const char *token, const struct chat_key *key)
{
    jwt_t *jwt = NULL;
    char *json = NULL;
    if (jwt_decode(&jwt, token, key->material, key->length) != 0)
        return NULL;
    if (jwt_get_alg(jwt) == chat_key_jwt_algorithm(key->algorithm))
        json = jwt_get_grants_json(jwt, NULL);
    jwt_free(jwt);
    return json;
}

static bool may_verify(const struct chat_key *key, const struct chat_token_header *header)
{
    if (key->algorithm != header->algorithm)
        return false;
    return !header->has_id || (key->id != NULL && strcmp(key->id, header->id) == 0);
}

/* The claims of a token that a key has verified, owned; NULL and why there are none. */
static char *open_token(const struct chat_auth *auth, struct chat_slice token, const char **ret_why)
{
    char text[CHAT_BEARER_MAX + 1];
    struct chat_token_header header;
    char *json = NULL;

    *ret_why = "it is no token: three parts of base64url with dots between them, 8 KiB at most";
    if (!is_compact(token))
        return NULL;
    memcpy(text, token.bytes, token.length);
    text[token.length] = '\0';
    if (read_header(text, &header)) {
        *ret_why = "none of the keys has its algorithm and its kid";
        for (size_t i = 0; i < auth->n_keys && json == NULL; i++)
            if (may_verify(&auth->keys[i], &header)) {
                json = verify(text, &auth->keys[i]);
                *ret_why = "it was signed by another key, or changed since";
            }
    } else {
        *ret_why = "its header names no algorithm that chatd knows";
    }
    ERR_clear_error();
    return json;
}

enum chat_error chat_auth_verify(const struct chat_auth *auth, struct chat_slice token,
                                 int64_t now_ms, struct chat_claims **ret_claims)
{
    const char *why = NULL;
    char *json = open_token(auth, token, &why);

    if (json == NULL)
        return CHAT_E_IDENTITY_TOKEN_INVALID;
    enum chat_error error =
        chat_token_read_claims(chat_slice_of(json), &auth->rules, now_ms, ret_claims);
    free(json);
    return error;
}

static enum chat_error try_claims(const char *json, const struct chat_token_rules *rules,
                                  int64_t now_ms)
{
    struct chat_claims *claims = NULL;
    enum chat_error error = chat_token_read_claims(chat_slice_of(json), rules, now_ms, &claims);

    chat_claims_destroy(claims);
    return error;
}

/* Which rule it is, without which the claims would be good. */
static const char *find_rule(const char *json, const struct chat_token_rules *rules, int64_t now_ms)
{
    struct chat_token_rules fewer = *rules;
    enum chat_error error = try_claims(json, rules, now_ms);

    if (error == CHAT_OK)
        return NULL;
    if (error == CHAT_E_IDENTITY_TOKEN_EXPIRED)
        return "it has expired";
    fewer.issuer = NULL;
    if (try_claims(json, &fewer, now_ms) == CHAT_OK)
        return "its iss is not auth.issuer";
    fewer = *rules;
    fewer.audience = NULL;
    if (try_claims(json, &fewer, now_ms) == CHAT_OK)
        return "its aud has not auth.audience";
    fewer.issuer = NULL;
    if (try_claims(json, &fewer, now_ms) == CHAT_OK)
        return "its iss is not auth.issuer, and its aud has not auth.audience";
    fewer = *rules;
    fewer.leeway_ms = INT64_MAX / 4;
    if (try_claims(json, &fewer, now_ms) == CHAT_OK)
        return "it is not valid yet (nbf)";
    return "sub or exp is missing, or a claim is not of the kind that chatd.yaml(5) says";
}

const char *chat_auth_refusal(const struct chat_auth *auth, struct chat_slice token, int64_t now_ms)
{
    const char *why = NULL;
    char *json = open_token(auth, token, &why);

    if (json != NULL)
        why = find_rule(json, &auth->rules, now_ms);
    free(json);
    return why;
}
