/* How many connections an address has: by IPv4 address, by IPv6 /64; exact, also between threads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <malloc.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>

#include "net/address.h"
#include "net/peer.h"

static const struct chat_secrets secrets = {.hash_key = "of this test...."};

static struct chat_address_table *table_of(uint32_t connections)
{
    return chat_address_table_create(
        &secrets, &(struct chat_address_limits){.connections = connections, .idle = 1000});
}

static const struct chat_ip *ip_of(const char *text)
{
    static struct chat_ip ip;
    assert_true(chat_address_of(peer(text), &ip));
    return &ip;
}

static struct chat_address *take(struct chat_address_table *table, const char *text)
{
    struct chat_address *hold;
    assert_true(chat_address_take(table, ip_of(text), &hold));
    assert_non_null(hold);
    return hold;
}

static void assert_refused(struct chat_address_table *table, const char *text)
{
    struct chat_address *hold;
    assert_false(chat_address_take(table, ip_of(text), &hold));
    assert_null(hold);
}

/* With a limit of 1: do both count as one? */
static void assert_same(const char *one, const char *other, bool same)
{
    struct chat_address_table *table = table_of(1);
    struct chat_address *hold = take(table, one);
    if (same)
        assert_refused(table, other);
    else
        chat_address_give(table, take(table, other));
    chat_address_give(table, hold);
    chat_address_table_destroy(table);
}

static void an_address_has_as_many_connections_as_the_limit_says(void **unused)
{
    struct chat_address_table *table = table_of(3);
    struct chat_address *holds[3];

    (void)unused;
    for (unsigned i = 0; i < 3; i++)
        holds[i] = take(table, "192.0.2.1");
    assert_refused(table, "192.0.2.1");
    assert_refused(table, "192.0.2.1");
    chat_address_give(table, holds[1]);
    holds[1] = take(table, "192.0.2.1");
    assert_refused(table, "192.0.2.1");
    for (unsigned i = 0; i < 3; i++)
        chat_address_give(table, holds[i]);
    chat_address_table_destroy(table);
}

static void addresses_do_not_count_for_each_other(void **unused)
{
    (void)unused;
    assert_same("192.0.2.1", "192.0.2.1", true);
    assert_same("192.0.2.1", "192.0.2.2", false);
    assert_same("192.0.2.1", "2001:db8::1", false);
    assert_same("1.2.3.4", "102:304::", false);
}

static void ipv6_counts_by_its_first_64_bits(void **unused)
{
    (void)unused;
    assert_same("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true);
    assert_same("2001:db8:1:2::1", "2001:db8:1:3::1", false);
    assert_same("::1", "::2", true);
}

static void an_ipv4_mapped_peer_counts_as_ipv4(void **unused)
{
    (void)unused;
    assert_same("::ffff:192.0.2.1", "192.0.2.1", true);
    assert_same("::ffff:192.0.2.1", "::ffff:192.0.2.2", false);
}

static void without_a_limit_nothing_is_counted(void **unused)
{
    struct chat_address_table *table = table_of(0);
    struct chat_address *hold;

    (void)unused;
    for (unsigned i = 0; i < 100; i++) {
        assert_true(chat_address_take(table, ip_of("192.0.2.1"), &hold));
        assert_null(hold);
    }
    chat_address_give(table, NULL);
    chat_address_table_destroy(table);
}

static void a_peer_without_an_ip_address_is_not_counted(void **unused)
{
    struct chat_address_table *table = table_of(1);
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct chat_address *hold;
    struct chat_ip ip;

    (void)unused;
    assert_false(chat_address_of((struct sockaddr *)&local, &ip));
    for (unsigned i = 0; i < 3; i++) {
        assert_true(chat_address_take(table, NULL, &hold));
        assert_null(hold);
    }
    chat_address_table_destroy(table);
}

static void many_addresses_come_and_go(void **unused)
{
    enum { MANY = 20000 };
    struct chat_address_table *table = table_of(1);
    static struct chat_address *holds[MANY];
    char text[32];

    (void)unused;
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(text, sizeof(text), "10.0.%u.%u", i / 256, i % 256);
        holds[i] = take(table, text);
    }
    assert_refused(table, "10.0.7.7");
    for (unsigned i = 0; i < MANY; i++)
        chat_address_give(table, holds[i]);
    chat_address_give(table, take(table, "10.0.7.7"));
    chat_address_table_destroy(table);
}

/* Threads take and give one address; never more than the limit hold it. */
enum { THREADS = 4, LIMIT = 2, ROUNDS = 5000 };

struct contest {
    struct chat_address_table *table;
    atomic_int held, most;
    atomic_uint taken;
};

static void *contend(void *argument)
{
    struct contest *contest = argument;
    struct chat_ip address = {{[10] = 0xff, [11] = 0xff, [15] = 1}};

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct chat_address *hold;
        if (!chat_address_take(contest->table, &address, &hold))
            continue;
        atomic_fetch_add(&contest->taken, 1);
        int held = atomic_fetch_add(&contest->held, 1) + 1;
        if (held > LIMIT)
            atomic_store(&contest->most, held);
        atomic_fetch_sub(&contest->held, 1);
        chat_address_give(contest->table, hold);
    }
    return NULL;
}

static void the_limit_holds_between_threads(void **unused)
{
    struct contest contest = {.table = table_of(LIMIT)};
    pthread_t threads[THREADS];

    (void)unused;
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, contend, &contest), 0);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(contest.most, 0);
    assert_true(contest.taken > 0);
    chat_address_give(contest.table, take(contest.table, "0.0.0.1"));
    chat_address_table_destroy(contest.table);
}

/* Handshakes: 10 a second, as many at once. */
static struct chat_address_table *slow_table(uint32_t idle)
{
    return chat_address_table_create(
        &secrets, &(struct chat_address_limits){.connections = 1, .handshakes = 10, .idle = idle});
}

static unsigned handshakes(struct chat_address_table *table, const char *text, uint64_t now_ms)
{
    unsigned n = 0;
    while (n < 1000 && chat_address_handshake(table, ip_of(text), now_ms) == 0)
        n++;
    return n;
}

static void an_address_may_come_as_often_as_the_limit_says(void **unused)
{
    struct chat_address_table *table = slow_table(1000);

    (void)unused;
    assert_int_equal(handshakes(table, "192.0.2.1", 5000), 10);
    assert_int_equal(chat_address_handshake(table, ip_of("192.0.2.1"), 5000), 100);
    assert_int_equal(chat_address_handshake(table, ip_of("192.0.2.1"), 5099), 1);
    assert_int_equal(handshakes(table, "192.0.2.1", 5100), 1);
    assert_int_equal(handshakes(table, "192.0.2.2", 5100), 10);
    assert_int_equal(handshakes(table, "192.0.2.1", 9000), 10);
    chat_address_table_destroy(table);
}

static void handshakes_of_ipv6_count_by_its_first_64_bits(void **unused)
{
    struct chat_address_table *table = slow_table(1000);

    (void)unused;
    assert_int_equal(handshakes(table, "2001:db8:1:2::1", 0), 10);
    assert_int_equal(handshakes(table, "2001:db8:1:2:3::4", 0), 0);
    assert_int_equal(handshakes(table, "2001:db8:1:3::1", 0), 10);
    chat_address_table_destroy(table);
}

static void a_connection_does_not_make_its_address_forget(void **unused)
{
    struct chat_address_table *table = slow_table(1000);

    (void)unused;
    struct chat_address *hold = take(table, "192.0.2.1");
    assert_int_equal(handshakes(table, "192.0.2.1", 0), 10);
    chat_address_give(table, hold);
    assert_int_equal(handshakes(table, "192.0.2.1", 0), 0);
    hold = take(table, "192.0.2.1");
    assert_refused(table, "192.0.2.1");
    assert_int_equal(handshakes(table, "192.0.2.1", 0), 0);
    chat_address_give(table, hold);
    chat_address_table_destroy(table);
}

static const char *sprayed(unsigned i)
{
    static char text[32];
    snprintf(text, sizeof(text), "127.%u.%u.%u", 1 + i / 65536, i / 256 % 256, i % 256);
    return text;
}

/* 0 where a sanitizer keeps the heap, which nobody else then sees. */
static size_t heap_bytes(void)
{
    size_t before = mallinfo2().uordblks;
    void *some = malloc(1000);
    size_t after = mallinfo2().uordblks;
    free(some);
    return after == before ? 0 : before;
}

/* 127.0.0.0/8 all at once: the table stays small, and only the longest unseen are forgotten. */
static void a_spray_of_addresses_makes_the_table_no_larger_than_its_bound(void **unused)
{
    enum { IDLE = 160, SPRAY = 200000, BYTES_MAX = 400 * IDLE };
    struct chat_address_table *table = slow_table(IDLE);
    struct chat_address *hold = take(table, "192.0.2.1");

    (void)unused;
    size_t before = heap_bytes(), most = 0;
    assert_int_equal(handshakes(table, "192.0.2.1", 0), 10);
    assert_int_equal(handshakes(table, "127.0.0.1", 0), 10);
    for (unsigned i = 0; i < SPRAY; i++) {
        assert_int_equal(chat_address_handshake(table, ip_of(sprayed(i)), 0), 0);
        size_t used = heap_bytes();
        most = used > most ? used : most;
    }
    assert_true(most < before + BYTES_MAX);
    assert_int_equal(handshakes(table, sprayed(SPRAY - 1), 0), 9);
    assert_int_equal(handshakes(table, "127.0.0.1", 0), 10);
    assert_int_equal(handshakes(table, "192.0.2.1", 0), 0);
    chat_address_give(table, hold);
    chat_address_table_destroy(table);
}

static void what_is_full_again_is_forgotten(void **unused)
{
    enum { MANY = 5000 };
    struct chat_address_table *table = slow_table(1000000);

    (void)unused;
    for (unsigned i = 0; i < MANY; i++)
        chat_address_handshake(table, ip_of(sprayed(i)), 0);
    size_t full = heap_bytes();
    for (unsigned i = 0; i < MANY; i++)
        chat_address_handshake(table, ip_of("192.0.2.1"), 200 + i);
    for (unsigned i = 0; i < 200; i++) /* each shard hears of the time */
        chat_address_handshake(table, ip_of(sprayed(MANY + i)), 10000);
    assert_true(full == 0 || full - heap_bytes() > (MANY - 1000) * 64);
    chat_address_table_destroy(table);
}

static void without_a_limit_of_handshakes_all_pass(void **unused)
{
    struct chat_address_table *table = table_of(1);

    (void)unused;
    assert_int_equal(handshakes(table, "192.0.2.1", 0), 1000);
    assert_int_equal(chat_address_handshake(table, NULL, 0), 0);
    chat_address_table_destroy(table);
}

static void an_address_is_news_once_and_64_of_them_are(void **unused)
{
    struct chat_address_table *table = table_of(1);

    (void)unused;
    for (unsigned i = 0; i < 64; i++) {
        assert_true(chat_address_is_news(table, ip_of(sprayed(i))));
        assert_false(chat_address_is_news(table, ip_of(sprayed(i))));
    }
    assert_false(chat_address_is_news(table, ip_of(sprayed(64))));
    chat_address_table_destroy(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_as_many_connections_as_the_limit_says),
        cmocka_unit_test(addresses_do_not_count_for_each_other),
        cmocka_unit_test(ipv6_counts_by_its_first_64_bits),
        cmocka_unit_test(an_ipv4_mapped_peer_counts_as_ipv4),
        cmocka_unit_test(without_a_limit_nothing_is_counted),
        cmocka_unit_test(a_peer_without_an_ip_address_is_not_counted),
        cmocka_unit_test(many_addresses_come_and_go),
        cmocka_unit_test(the_limit_holds_between_threads),
        cmocka_unit_test(an_address_may_come_as_often_as_the_limit_says),
        cmocka_unit_test(handshakes_of_ipv6_count_by_its_first_64_bits),
        cmocka_unit_test(a_connection_does_not_make_its_address_forget),
        cmocka_unit_test(a_spray_of_addresses_makes_the_table_no_larger_than_its_bound),
        cmocka_unit_test(what_is_full_again_is_forgotten),
        cmocka_unit_test(without_a_limit_of_handshakes_all_pass),
        cmocka_unit_test(an_address_is_news_once_and_64_of_them_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
