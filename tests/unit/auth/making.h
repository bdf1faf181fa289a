/* Keys, files and tokens made at test time, with OpenSSL and libjwt alone. */
#ifndef CHAT_TEST_MAKING_H
#define CHAT_TEST_MAKING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jwt.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MADE_MAX = 16384 };

/* RFC 7515 §2. */
static inline char *base64url(const void *bytes, size_t length, char out[MADE_MAX])
{
    int n = EVP_EncodeBlock((unsigned char *)out, bytes, (int)length);
    while (n > 0 && out[n - 1] == '=')
        n--;
    out[n] = '\0';
    for (int i = 0; i < n; i++)
        out[i] = (char)(out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i]);
    return out;
}

/* A token of any header whatever, signed as HS256 with this secret. */
static inline char *craft(const char *header, const char *claims, const void *secret, size_t length,
                          char out[MADE_MAX])
{
    char part[MADE_MAX];
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_length;
    strcpy(out, base64url(header, strlen(header), part));
    strcat(out, ".");
    strcat(out, base64url(claims, strlen(claims), part));
    HMAC(EVP_sha256(), secret, (int)length, (const unsigned char *)out, strlen(out), mac,
         &mac_length);
    strcat(out, ".");
    strcat(out, base64url(mac, mac_length, part));
    return out;
}

/* A token as libjwt makes it; a header member `kid` unless NULL. */
static inline char *sign(jwt_alg_t algorithm, const char *key, const char *kid, const char *claims,
                         char out[MADE_MAX])
{
    jwt_t *jwt;
    assert_int_equal(jwt_new(&jwt), 0);
    assert_int_equal(jwt_add_grants_json(jwt, claims), 0);
    if (kid != NULL)
        assert_int_equal(jwt_add_header(jwt, "kid", kid), 0);
    assert_int_equal(jwt_set_alg(jwt, algorithm, (const unsigned char *)key, (int)strlen(key)), 0);
    char *token = jwt_encode_str(jwt);
    assert_non_null(token);
    snprintf(out, MADE_MAX, "%s", token);
    free(token);
    jwt_free(jwt);
    return out;
}

static inline char *pem_of(EVP_PKEY *key, int is_private, char out[MADE_MAX])
{
    BIO *bio = BIO_new(BIO_s_mem());
    if (is_private)
        assert_int_equal(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
    else
        assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
    int n = BIO_read(bio, out, MADE_MAX - 1);
    assert_true(n > 0);
    out[n] = '\0';
    BIO_free(bio);
    return out;
}

/* A member of a JWK: an RSA number, or a coordinate. */
static inline char *number_of(EVP_PKEY *key, const char *name, char out[MADE_MAX])
{
    BIGNUM *number = NULL;
    unsigned char bytes[1024];
    assert_int_equal(EVP_PKEY_get_bn_param(key, name, &number), 1);
    int length = BN_num_bytes(number);
    int bits = EVP_PKEY_get_bits(key);
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC)
        length = (bits + 7) / 8; /* RFC 7518 §6.2.1.2: of the curve's length */
    assert_int_equal(BN_bn2binpad(number, bytes, length), length);
    BN_free(number);
    return base64url(bytes, (size_t)length, out);
}

/* A directory of the test's own, where files are made and removed again. */
struct directory {
    char path[64];
};

static inline void directory_make(struct directory *directory)
{
    strcpy(directory->path, "/tmp/chatd-auth-XXXXXX");
    assert_non_null(mkdtemp(directory->path));
}

static inline char *file_path(const struct directory *directory, const char *name, char out[128])
{
    snprintf(out, 128, "%s/%s", directory->path, name);
    return out;
}

static inline void file_write(const struct directory *directory, const char *name,
                              const void *bytes, size_t length)
{
    char path[128];
    FILE *file = fopen(file_path(directory, name, path), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

static inline void file_remove(const struct directory *directory, const char *name)
{
    char path[128];
    assert_int_equal(unlink(file_path(directory, name, path)), 0);
}

#endif
