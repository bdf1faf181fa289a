/* Addresses, and the ranges that hold them. */
#include "config/cidr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *range, *ip;
    bool holds;
} rows[] = {
    {"10.0.0.0/8", "10.0.0.0", true},
    {"10.0.0.0/8", "10.255.255.255", true},
    {"10.0.0.0/8", "11.0.0.0", false},
    {"10.0.0.0/8", "9.255.255.255", false},
    {"10.0.0.0/8", "::ffff:10.1.2.3", true},
    {"10.0.0.0/8", "::10.1.2.3", false},
    {"172.16.0.0/12", "172.31.255.255", true},
    {"172.16.0.0/12", "172.32.0.0", false},
    {"192.0.2.128/25", "192.0.2.128", true},
    {"192.0.2.128/25", "192.0.2.127", false},
    {"192.0.2.1", "192.0.2.1", true},
    {"192.0.2.1", "192.0.2.2", false},
    {"192.0.2.1/32", "192.0.2.1", true},
    {"192.0.2.0/31", "192.0.2.1", true},
    {"192.0.2.0/31", "192.0.2.2", false},
    {"0.0.0.0/0", "255.255.255.255", true},
    {"0.0.0.0/0", "2001:db8::1", false},
    {"::/0", "2001:db8::1", true},
    {"::/0", "192.0.2.1", true},
    {"2001:db8::/32", "2001:db8:ffff::", true},
    {"2001:db8::/32", "2001:db9::", false},
    {"::1", "::1", true},
    {"::1/128", "::2", false},
    {"fe80::/10", "febf::1", true},
    {"fe80::/10", "fec0::1", false},
    {"::ffff:10.0.0.0/104", "10.9.9.9", true},
};

static void a_range_holds_what_has_its_first_bits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct chat_cidr cidr;
        struct chat_ip ip;
        assert_null(chat_cidr_read(rows[i].range, strlen(rows[i].range), &cidr));
        assert_true(chat_ip_read(rows[i].ip, strlen(rows[i].ip), &ip));
        if (chat_cidr_holds(&cidr, &ip) != rows[i].holds)
            fail_msg("%s in %s should be %d", rows[i].ip, rows[i].range, rows[i].holds);
    }
}

static void what_is_no_range_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/08",
        "10.0.0.0/+8",
        "10.0.0.0/8 ",
        " 10.0.0.0/8",
        "10.0.0/8",
        "10.0.0.1/8",
        "10/8",
        "10.0.0.0/8/8",
        "::1/129",
        "::1/127",
        "2001:db8::g",
        "[::1]",
        "fe80::1%lo",
        "localhost",
        "10.0.0.0/1000",
        "all",
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct chat_cidr cidr;
        if (chat_cidr_read(wrong[i], strlen(wrong[i]), &cidr) == NULL)
            fail_msg("\"%s\" was taken", wrong[i]);
    }
}

static void only_the_length_that_is_given_is_read(void **state)
{
    struct chat_cidr cidr;
    struct chat_ip ip;

    (void)state;
    assert_null(chat_cidr_read("10.0.0.0/80", 10, &cidr));
    assert_int_equal(cidr.bits, 104);
    assert_true(chat_ip_read("192.0.2.123", 9, &ip));
    assert_int_equal(ip.bytes[15], 1);
    assert_false(chat_ip_read("192.0.2.1\0", 10, &ip));
}

static void ipv4_is_known_in_either_form(void **state)
{
    struct chat_ip ip;

    (void)state;
    assert_true(chat_ip_read("192.0.2.1", 9, &ip) && chat_ip_is_v4(&ip));
    assert_true(chat_ip_read("::ffff:192.0.2.1", 16, &ip) && chat_ip_is_v4(&ip));
    assert_true(chat_ip_read("2001:db8::1", 11, &ip) && !chat_ip_is_v4(&ip));
}

static void unix_stands_for_peers_without_an_address_only(void **state)
{
    struct chat_cidr cidr, all;
    struct chat_ip ip;

    (void)state;
    assert_null(chat_cidr_read("unix:", 5, &cidr));
    assert_null(chat_cidr_read("::/0", 4, &all));
    assert_true(chat_ip_read("::", 2, &ip));
    assert_true(chat_cidr_holds(&cidr, NULL) && !chat_cidr_holds(&all, NULL));
    assert_false(chat_cidr_holds(&cidr, &ip));
    assert_non_null(chat_cidr_read("unix:/8", 7, &cidr));
    assert_non_null(chat_cidr_read("unix", 4, &cidr));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_holds_what_has_its_first_bits),
        cmocka_unit_test(what_is_no_range_is_refused),
        cmocka_unit_test(only_the_length_that_is_given_is_read),
        cmocka_unit_test(ipv4_is_known_in_either_form),
        cmocka_unit_test(unix_stands_for_peers_without_an_address_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
