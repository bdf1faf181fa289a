/* X-Forwarded-For and Forwarded: who is behind the proxies, and what nobody can make believe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "net/address.h"
#include "net/forwarded.h"

/* 10.0.0.0/8 and fd00::/8 */
static const struct chat_cidr trusted[] = {
    {{{[10] = 0xff, [11] = 0xff, [12] = 10}}, 104},
    {{{[0] = 0xfd}}, 8},
};
static const struct chat_proxies proxies = {trusted, 2};

static struct chat_ip ip_of(const char *text)
{
    struct chat_ip ip;
    assert_true(chat_ip_read(text, strlen(text), &ip));
    return ip;
}

typedef void add(struct chat_hops *hops, struct chat_slice value);

/* In memory of just its size, so that a sanitizer sees each byte too many. */
static void add_value(add *add_to, struct chat_hops *hops, const char *value)
{
    size_t length = strlen(value);
    char *exact = malloc(length + 1);
    memcpy(exact + 1, value, length);
    add_to(hops, (struct chat_slice){exact + 1, length});
    free(exact);
}

static void assert_client(const struct chat_hops *hops, const char *peer, const char *client)
{
    char text[64];
    struct chat_ip from = ip_of(peer), got = *chat_hops_client(hops, &proxies, &from);
    struct chat_slice spelled = chat_address_spell(&got, text, sizeof(text));
    if (spelled.length != strlen(client) || memcmp(text, client, spelled.length) != 0)
        fail_msg("%.*s should be %s", (int)spelled.length, text, client);
}

struct row {
    const char *value, *client;
};

static void assert_rows(add *add_to, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct chat_hops hops = {.count = 0};
        add_value(add_to, &hops, rows[i].value);
        assert_client(&hops, "10.0.0.1", rows[i].client);
        assert_client(&hops, "192.0.2.9", "192.0.2.9");
    }
}

static void x_forwarded_for_is_walked_from_its_end(void **state)
{
    static const struct row rows[] = {
        {"203.0.113.7", "203.0.113.7"},
        {"203.0.113.7:4711", "203.0.113.7"},
        {" \t203.0.113.7 ", "203.0.113.7"},
        {"2001:db8::7", "2001:db8::7"},
        {"[2001:db8::7]", "2001:db8::7"},
        {"[2001:db8::7]:4711", "2001:db8::7"},
        {"1.1.1.1, 203.0.113.7", "203.0.113.7"},
        {"1.1.1.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"},
        {"1.1.1.1,203.0.113.7,10.0.0.3,fd00::1", "203.0.113.7"},
        {"10.0.0.3, 10.0.0.2", "10.0.0.3"},
        {"1.1.1.1, unknown", "10.0.0.1"},
        {"1.1.1.1, unknown, 10.0.0.2", "10.0.0.2"},
        {"1.1.1.1,", "10.0.0.1"},
        {"", "10.0.0.1"},
        {",", "10.0.0.1"},
        {"1.1.1.1, _hidden", "10.0.0.1"},
        {"1.1.1.1.1", "10.0.0.1"},
        {"203.0.113.7:", "203.0.113.7"},
        {"[203.0.113.7]", "10.0.0.1"},
        {"[2001:db8::7", "10.0.0.1"},
        {"[2001:db8::7]4711", "10.0.0.1"},
        {"2001:db8::7%eth0", "10.0.0.1"},
        {"::ffff:203.0.113.7", "203.0.113.7"},
        {"::ffff:10.0.0.2", "10.0.0.2"},
        {"\"203.0.113.7\"", "10.0.0.1"},
    };
    (void)state;
    assert_rows(chat_hops_add_x_forwarded_for, rows, sizeof(rows) / sizeof(rows[0]));
}

static void forwarded_is_walked_from_its_end(void **state)
{
    static const struct row rows[] = {
        {"for=203.0.113.7", "203.0.113.7"},
        {"For=203.0.113.7;proto=https;by=10.0.0.1", "203.0.113.7"},
        {"proto=https; FOR=203.0.113.7", "203.0.113.7"},
        {"for=\"203.0.113.7:4711\"", "203.0.113.7"},
        {"for=\"[2001:db8::7]:4711\"", "2001:db8::7"},
        {"for=\"[2001:db8::7]\"", "2001:db8::7"},
        {"for=1.1.1.1, for=203.0.113.7", "203.0.113.7"},
        {"for=1.1.1.1, for=203.0.113.7;by=x , for=10.0.0.2", "203.0.113.7"},
        {"for=10.0.0.3,for=\"[fd00::2]\"", "10.0.0.3"},
        {"for=1.1.1.1, for=unknown", "10.0.0.1"},
        {"for=1.1.1.1, for=\"_gazonk\"", "10.0.0.1"},
        {"for=1.1.1.1, proto=https", "10.0.0.1"},
        {"for=1.1.1.1,", "10.0.0.1"},
        {"", "10.0.0.1"},
        {"for=", "10.0.0.1"},
        {"for=\"", "10.0.0.1"},
        {"for=\"\"", "10.0.0.1"},
        {"xfor=203.0.113.7", "10.0.0.1"},
        {"for =203.0.113.7", "10.0.0.1"},
        {"host=\"a,for=1.1.1.1\";for=203.0.113.7", "203.0.113.7"},
        {"host=\"a\\\",for=1.1.1.1\";for=203.0.113.7", "203.0.113.7"},
        {"host=\"a;for=1.1.1.1\";for=203.0.113.7", "203.0.113.7"},
        /* a client's quote without an end swallows what the proxy appends */
        {"for=\"1.1.1.1, for=203.0.113.7", "10.0.0.1"},
        {"for=1.1.1.1;x=\", for=203.0.113.7", "10.0.0.1"},
        {"for=1.1.1.1;x=\"\\", "10.0.0.1"},
    };
    (void)state;
    assert_rows(chat_hops_add_forwarded, rows, sizeof(rows) / sizeof(rows[0]));
}

static void a_repeated_header_goes_on(void **state)
{
    struct chat_hops hops = {.count = 0};

    (void)state;
    add_value(chat_hops_add_x_forwarded_for, &hops, "1.1.1.1");
    add_value(chat_hops_add_x_forwarded_for, &hops, "203.0.113.7, 10.0.0.2");
    add_value(chat_hops_add_x_forwarded_for, &hops, "10.0.0.3");
    assert_client(&hops, "10.0.0.1", "203.0.113.7");
}

static void without_a_list_the_client_is_the_peer(void **state)
{
    struct chat_hops hops = {.count = 0};
    (void)state;
    assert_client(&hops, "10.0.0.1", "10.0.0.1");
    assert_client(&hops, "192.0.2.1", "192.0.2.1");
}

static void of_a_long_list_the_last_hops_count(void **state)
{
    struct chat_hops hops = {.count = 0};

    (void)state;
    add_value(chat_hops_add_x_forwarded_for, &hops, "203.0.113.7");
    for (unsigned i = 0; i < CHAT_HOPS_MAX - 1; i++)
        add_value(chat_hops_add_x_forwarded_for, &hops, "10.0.0.2");
    assert_client(&hops, "10.0.0.1", "203.0.113.7");
    add_value(chat_hops_add_x_forwarded_for, &hops, "10.0.0.3");
    assert_client(&hops, "10.0.0.1", "10.0.0.2");
}

/* As is one that has come by a Unix socket. */
static void a_peer_without_an_address_speaks_if_unix_is_trusted(void **state)
{
    static const struct chat_cidr by_unix[] = {{.bits = CHAT_CIDR_UNIX}};
    static const struct chat_proxies trusts = {by_unix, 1};
    struct chat_hops hops = {.count = 0}, none = {.count = 0};
    struct chat_ip honest = ip_of("203.0.113.7");

    (void)state;
    add_value(chat_hops_add_x_forwarded_for, &hops, "1.1.1.1, 203.0.113.7");
    assert_memory_equal(chat_hops_client(&hops, &trusts, NULL), &honest, sizeof(honest));
    assert_null(chat_hops_client(&hops, &proxies, NULL));
    assert_null(chat_hops_client(&none, &trusts, NULL));
    add_value(chat_hops_add_x_forwarded_for, &none, "unknown");
    assert_null(chat_hops_client(&none, &trusts, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(x_forwarded_for_is_walked_from_its_end),
        cmocka_unit_test(forwarded_is_walked_from_its_end),
        cmocka_unit_test(a_repeated_header_goes_on),
        cmocka_unit_test(without_a_list_the_client_is_the_peer),
        cmocka_unit_test(of_a_long_list_the_last_hops_count),
        cmocka_unit_test(a_peer_without_an_address_speaks_if_unix_is_trusted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
