/* Tokens of every algorithm, and the attacks on them (PROTOCOL §3). */
#include "auth/auth_fixture.h"

static const struct {
    jwt_alg_t algorithm;
    int pair; /* -1: the secret */
} algorithms[] = {
    {JWT_ALG_HS256, -1},       {JWT_ALG_HS384, -1},       {JWT_ALG_HS512, -1},
    {JWT_ALG_RS256, RSA_LONG}, {JWT_ALG_RS384, RSA_LONG}, {JWT_ALG_RS512, RSA_LONG},
    {JWT_ALG_ES256, P256},     {JWT_ALG_ES384, P384},     {JWT_ALG_ES512, P521},
};
enum { ALGORITHMS = sizeof(algorithms) / sizeof(algorithms[0]) };

static void key_yaml(size_t i, const char *id, char out[256])
{
    int pair = algorithms[i].pair;
    snprintf(out, 256, "{id: %s, algorithm: %s, %s: DIR/%s}", id,
             jwt_alg_str(algorithms[i].algorithm), pair < 0 ? "secret_file" : "public_key_file",
             pair < 0 ? "secret" : names[pair]);
}

static char *signed_by(struct made *made, size_t i, const char *kid, const char *claims,
                       char out[MADE_MAX])
{
    int pair = algorithms[i].pair;
    return sign(algorithms[i].algorithm, pair < 0 ? secret : made->private_pem[pair], kid, claims,
                out);
}

static void every_algorithm_is_verified_by_its_key_and_no_other(void **state)
{
    struct made *made = *state;
    for (size_t i = 0; i < ALGORITHMS; i++) {
        char key[256], yaml[512], token[MADE_MAX];
        key_yaml(i, "a", key);
        snprintf(yaml, sizeof(yaml), "auth: {keys: [%s]}", key);
        WITH(made, yaml);
        for (size_t j = 0; j < ALGORITHMS; j++) {
            signed_by(made, j, NULL, CLAIMS, token);
            assert_int_equal(verify(auth, token), i == j ? CHAT_OK : CHAT_E_IDENTITY_TOKEN_INVALID);
        }
        END();
    }
}

static void a_token_changed_in_any_character_is_refused(void **state)
{
    WITH(*state, "auth: {keys: [{algorithm: HS256, secret_file: DIR/secret}, "
                 "{algorithm: ES256, public_key_file: DIR/p256.pem}]}");
    for (size_t i = 0; i <= 6; i += 6) {
        char token[MADE_MAX];
        signed_by(*state, i, NULL, CLAIMS, token);
        size_t length = strlen(token);
        /* the last character may hold bits that are not part of the signature */
        for (size_t at = 0; at < length - 1; at++) {
            char was = token[at];
            token[at] = was == 'A' ? 'B' : 'A';
            assert_refused(auth, token);
            token[at] = was;
        }
        assert_taken(auth, token);
    }
    END();
}

static void a_key_is_chosen_by_its_id(void **state)
{
    char token[MADE_MAX];
    WITH(*state, "auth: {keys: [{id: a, algorithm: HS256, secret_file: DIR/secret}, "
                 "{id: b, algorithm: RS256, public_key_file: DIR/rsa.pem}, "
                 "{algorithm: HS384, secret_file: DIR/secret}]}");
    assert_taken(auth, signed_by(*state, 0, "a", CLAIMS, token));
    assert_taken(auth, signed_by(*state, 3, "b", CLAIMS, token));
    assert_taken(auth, signed_by(*state, 0, NULL, CLAIMS, token));
    assert_taken(auth, signed_by(*state, 1, NULL, CLAIMS, token));
    assert_refused(auth, signed_by(*state, 0, "b", CLAIMS, token));
    assert_refused(auth, signed_by(*state, 0, "c", CLAIMS, token));
    assert_refused(auth, signed_by(*state, 0, "", CLAIMS, token));
    assert_refused(auth, signed_by(*state, 1, "a", CLAIMS, token));
    END();
}

static void without_an_id_every_key_of_the_algorithm_is_tried(void **state)
{
    struct made *made = *state;
    char token[MADE_MAX];
    static const char other[] = "another secret that is long enough for this";
    file_write(&made->directory, "other", other, strlen(other));
    WITH(made, "auth: {keys: [{id: a, algorithm: HS256, secret_file: DIR/secret}, "
               "{id: b, algorithm: HS256, secret_file: DIR/other}]}");
    assert_taken(auth, sign(JWT_ALG_HS256, other, NULL, CLAIMS, token));
    assert_taken(auth, sign(JWT_ALG_HS256, secret, NULL, CLAIMS, token));
    assert_refused(auth, sign(JWT_ALG_HS256, other, "a", CLAIMS, token));
    END();
    file_remove(&made->directory, "other");
}

static void a_token_without_a_signature_is_refused(void **state)
{
    char token[MADE_MAX], part[MADE_MAX];
    WITH(*state, "auth: {keys: [{id: a, algorithm: HS256, secret_file: DIR/secret}]}");
    static const char *const headers[] = {"{\"alg\":\"none\"}", "{\"alg\":\"None\"}",
                                          "{\"alg\":\"HS256\"}", "{\"alg\":\"none\",\"kid\":\"a\"}",
                                          "{}"};
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        strcpy(token, base64url(headers[i], strlen(headers[i]), part));
        strcat(token, ".");
        strcat(token, base64url(CLAIMS, strlen(CLAIMS), part));
        assert_refused(auth, token);
        strcat(token, ".");
        assert_refused(auth, token);
        strcat(token, "AAAA");
        assert_refused(auth, token);
    }
    assert_refused(auth, craft("{\"alg\":\"none\"}", CLAIMS, secret, strlen(secret), token));
    END();
}

/* The oldest attack: HS256 with what everybody knows, the public key, as the secret. */
static void a_public_key_is_no_secret(void **state)
{
    struct made *made = *state;
    char token[MADE_MAX];
    WITH(made, "auth: {keys: [{id: a, algorithm: RS256, public_key_file: DIR/rsa.pem}, "
               "{id: b, algorithm: HS256, secret_file: DIR/secret}]}");
    const char *pem = made->public_pem[RSA_LONG];
    static const char *const headers[] = {"{\"alg\":\"HS256\"}",
                                          "{\"alg\":\"HS256\",\"kid\":\"a\"}",
                                          "{\"alg\":\"hs256\",\"kid\":\"a\"}",
                                          "{\"alg\":\"RS256\",\"kid\":\"a\"}",
                                          "{\"alg\":\"RS256\",\"alg\":\"HS256\",\"kid\":\"a\"}",
                                          "{\"alg\":\"HS256\",\"alg\":\"RS256\",\"kid\":\"a\"}",
                                          "{\"alg\":\"HS256\",\"kid\":\"b\",\"kid\":\"a\"}"};
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        for (size_t cut = 0; cut < 2; cut++) /* with and without the last line end */
            assert_refused(auth, craft(headers[i], CLAIMS, pem, strlen(pem) - cut, token));
    assert_taken(auth,
                 craft("{\"alg\":\"HS256\",\"kid\":\"b\"}", CLAIMS, secret, strlen(secret), token));
    END();
}

static void a_critical_extension_is_refused(void **state)
{
    char token[MADE_MAX];
    WITH(*state, "auth: {keys: [{algorithm: HS256, secret_file: DIR/secret}]}");
    assert_taken(auth, craft("{\"alg\":\"HS256\"}", CLAIMS, secret, strlen(secret), token));
    assert_refused(auth, craft("{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":true}", CLAIMS,
                               secret, strlen(secret), token));
    END();
}

static void a_token_has_a_bound(void **state)
{
    char token[MADE_MAX], claims[MADE_MAX] = "{\"sub\":\"ann\",\"exp\":2000,\"x\":\"";
    WITH(*state, "auth: {keys: [{algorithm: HS256, secret_file: DIR/secret}]}");
    size_t used = strlen(claims);
    /* header and signature take 20 and 43 characters, the dots two */
    size_t length = (CHAT_BEARER_MAX - 65) / 4 * 3;
    memset(claims + used, 'x', length - used - 2);
    strcpy(claims + length - 2, "\"}");
    craft("{\"alg\":\"HS256\"}", claims, secret, strlen(secret), token);
    assert_in_range(strlen(token), CHAT_BEARER_MAX - 3, CHAT_BEARER_MAX);
    assert_taken(auth, token);
    strcpy(claims + length - 2, "xxx\"}");
    craft("{\"alg\":\"HS256\"}", claims, secret, strlen(secret), token);
    assert_true(strlen(token) > CHAT_BEARER_MAX);
    assert_refused(auth, token);
    END();
}

static void what_is_no_token_is_refused(void **state)
{
    WITH(*state, "auth: {keys: [{algorithm: HS256, secret_file: DIR/secret}]}");
    static const char *const texts[] = {"",
                                        ".",
                                        "..",
                                        "...",
                                        "a",
                                        "a.b",
                                        "a.b.c",
                                        "a.b.c.d",
                                        "e30.e30.",
                                        "e30.e30.AA",
                                        " e30.e30.AA",
                                        "e30=.e30.AA",
                                        "W10.W10.AA",
                                        "bnVsbA.bnVsbA.AA"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_refused(auth, texts[i]);
    struct chat_claims *claims;
    assert_int_equal(chat_auth_verify(auth, (struct chat_slice){"a\0b.c.d", 7}, now_ms, &claims),
                     CHAT_E_IDENTITY_TOKEN_INVALID);
    END();
}

static void expired_is_told_apart(void **state)
{
    char token[MADE_MAX];
    WITH(*state, "auth: {keys: [{algorithm: HS256, secret_file: DIR/secret}], issuer: me, "
                 "leeway: 10s}");
    static const char header[] = "{\"alg\":\"HS256\"}";
    craft(header, "{\"sub\":\"ann\",\"iss\":\"me\",\"exp\":991}", secret, strlen(secret), token);
    assert_taken(auth, token);
    craft(header, "{\"sub\":\"ann\",\"iss\":\"me\",\"exp\":990}", secret, strlen(secret), token);
    assert_int_equal(verify(auth, token), CHAT_E_IDENTITY_TOKEN_EXPIRED);
    craft(header, "{\"sub\":\"ann\",\"iss\":\"me\",\"exp\":990}", "wrong", 5, token);
    assert_refused(auth, token);
    END();
}

static void a_set_of_keys_is_used_like_the_configured_ones(void **state)
{
    struct made *made = *state;
    char n[MADE_MAX], e[MADE_MAX], x[MADE_MAX], y[MADE_MAX], k[MADE_MAX], token[MADE_MAX];
    char *text = malloc(5 * MADE_MAX);
    int used = sprintf(text, "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"r\",\"n\":\"%s\",\"e\":\"%s\"}",
                       number_of(made->pairs[RSA_LONG], OSSL_PKEY_PARAM_RSA_N, n),
                       number_of(made->pairs[RSA_LONG], OSSL_PKEY_PARAM_RSA_E, e));
    static const char *const curves[] = {"P-256", "P-384", "P-521"};
    for (int i = 0; i < 3; i++)
        used += sprintf(text + used,
                        ",{\"crv\":\"%s\",\"kty\":\"EC\",\"kid\":\"e%d\",\"x\":\"%s\",\"y\":\"%s\","
                        "\"key_ops\":[\"verify\"],\"x5c\":[\"MII\"]}",
                        curves[i], i, number_of(made->pairs[P256 + i], OSSL_PKEY_PARAM_EC_PUB_X, x),
                        number_of(made->pairs[P256 + i], OSSL_PKEY_PARAM_EC_PUB_Y, y));
    sprintf(text + used, ",{\"kty\":\"oct\",\"alg\":\"HS512\",\"use\":\"sig\",\"k\":\"%s\"}]}",
            base64url(secret, strlen(secret), k));
    file_write(&made->directory, "set", text, strlen(text));
    free(text);
    WITH(made, "auth: {jwks_file: DIR/set}");
    assert_taken(auth, signed_by(made, 3, "r", CLAIMS, token));
    assert_taken(auth, signed_by(made, 6, "e0", CLAIMS, token));
    assert_taken(auth, signed_by(made, 7, "e1", CLAIMS, token));
    assert_taken(auth, signed_by(made, 8, "e2", CLAIMS, token));
    assert_taken(auth, signed_by(made, 2, NULL, CLAIMS, token));
    assert_refused(auth, signed_by(made, 4, "r", CLAIMS, token));
    assert_refused(auth, signed_by(made, 6, "e1", CLAIMS, token));
    END();
    file_remove(&made->directory, "set");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_algorithm_is_verified_by_its_key_and_no_other),
        cmocka_unit_test(a_token_changed_in_any_character_is_refused),
        cmocka_unit_test(a_key_is_chosen_by_its_id),
        cmocka_unit_test(without_an_id_every_key_of_the_algorithm_is_tried),
        cmocka_unit_test(a_token_without_a_signature_is_refused),
        cmocka_unit_test(a_public_key_is_no_secret),
        cmocka_unit_test(a_critical_extension_is_refused),
        cmocka_unit_test(a_token_has_a_bound),
        cmocka_unit_test(what_is_no_token_is_refused),
        cmocka_unit_test(expired_is_told_apart),
        cmocka_unit_test(a_set_of_keys_is_used_like_the_configured_ones),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
