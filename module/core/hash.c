/* Keyed hashes and tokens by libsodium's SipHash. */
#include "core/hash.h"

#include <sodium/crypto_shorthash.h>
#include <sodium/crypto_shorthash_siphash24.h>
#include <sodium/utils.h>

uint64_t chat_hash(const struct chat_secrets *secrets, struct chat_slice key)
{
    uint64_t hash;
    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)key.bytes, key.length,
                     secrets->hash_key);
    return hash;
}

unsigned chat_hash_home(uint64_t hash, unsigned workers)
{
    return (unsigned)((hash >> 32) * workers >> 32);
}

struct chat_slice chat_token(const struct chat_secrets *secrets, char kind, uint64_t number,
                             char out[CHAT_TOKEN_LENGTH])
{
    unsigned char input[1 + sizeof(number)], output[crypto_shorthash_siphashx24_BYTES];
    char hex[2 * sizeof(output) + 1];

    input[0] = (unsigned char)kind;
    memcpy(input + 1, &number, sizeof(number));
    crypto_shorthash_siphashx24(output, input, sizeof(input), secrets->token_key);
    sodium_bin2hex(hex, sizeof(hex), output, sizeof(output));
    memcpy(out, hex, CHAT_TOKEN_LENGTH);
    return (struct chat_slice){out, CHAT_TOKEN_LENGTH};
}
