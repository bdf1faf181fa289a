/* A JSON Web Key Set (RFC 7517): its keys as PEM or secrets. At start; one thread. */
#ifndef CHAT_AUTH_JWKS_H
#define CHAT_AUTH_JWKS_H

#include "auth/key.h"

enum { CHAT_JWKS_KEYS_MAX = 64 };

/* Borrows the text. Puts the keys, owned, into the array and their number into *ret_n. A key that
 * is not for signatures, or of a kind that chatd does not know, is passed over (RFC 7517 §5).
 * Returns NULL, or a static text that says what is wrong; then there are no keys, and *ret_index is
 * the number of the wrong one from 0, or -1. */
const char *chat_jwks_read(struct chat_slice text, struct chat_key keys[CHAT_JWKS_KEYS_MAX],
                           size_t *ret_n, int *ret_index);

#endif
