/* Which keys of a set are taken, passed over or refused (RFC 7517). */
#include "auth/jwks.h"
#include "auth/making.h"

#define K64 "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg"
#define OCT "{\"kty\":\"oct\",\"alg\":\"HS512\",\"k\":\"" K64 "\"}"

/* The number of keys, or -1 and why. */
static int read_keys(const char *text, const char **ret_wrong, int *ret_index)
{
    static struct chat_key keys[CHAT_JWKS_KEYS_MAX];
    size_t n = 0;
    *ret_wrong = chat_jwks_read((struct chat_slice){text, strlen(text)}, keys, &n, ret_index);
    for (size_t i = 0; i < n; i++)
        chat_key_finish(&keys[i]);
    return *ret_wrong == NULL ? (int)n : -1;
}

static void assert_taken(const char *text, int n)
{
    const char *wrong;
    int index;
    assert_int_equal(read_keys(text, &wrong, &index), n);
}

static void assert_refused(const char *text, int expected_index, const char *expected)
{
    const char *wrong;
    int index;
    assert_int_equal(read_keys(text, &wrong, &index), -1);
    assert_string_equal(wrong, expected);
    assert_int_equal(index, expected_index);
}

static void keys_for_other_uses_are_passed_over(void **state)
{
    (void)state;
    assert_taken("{\"keys\":[" OCT "]}", 1);
    assert_taken("{\"x\":[{\"kty\":\"oct\"}],\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\"},"
                 "{\"kty\":\"RSA\",\"use\":\"enc\"},{\"kty\":\"RSA\",\"alg\":\"PS256\"},"
                 "{\"kty\":\"EC\",\"crv\":\"secp256k1\"},{}," OCT "]}",
                 1);
}

static void without_an_algorithm_a_secret_is_for_HS256(void **state)
{
    (void)state;
    assert_taken("{\"keys\":[{\"kty\":\"oct\",\"k\":\"" K64 "\"}]}", 1);
}

static void a_set_is_an_object_with_keys(void **state)
{
    (void)state;
    assert_refused("", -1, "is not a JSON object");
    assert_refused("[]", -1, "is not a JSON object");
    assert_refused("{\"keys\":[\xff]}", -1, "is not a JSON object");
    assert_refused("{}", -1, "has no key that chatd can use");
    assert_refused("{\"keys\":[]}", -1, "has no key that chatd can use");
    assert_refused("{\"keys\":{}}", -1, "has no key that chatd can use");
    assert_refused("{\"keys\":[{\"kty\":\"OKP\"}]}", -1, "has no key that chatd can use");
    assert_refused("{\"keys\":[" OCT ",7]}", 1, "is no object");
}

static void a_key_that_can_not_be_one_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"keys\":[" OCT ",{\"kty\":\"oct\"}]}", 1, "has no k in base64url");
    assert_refused("{\"keys\":[{\"kty\":\"oct\",\"k\":\"a+/=\"}]}", 0, "has no k in base64url");
    assert_refused("{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAAA\"}]}", 0, "has no k in base64url");
    assert_refused("{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", 0,
                   "is shorter than its hash, expected at least 32 bytes");
    assert_refused("{\"keys\":[{\"kty\":\"oct\",\"alg\":\"RS256\",\"k\":\"AAAA\"}]}", 0,
                   "has an alg that does not fit its kty");
    assert_refused("{\"keys\":[{\"kty\":\"RSA\",\"alg\":\"HS256\"}]}", 0,
                   "has an alg that does not fit its kty");
    assert_refused("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\"}]}", 0, "is no public key");
    assert_refused("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}", 0,
                   "is too short, expected 2048 bits");
    assert_refused("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\",\"y\":\"AAAA\"}]}",
                   0, "is no public key");
    assert_refused("{\"keys\":[{\"kty\":\"EC\",\"alg\":\"ES256\"}]}", 0, "is no public key");
    assert_refused("{\"keys\":[{\"kty\":7}]}", 0, "has a member that should be a string");
}

static void a_set_has_a_bound(void **state)
{
    (void)state;
    char *text = malloc(100 * sizeof(OCT));
    char *end = text + sprintf(text, "{\"keys\":[" OCT);
    for (int i = 1; i < CHAT_JWKS_KEYS_MAX; i++)
        end += sprintf(end, "," OCT);
    strcpy(end, "]}");
    assert_taken(text, CHAT_JWKS_KEYS_MAX);
    strcpy(end, "," OCT "]}");
    assert_refused(text, CHAT_JWKS_KEYS_MAX, "is more than 64 keys");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_for_other_uses_are_passed_over),
        cmocka_unit_test(without_an_algorithm_a_secret_is_for_HS256),
        cmocka_unit_test(a_set_is_an_object_with_keys),
        cmocka_unit_test(a_key_that_can_not_be_one_is_refused),
        cmocka_unit_test(a_set_has_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
