/* Keyed hashes, homes and tokens (DESIGN ⚖6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "core/hash.h"
#include "core/limits.h"

static struct chat_secrets secrets_of(unsigned char hash_byte, unsigned char token_byte)
{
    struct chat_secrets secrets;
    memset(secrets.hash_key, hash_byte, sizeof(secrets.hash_key));
    memset(secrets.token_key, token_byte, sizeof(secrets.token_key));
    return secrets;
}

/* The first vectors of the SipHash paper's own program: key 00 01 … 0f, input 00 01 02 … */
static void hash_is_siphash_2_4(void **state)
{
    (void)state;
    static const uint64_t expected[] = {0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a,
                                        0x85676696d7fb7e2d, 0xcf2794e0277187b7, 0x18765564cd99a68d,
                                        0xcbc9466e58fee3ce, 0xab0200f58b01d137, 0x93f5f5799a932462};
    struct chat_secrets secrets = secrets_of(0, 0);
    char input[sizeof(expected) / sizeof(expected[0])];

    for (unsigned i = 0; i < CHAT_SECRET_BYTES; i++)
        secrets.hash_key[i] = (unsigned char)i;
    for (unsigned i = 0; i < sizeof(input); i++) {
        input[i] = (char)i;
        assert_int_equal(chat_hash(&secrets, (struct chat_slice){input, i}), expected[i]);
    }
}

static void hash_depends_on_the_start_up_key(void **state)
{
    (void)state;
    struct chat_secrets one = secrets_of(1, 9), other = secrets_of(2, 9);

    assert_int_not_equal(chat_hash(&one, CHAT_SLICE("lobby")),
                         chat_hash(&other, CHAT_SLICE("lobby")));
}

static void no_bytes_hash_like_an_empty_text(void **state)
{
    (void)state;
    struct chat_secrets secrets = secrets_of(1, 2);

    assert_int_equal(chat_hash(&secrets, (struct chat_slice){0}),
                     chat_hash(&secrets, CHAT_SLICE("")));
}

/* Room ids that differ little, as people's do; a home may be off by six standard deviations. */
static void homes_spread_evenly_over_any_number_of_workers(void **state)
{
    (void)state;
    enum { EACH = 400, OFF = 120 };
    static const unsigned workers[] = {1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 31, 64, 100, 128, 255, 256};
    struct chat_secrets secrets = secrets_of(3, 4);
    char id[16];

    for (unsigned i = 0; i < sizeof(workers) / sizeof(workers[0]); i++) {
        unsigned homes[CHAT_WORKERS_MAX] = {0};
        for (unsigned n = 0; n < workers[i] * EACH; n++) {
            struct chat_slice room_id = {id, (size_t)snprintf(id, sizeof(id), "room-%u", n)};
            unsigned home = chat_hash_home(chat_hash(&secrets, room_id), workers[i]);
            assert_in_range(home, 0, workers[i] - 1);
            homes[home]++;
        }
        for (unsigned w = 0; w < workers[i]; w++)
            assert_in_range(homes[w], EACH - OFF, EACH + OFF);
    }
}

static void homes_reach_from_the_first_worker_to_the_last(void **state)
{
    (void)state;
    for (unsigned workers = 1; workers <= CHAT_WORKERS_MAX; workers++) {
        assert_int_equal(chat_hash_home(0, workers), 0);
        assert_int_equal(chat_hash_home(UINT64_MAX, workers), workers - 1);
    }
}

/* A worker's rooms share the upper bits of their hash; its table goes by the lower. */
static void rooms_of_one_home_still_spread_within_its_table(void **state)
{
    (void)state;
    enum { WORKERS = 4, BINS = 16, ROOMS = WORKERS * BINS * 100 };
    struct chat_secrets secrets = secrets_of(5, 6);
    uint32_t bins[BINS] = {0};
    char id[16];

    for (unsigned i = 0; i < ROOMS; i++) {
        int length = snprintf(id, sizeof(id), "%u", i);
        uint64_t hash = chat_hash(&secrets, (struct chat_slice){id, (size_t)length});
        if (chat_hash_home(hash, WORKERS) == 2)
            bins[(uint32_t)hash % BINS]++;
    }
    for (unsigned b = 0; b < BINS; b++)
        assert_in_range(bins[b], 40, 160);
}

static void token_is_the_same_for_the_same_number_only(void **state)
{
    (void)state;
    struct chat_secrets secrets = secrets_of(1, 2);
    char one[CHAT_TOKEN_LENGTH], again[CHAT_TOKEN_LENGTH], other[CHAT_TOKEN_LENGTH];

    chat_token(&secrets, 's', 77, one);
    assert_memory_equal(chat_token(&secrets, 's', 77, again).bytes, one, CHAT_TOKEN_LENGTH);
    assert_memory_not_equal(chat_token(&secrets, 's', 78, other).bytes, one, CHAT_TOKEN_LENGTH);
    assert_memory_not_equal(chat_token(&secrets, 'e', 77, other).bytes, one, CHAT_TOKEN_LENGTH);
    assert_memory_not_equal(chat_token(&secrets, 's', 77ull << 56, other).bytes, one,
                            CHAT_TOKEN_LENGTH);
}

static void token_depends_on_its_own_secret_only(void **state)
{
    (void)state;
    struct chat_secrets one = secrets_of(1, 2), same = secrets_of(9, 2), other = secrets_of(1, 3);
    char token[CHAT_TOKEN_LENGTH], second[CHAT_TOKEN_LENGTH], third[CHAT_TOKEN_LENGTH];

    chat_token(&one, 'e', 1, token);
    assert_memory_equal(chat_token(&same, 'e', 1, second).bytes, token, CHAT_TOKEN_LENGTH);
    assert_memory_not_equal(chat_token(&other, 'e', 1, third).bytes, token, CHAT_TOKEN_LENGTH);
}

/* PROTOCOL §5: `session` and `epoch` are 1–64 bytes. */
static void token_is_printable_and_fits_the_protocol(void **state)
{
    (void)state;
    struct chat_secrets secrets = secrets_of(1, 2);
    char out[CHAT_TOKEN_LENGTH];
    struct chat_slice token = chat_token(&secrets, 'e', 5, out);

    assert_ptr_equal(token.bytes, out);
    assert_in_range(token.length, 1, 64);
    for (size_t i = 0; i < token.length; i++)
        assert_non_null(memchr("0123456789abcdef", token.bytes[i], 16));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_is_siphash_2_4),
        cmocka_unit_test(hash_depends_on_the_start_up_key),
        cmocka_unit_test(no_bytes_hash_like_an_empty_text),
        cmocka_unit_test(homes_spread_evenly_over_any_number_of_workers),
        cmocka_unit_test(homes_reach_from_the_first_worker_to_the_last),
        cmocka_unit_test(rooms_of_one_home_still_spread_within_its_table),
        cmocka_unit_test(token_is_the_same_for_the_same_number_only),
        cmocka_unit_test(token_depends_on_its_own_secret_only),
        cmocka_unit_test(token_is_printable_and_fits_the_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
