/* The PROXY protocol's header, whole and in pieces of every size, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "net/address.h"
#include "net/proxy_header.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V4        "\xc0\x00\x02\x01\xc0\x00\x02\x02\x30\x39\x01\xbb"
#define V6                                                                                         \
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"                                                     \
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2"                                                     \
    "\x30\x39\x01\xbb"

struct header {
    const char *bytes;
    size_t length;
    enum chat_proxy_state state;
    const char *client;
};

#define BYTES(text) text, sizeof(text) - 1

static const struct header headers[] = {
    {BYTES("PROXY TCP4 192.0.2.1 192.0.2.2 12345 443\r\n"), CHAT_PROXY_CLIENT, "192.0.2.1"},
    {BYTES("PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n"), CHAT_PROXY_CLIENT, "255.255.255.255"},
    {BYTES("PROXY TCP6 2001:db8::1 ::1 1 2\r\n"), CHAT_PROXY_CLIENT, "2001:db8::1"},
    {BYTES("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n"), CHAT_PROXY_CLIENT, "192.0.2.1"},
    {BYTES("PROXY UNKNOWN\r\n"), CHAT_PROXY_LOCAL, NULL},
    {BYTES("PROXY UNKNOWN ffff::1 whatever it says\r\n"), CHAT_PROXY_LOCAL, NULL},
    {BYTES(SIGNATURE "\x21\x11\0\x0c" V4), CHAT_PROXY_CLIENT, "192.0.2.1"},
    {BYTES(SIGNATURE "\x21\x21\0\x24" V6), CHAT_PROXY_CLIENT, "2001:db8::1"},
    {BYTES(SIGNATURE "\x21\x11\0\x10" V4 "\x04\0\1x"), CHAT_PROXY_CLIENT, "192.0.2.1"},
    {BYTES(SIGNATURE "\x20\0\0\0"), CHAT_PROXY_LOCAL, NULL},
    {BYTES(SIGNATURE "\x20\x11\0\x0c" V4), CHAT_PROXY_LOCAL, NULL},
    {BYTES(SIGNATURE "\x21\0\0\3abc"), CHAT_PROXY_LOCAL, NULL},
};

/* The last byte is what makes it one. */
static const struct header refused[] = {
    {BYTES("G"), CHAT_PROXY_BAD, NULL},
    {BYTES("PROXX"), CHAT_PROXY_BAD, NULL},
    {BYTES("PROXY\t"), CHAT_PROXY_BAD, NULL},
    {BYTES("PROXY \r\n"), CHAT_PROXY_BAD, NULL},
    {BYTES("PROXY TCP4\r\n"), CHAT_PROXY_BAD, NULL},
    {BYTES("PROXY TCP5 1.1.1.1 1.1.1.1 1 1\r\n"), CHAT_PROXY_BAD, NULL},
    {BYTES("PROXY TCP4 ::1 ::1 1 1\r\n"), CHAT_PROXY_BAD, NULL},
    {BYTES("PROXY TCP6 1.1.1.1 ::1 1 1\r\n"), CHAT_PROXY_BAD, NULL},
    {BYTES("PROXY TCP6 ::1 1.1.1.1 1 1\r\n"), CHAT_PROXY_BAD, NULL},
    {BYTES("PROXY TCP4 1.1.1 1.1.1.1 1 1\r\n"), CHAT_PROXY_BAD, NULL},
    {BYTES("PROXY TCP4  1.1.1.1 1.1.1.1 1 1\r\n"), CHAT_PROXY_BAD, NULL},
    {BYTES("PROXY TCP4 1.1.1.1 1.1.1.1 1\r\n"), CHAT_PROXY_BAD, NULL},
    {BYTES("PROXY TCP4 1.1.1.1 1.1.1.1 1 65536\r\n"), CHAT_PROXY_BAD, NULL},
    {BYTES("PROXY TCP4 1.1.1.1 1.1.1.1 01 1\r\n"), CHAT_PROXY_BAD, NULL},
    {BYTES("PROXY TCP4 1.1.1.1 1.1.1.1 -1 1\r\n"), CHAT_PROXY_BAD, NULL},
    {BYTES("PROXY TCP4 1.1.1.1 1.1.1.1 1 1 \r\n"), CHAT_PROXY_BAD, NULL},
    {BYTES("PROXY TCP4 1.1.1.1 1.1.1.1 1 1\n\r\n"), CHAT_PROXY_BAD, NULL},
    {BYTES("\r\n\r\n\r"), CHAT_PROXY_BAD, NULL},
    {BYTES(SIGNATURE "\x11\x11\0\x0c"), CHAT_PROXY_BAD, NULL},
    {BYTES(SIGNATURE "\x22\x11\0\x0c"), CHAT_PROXY_BAD, NULL},
    {BYTES(SIGNATURE "\x21\x41\0\x0c"), CHAT_PROXY_BAD, NULL},
    {BYTES(SIGNATURE "\x21\x13\0\x0c"), CHAT_PROXY_BAD, NULL},
    {BYTES(SIGNATURE "\x21\x11\0\x0b"), CHAT_PROXY_BAD, NULL},
    {BYTES(SIGNATURE "\x21\x21\0\x23"), CHAT_PROXY_BAD, NULL},
    {BYTES(SIGNATURE "\x21\x31\0\xd7"), CHAT_PROXY_BAD, NULL},
};

/* In memory of just its size, so that a sanitizer sees each byte too many. */
static enum chat_proxy_state feed(struct chat_proxy_header *header, const char *bytes,
                                  size_t length, size_t *ret_used)
{
    char *exact = malloc(length + 1);
    memcpy(exact + 1, bytes, length);
    enum chat_proxy_state state = chat_proxy_header_feed(header, exact + 1, length, ret_used);
    free(exact);
    return state;
}

static void assert_client(const struct header *expected, const struct chat_proxy_header *header)
{
    char text[64];
    if (expected->client == NULL)
        return;
    struct chat_slice spelled = chat_address_spell(&header->client, text, sizeof(text));
    assert_int_equal(spelled.length, strlen(expected->client));
    assert_memory_equal(text, expected->client, spelled.length);
}

/* In two pieces, cut after `first` bytes, with `more` bytes of something else behind. */
static void assert_cut(const struct header *expected, size_t first, const char *more)
{
    struct chat_proxy_header header = {.kept = 0};
    size_t used, length = expected->length - first + strlen(more);
    char rest[512];

    if (first > 0 && first < expected->length) {
        assert_int_equal(feed(&header, expected->bytes, first, &used), CHAT_PROXY_MORE);
        assert_int_equal(used, first);
    }
    memcpy(rest, expected->bytes + first, expected->length - first);
    memcpy(rest + expected->length - first, more, strlen(more));
    assert_int_equal(feed(&header, rest, length, &used), expected->state);
    if (expected->state != CHAT_PROXY_BAD)
        assert_int_equal(used, expected->length - first);
    assert_client(expected, &header);
}

static void a_header_is_read_wherever_it_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        for (size_t cut = 0; cut < headers[i].length; cut++) {
            assert_cut(&headers[i], cut, "");
            assert_cut(&headers[i], cut, "GET / HTTP/1.1\r\n");
        }
}

static void a_header_is_read_byte_by_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        struct chat_proxy_header header = {.kept = 0};
        size_t used;
        for (size_t at = 0; at < headers[i].length; at++) {
            bool is_last = at + 1 == headers[i].length;
            assert_int_equal(feed(&header, headers[i].bytes + at, 1, &used),
                             is_last ? headers[i].state : CHAT_PROXY_MORE);
            assert_int_equal(used, 1);
        }
        assert_client(&headers[i], &header);
    }
}

static void what_is_no_header_is_refused_at_the_byte_that_shows_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        for (size_t cut = 0; cut < refused[i].length; cut++)
            assert_cut(&refused[i], cut, "");
}

static void a_line_has_107_bytes_at_most(void **state)
{
    struct chat_proxy_header header = {.kept = 0};
    char line[CHAT_PROXY_LINE_MAX + 1];
    size_t used;

    (void)state;
    memset(line, 'x', sizeof(line));
    memcpy(line, "PROXY UNKNOWN ", 14);
    memcpy(line + CHAT_PROXY_LINE_MAX - 2, "\r\n", 2);
    assert_int_equal(feed(&header, line, CHAT_PROXY_LINE_MAX, &used), CHAT_PROXY_LOCAL);
    memcpy(line + CHAT_PROXY_LINE_MAX - 2, "x\r\n", 3);
    header = (struct chat_proxy_header){.kept = 0};
    assert_int_equal(feed(&header, line, sizeof(line), &used), CHAT_PROXY_BAD);
}

static void a_binary_header_has_4096_bytes_at_most(void **state)
{
    char bytes[CHAT_PROXY_HEADER_MAX] = SIGNATURE "\x21\x11\x0f\xf0" V4;
    size_t used;

    (void)state;
    for (size_t cut = 1; cut < sizeof(bytes); cut += 61) {
        struct chat_proxy_header header = {.kept = 0};
        assert_int_equal(feed(&header, bytes, cut, &used), CHAT_PROXY_MORE);
        assert_int_equal(feed(&header, bytes + cut, sizeof(bytes) - cut, &used), CHAT_PROXY_CLIENT);
        assert_int_equal(used, sizeof(bytes) - cut);
    }
    bytes[15] = '\xf1';
    struct chat_proxy_header longer = {.kept = 0};
    assert_int_equal(feed(&longer, bytes, 16, &used), CHAT_PROXY_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_is_read_wherever_it_is_cut),
        cmocka_unit_test(a_header_is_read_byte_by_byte),
        cmocka_unit_test(what_is_no_header_is_refused_at_the_byte_that_shows_it),
        cmocka_unit_test(a_line_has_107_bytes_at_most),
        cmocka_unit_test(a_binary_header_has_4096_bytes_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
