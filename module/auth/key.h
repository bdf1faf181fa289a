/* One key by which tokens are verified, good for one algorithm. Immutable once made; any thread. */
#ifndef CHAT_AUTH_KEY_H
#define CHAT_AUTH_KEY_H

#include "config/config.h"
#include "core/slice.h"

#include <jwt.h>
#include <openssl/evp.h>

struct chat_key {
    char *id; /* the `kid`, or NULL */
    enum chat_algorithm algorithm;
    unsigned char *material; /* a secret, or a public key in PEM with a byte 0 behind it */
    int length;
};

enum { CHAT_KEY_FILE_MAX = 64 * 1024, CHAT_KEY_ID_MAX = 256 };

/* What libjwt calls it. */
jwt_alg_t chat_key_jwt_algorithm(enum chat_algorithm algorithm);
/* By its name in a token's header, of exact spelling; CHAT_ALGORITHM_MISSING: none that is known.
 */
enum chat_algorithm chat_key_algorithm(struct chat_slice name);
/* The algorithm that an elliptic curve has (`P-256` …), or CHAT_ALGORITHM_MISSING. */
enum chat_algorithm chat_key_curve_algorithm(struct chat_slice curve);
/* What OpenSSL calls the algorithm's curve; NULL: it has none. */
const char *chat_key_group(enum chat_algorithm algorithm);
bool chat_key_is_shared(enum chat_algorithm algorithm);

/* How much of a secret's file is the secret. */
size_t chat_key_secret_length(const char *bytes, size_t length);

/* Each makes a key of a zeroed struct, whose algorithm is set, from borrowed bytes. Returns NULL,
 * or a static text that says why it is none: it follows what names the key. */
const char *chat_key_from_secret(struct chat_key *key, struct chat_slice secret);
const char *chat_key_from_pem(struct chat_key *key, struct chat_slice pem);
const char *chat_key_from_public(struct chat_key *key, EVP_PKEY *public_key);
void chat_key_finish(struct chat_key *key);

/* Reads a whole file into *ret, owned and terminated; NULL, or a text as above. */
const char *chat_key_read_file(const char *path, char **ret, size_t *ret_length);

#endif
