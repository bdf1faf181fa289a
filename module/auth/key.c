/* A key is judged when it is loaded, so that a token can only be checked with one that fits: of the
 * algorithm's family, of its curve, and as strong as its hash. */
#include "auth/key.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum family { FAMILY_NONE, FAMILY_SHARED, FAMILY_RSA, FAMILY_CURVE };

enum { RSA_BITS_MIN = 2048 }; /* RFC 7518 §3.3 */

static const struct row {
    const char *name;
    jwt_alg_t jwt;
    enum family family;
    size_t secret_min; /* RFC 7518 §3.2: as long as the hash */
    const char *curve, *group;
    const char *too_short;
} rows[CHAT_ALGORITHMS] = {
    [CHAT_ALGORITHM_MISSING] = {"", JWT_ALG_NONE, FAMILY_NONE, 0, NULL, NULL, NULL},
    [CHAT_HS256] = {"HS256", JWT_ALG_HS256, FAMILY_SHARED, 32, NULL, NULL,
                    "is shorter than its hash, expected at least 32 bytes"},
    [CHAT_HS384] = {"HS384", JWT_ALG_HS384, FAMILY_SHARED, 48, NULL, NULL,
                    "is shorter than its hash, expected at least 48 bytes"},
    [CHAT_HS512] = {"HS512", JWT_ALG_HS512, FAMILY_SHARED, 64, NULL, NULL,
                    "is shorter than its hash, expected at least 64 bytes"},
    [CHAT_RS256] = {"RS256", JWT_ALG_RS256, FAMILY_RSA, 0, NULL, NULL, NULL},
    [CHAT_RS384] = {"RS384", JWT_ALG_RS384, FAMILY_RSA, 0, NULL, NULL, NULL},
    [CHAT_RS512] = {"RS512", JWT_ALG_RS512, FAMILY_RSA, 0, NULL, NULL, NULL},
    [CHAT_ES256] = {"ES256", JWT_ALG_ES256, FAMILY_CURVE, 0, "P-256", "prime256v1", NULL},
    [CHAT_ES384] = {"ES384", JWT_ALG_ES384, FAMILY_CURVE, 0, "P-384", "secp384r1", NULL},
    [CHAT_ES512] = {"ES512", JWT_ALG_ES512, FAMILY_CURVE, 0, "P-521", "secp521r1", NULL},
};

jwt_alg_t chat_key_jwt_algorithm(enum chat_algorithm algorithm)
{
    return rows[algorithm].jwt;
}

static bool is(struct chat_slice name, const char *text)
{
    return text != NULL && name.length == strlen(text) &&
           memcmp(name.bytes, text, name.length) == 0;
}

enum chat_algorithm chat_key_algorithm(struct chat_slice name)
{
    for (unsigned i = CHAT_ALGORITHM_MISSING + 1; i < CHAT_ALGORITHMS; i++)
        if (is(name, rows[i].name))
            return (enum chat_algorithm)i;
    return CHAT_ALGORITHM_MISSING;
}

enum chat_algorithm chat_key_curve_algorithm(struct chat_slice curve)
{
    for (unsigned i = CHAT_ALGORITHM_MISSING + 1; i < CHAT_ALGORITHMS; i++)
        if (is(curve, rows[i].curve))
            return (enum chat_algorithm)i;
    return CHAT_ALGORITHM_MISSING;
}

const char *chat_key_group(enum chat_algorithm algorithm)
{
    return rows[algorithm].group;
}

bool chat_key_is_shared(enum chat_algorithm algorithm)
{
    return rows[algorithm].family == FAMILY_SHARED;
}

static void keep(struct chat_key *key, const void *bytes, size_t length)
{
    key->material = malloc(length + 1);
    if (key->material == NULL)
        abort();
    memcpy(key->material, bytes, length);
    key->material[length] = 0;
    key->length = (int)length;
}

/* A text file's last line end does not belong to the secret; a byte of random ones does. */
size_t chat_key_secret_length(const char *bytes, size_t length)
{
    size_t end = length;
    if (end > 0 && bytes[end - 1] == '\n')
        end--;
    if (end < length && end > 0 && bytes[end - 1] == '\r')
        end--;
    for (size_t i = 0; i < end; i++)
        if ((unsigned char)bytes[i] < 0x20 || (unsigned char)bytes[i] >= 0x7f)
            return length;
    return end;
}

const char *chat_key_from_secret(struct chat_key *key, struct chat_slice secret)
{
    static const char armour[] = "-----BEGIN ";
    if (secret.length >= sizeof(armour) - 1 &&
        memcmp(secret.bytes, armour, sizeof(armour) - 1) == 0)
        return "is a key in PEM, expected a secret";
    if (secret.length < rows[key->algorithm].secret_min)
        return rows[key->algorithm].too_short;
    keep(key, secret.bytes, secret.length);
    return NULL;
}

static const char *judge_curve(const struct row *row, const EVP_PKEY *public_key)
{
    char group[64];
    size_t length;
    if (EVP_PKEY_get_base_id(public_key) != EVP_PKEY_EC ||
        EVP_PKEY_get_utf8_string_param(public_key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group),
                                       &length) != 1)
        return "is a key of another type, expected one of an elliptic curve";
    return strcmp(group, row->group) == 0 ? NULL : "is a key of another curve than its algorithm's";
}

static const char *judge(const struct row *row, const EVP_PKEY *public_key)
{
    if (row->family == FAMILY_CURVE)
        return judge_curve(row, public_key);
    if (row->family != FAMILY_RSA || EVP_PKEY_get_base_id(public_key) != EVP_PKEY_RSA)
        return "is a key of another type, expected one of RSA";
    return EVP_PKEY_get_bits(public_key) >= RSA_BITS_MIN ? NULL
                                                         : "is too short, expected 2048 bits";
}

const char *chat_key_from_public(struct chat_key *key, EVP_PKEY *public_key)
{
    const char *wrong = judge(&rows[key->algorithm], public_key);
    char *bytes;
    if (wrong != NULL)
        return wrong;
    BIO *out = BIO_new(BIO_s_mem());
    if (out == NULL || PEM_write_bio_PUBKEY(out, public_key) != 1)
        abort();
    long length = BIO_get_mem_data(out, &bytes);
    keep(key, bytes, (size_t)length);
    BIO_free(out);
    return NULL;
}

const char *chat_key_from_pem(struct chat_key *key, struct chat_slice pem)
{
    BIO *in = BIO_new_mem_buf(pem.bytes, (int)pem.length);
    EVP_PKEY *public_key = in != NULL ? PEM_read_bio_PUBKEY(in, NULL, NULL, NULL) : NULL;
    const char *wrong = "holds no public key in PEM";

    BIO_free(in);
    ERR_clear_error();
    if (public_key != NULL)
        wrong = chat_key_from_public(key, public_key);
    EVP_PKEY_free(public_key);
    return wrong;
}

void chat_key_finish(struct chat_key *key)
{
    free(key->id);
    if (key->material != NULL) {
        OPENSSL_cleanse(key->material, (size_t)key->length);
        free(key->material);
    }
    *key = (struct chat_key){0};
}

const char *chat_key_read_file(const char *path, char **ret, size_t *ret_length)
{
    const char *wrong = NULL;
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return strerror(errno);
    char *bytes = malloc(CHAT_KEY_FILE_MAX + 2);
    if (bytes == NULL)
        abort();
    size_t length = fread(bytes, 1, CHAT_KEY_FILE_MAX + 1, file);
    if (ferror(file))
        wrong = "can not be read";
    else if (length > CHAT_KEY_FILE_MAX)
        wrong = "is longer than 64 KiB";
    fclose(file);
    if (wrong != NULL) {
        OPENSSL_cleanse(bytes, length);
        free(bytes);
        return wrong;
    }
    bytes[length] = '\0';
    *ret = bytes;
    *ret_length = length;
    return NULL;
}
