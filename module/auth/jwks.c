/* The members of a key are gathered as they are heard, whatever their order, and made a key of when
 * the next one begins. */
#include "auth/jwks.h"

#include "core/limits.h"
#include "proto/json.h"
#include "wire/utf8.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <stdlib.h>
#include <string.h>

enum { IN_SET = 2, IN_KEY = 3 }; /* depths: the array of keys, a key's own members */

enum member { KTY, KID, ALG, USE, CRV, N, E, X, Y, K, MEMBERS };
static const char *const names[MEMBERS] = {"kty", "kid", "alg", "use", "crv",
                                           "n",   "e",   "x",   "y",   "k"};

struct set {
    struct chat_json_reader *reader;
    bool in_keys, any_keys; /* the top member at hand is `keys`; it was an array */
    bool in_key;
    int member; /* of the key at hand; MEMBERS: another */
    struct chat_slice values[MEMBERS];
    struct chat_key *keys;
    size_t n;
    int index;
    const char *wrong;
};

/* RFC 7515 §2: base64url without padding. Returns the bytes, owned; NULL: it is none, or empty. */
static unsigned char *decode(struct chat_slice text, size_t *ret_length)
{
    size_t padded = (text.length + 3) / 4 * 4;
    unsigned char *bytes = NULL, *base64;
    if (text.length == 0 || text.length > CHAT_KEY_FILE_MAX || text.length % 4 == 1)
        return NULL;
    base64 = malloc(padded);
    bytes = malloc(padded / 4 * 3);
    if (base64 == NULL || bytes == NULL)
        abort();
    memset(base64, '=', padded);
    int n = 0;
    for (size_t i = 0; i < text.length && n >= 0; i++) {
        char c = text.bytes[i];
        base64[i] = (unsigned char)(c == '-' ? '+' : c == '_' ? '/' : c);
        if (c == '+' || c == '/' || c == '=' || c == ' ' || c == '\n' || c == '\t' || c == '\r')
            n = -1;
    }
    if (n >= 0)
        n = EVP_DecodeBlock(bytes, base64, (int)padded);
    OPENSSL_cleanse(base64, padded);
    free(base64);
    if (n <= 0) {
        free(bytes);
        return NULL;
    }
    *ret_length = (size_t)n - (padded - text.length);
    return bytes;
}

static EVP_PKEY *build(const char *type, OSSL_PARAM_BLD *builder)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (params == NULL || context == NULL)
        abort();
    if (EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    ERR_clear_error();
    return key;
}

static EVP_PKEY *rsa_key(const struct chat_slice *values)
{
    size_t n_length = 0, e_length = 0;
    unsigned char *n = decode(values[N], &n_length), *e = decode(values[E], &e_length);
    EVP_PKEY *key = NULL;
    if (n != NULL && e != NULL) {
        OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
        BIGNUM *modulus = BN_bin2bn(n, (int)n_length, NULL);
        BIGNUM *exponent = BN_bin2bn(e, (int)e_length, NULL);
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus);
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent);
        key = build("RSA", builder);
        OSSL_PARAM_BLD_free(builder);
        BN_free(modulus);
        BN_free(exponent);
    }
    free(n);
    free(e);
    return key;
}

/* The point as OpenSSL takes it: 4, then both coordinates, each of the curve's length. */
static EVP_PKEY *curve_key(const struct chat_slice *values, const char *group)
{
    size_t x_length = 0, y_length = 0;
    unsigned char *x = decode(values[X], &x_length), *y = decode(values[Y], &y_length);
    unsigned char point[1 + 2 * 66];
    EVP_PKEY *key = NULL;
    if (x != NULL && y != NULL && x_length == y_length && x_length <= 66) {
        OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
        point[0] = 4;
        memcpy(point + 1, x, x_length);
        memcpy(point + 1 + x_length, y, y_length);
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * x_length);
        key = build("EC", builder);
        OSSL_PARAM_BLD_free(builder);
    }
    free(x);
    free(y);
    return key;
}

static bool value_is(const struct set *set, enum member member, const char *text)
{
    struct chat_slice value = set->values[member];
    return value.length == strlen(text) && memcmp(value.bytes, text, value.length) == 0;
}

/* What the key is for. Without `alg` it is what its kind is mostly used for. */
static enum chat_algorithm algorithm_of(const struct set *set)
{
    enum chat_algorithm curve = chat_key_curve_algorithm(set->values[CRV]);
    if (set->values[ALG].bytes != NULL)
        return chat_key_algorithm(set->values[ALG]);
    if (value_is(set, KTY, "EC"))
        return curve;
    return value_is(set, KTY, "RSA") ? CHAT_RS256 : CHAT_HS256;
}

static const char *make_secret(struct chat_key *key, const struct chat_slice *values)
{
    size_t length;
    unsigned char *bytes = decode(values[K], &length);
    if (bytes == NULL)
        return "has no k in base64url";
    const char *wrong = chat_key_from_secret(key, (struct chat_slice){(char *)bytes, length});
    OPENSSL_cleanse(bytes, length);
    free(bytes);
    return wrong;
}

static const char *make_public(struct chat_key *key, const struct set *set)
{
    const char *group = chat_key_group(chat_key_curve_algorithm(set->values[CRV]));
    EVP_PKEY *public_key = NULL;
    if (value_is(set, KTY, "RSA"))
        public_key = rsa_key(set->values);
    else if (group != NULL)
        public_key = curve_key(set->values, group);
    if (public_key == NULL)
        return "is no public key";
    const char *wrong = chat_key_from_public(key, public_key);
    EVP_PKEY_free(public_key);
    return wrong;
}

static void end_key(struct set *set)
{
    struct chat_key key = {.algorithm = algorithm_of(set)};
    struct chat_slice id = set->values[KID];
    bool shared = value_is(set, KTY, "oct");

    set->in_key = false;
    if (!(shared || value_is(set, KTY, "RSA") || value_is(set, KTY, "EC")) ||
        (set->values[USE].bytes != NULL && !value_is(set, USE, "sig")) ||
        key.algorithm == CHAT_ALGORITHM_MISSING)
        return;
    if (set->n == CHAT_JWKS_KEYS_MAX)
        set->wrong = "is more than 64 keys";
    else if (id.length > CHAT_KEY_ID_MAX)
        set->wrong = "has a kid of more than 256 bytes";
    else if (shared != chat_key_is_shared(key.algorithm))
        set->wrong = "has an alg that does not fit its kty";
    else
        set->wrong = shared ? make_secret(&key, set->values) : make_public(&key, set);
    if (set->wrong != NULL)
        return;
    if (id.bytes != NULL)
        key.id = strndup(id.bytes, id.length);
    set->keys[set->n++] = key;
}

static void on_name(void *context, unsigned depth, struct chat_slice name)
{
    struct set *set = context;
    if (depth == 1)
        set->in_keys = chat_slice_equal(name, CHAT_SLICE("keys"));
    set->member = MEMBERS;
    if (depth != IN_KEY || !set->in_key)
        return;
    for (int i = 0; i < MEMBERS; i++)
        if (name.length == strlen(names[i]) && memcmp(name.bytes, names[i], name.length) == 0)
            set->member = i;
}

static void on_value(void *context, const struct chat_json_value *value)
{
    struct set *set = context;
    unsigned depth = chat_json_depth(set->reader);

    if (!set->in_keys || set->wrong != NULL)
        return;
    if (depth == 1)
        set->any_keys = value->kind == CHAT_JSON_ARRAY;
    if (depth == IN_SET) {
        if (set->in_key)
            end_key(set);
        if (set->wrong != NULL)
            return;
        set->index++;
        set->in_key = value->kind == CHAT_JSON_OBJECT;
        memset(set->values, 0, sizeof(set->values));
        if (!set->in_key)
            set->wrong = "is no object";
    }
    if (depth == IN_KEY && set->member < MEMBERS) {
        if (value->kind == CHAT_JSON_STRING)
            set->values[set->member] = value->text;
        else
            set->wrong = "has a member that should be a string";
    }
}

static const struct chat_json_visitor visitor = {on_name, on_value};

const char *chat_jwks_read(struct chat_slice text, struct chat_key keys[CHAT_JWKS_KEYS_MAX],
                           size_t *ret_n, int *ret_index)
{
    struct set set = {.keys = keys, .index = -1, .reader = chat_json_reader_create()};

    if (!chat_utf8_valid(text.bytes, text.length) ||
        chat_json_read(set.reader, text, &visitor, &set) != CHAT_OK) {
        set.wrong = "is not a JSON object";
        set.index = -1;
    } else if (set.wrong == NULL && set.in_key) {
        end_key(&set);
    }
    if (set.wrong == NULL && (!set.any_keys || set.n == 0)) {
        set.wrong = "has no key that chatd can use";
        set.index = -1;
    }
    chat_json_reader_destroy(set.reader);
    *ret_n = set.wrong == NULL ? set.n : 0;
    *ret_index = set.index;
    for (size_t i = 0; set.wrong != NULL && i < set.n; i++)
        chat_key_finish(&keys[i]);
    return set.wrong;
}
