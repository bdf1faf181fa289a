/* Origins against patterns (PROTOCOL §9), and what is no pattern. */
#include "config/origin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *pattern, *origin;
    bool matches;
} rows[] = {
    {"https://example.org", "https://example.org", true},
    {"https://example.org", "https://example.org:443", true},
    {"https://example.org:443", "https://example.org", true},
    {"https://example.org", "HTTPS://Example.ORG", true},
    {"HTTPS://EXAMPLE.org", "https://example.org", true},
    {"https://example.org", "http://example.org", false},
    {"https://example.org", "https://example.org:8443", false},
    {"https://example.org", "https://example.org:80", false},
    {"https://example.org", "https://example.org.evil.net", false},
    {"https://example.org", "https://evil-example.org", false},
    {"https://example.org", "https://a.example.org", false},
    {"https://example.org", "https://example.org/", false},
    {"https://example.org", "https://example.org.", false},
    {"https://example.org", "https://example.or", false},
    {"https://example.org", "https://example.org:", false},
    {"https://example.org", "https://example.org:0443", false},
    {"https://example.org", "https://user@example.org", false},
    {"https://example.org", "https://", false},
    {"https://example.org", "null", false},
    {"https://example.org", "", false},
    {"https://example.org", "https://example.org https://example.org", false},
    {"http://localhost:3000", "http://localhost:3000", true},
    {"http://localhost:3000", "http://localhost", false},
    {"http://localhost", "http://localhost:80", true},
    {"http://192.0.2.1:8080", "http://192.0.2.1:8080", true},
    {"https://[2001:db8::1]", "https://[2001:db8::1]", true},
    {"https://[2001:db8::1]", "https://[2001:db8::1]:443", true},
    {"https://[2001:db8::1]:8443", "https://[2001:DB8::1]:8443", true},
    {"https://[2001:db8::1]", "https://[2001:db8::2]", false},
    {"*.example.org", "https://a.example.org", true},
    {"*.example.org", "https://a.b.c.example.org", true},
    {"*.example.org", "https://A.EXAMPLE.org:443", true},
    {"*.Example.org", "https://a.example.org", true},
    {"*.example.org", "https://example.org", false},
    {"*.example.org", "https://.example.org", false},
    {"*.example.org", "https://evilexample.org", false},
    {"*.example.org", "https://a.example.org.evil.net", false},
    {"*.example.org", "http://a.example.org", false},
    {"*.example.org", "https://a.example.org:8443", false},
    {"*.example.org", "https://evil.net/.example.org", false},
    {"*.example.org", "https://evil.net#.example.org", false},
    {"*.example.org", "https://evil.net\\.example.org", false},
};

/* In memory of just its size, so that a sanitizer sees each byte too many. */
static bool matches(const char *pattern, const char *origin)
{
    size_t length = strlen(origin);
    char *exact = malloc(length + 1);
    memcpy(exact + 1, origin, length);
    bool result = chat_origin_matches(pattern, exact + 1, length);
    free(exact);
    return result;
}

static void an_origin_matches_as_the_protocol_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_null(chat_origin_wrong(rows[i].pattern, strlen(rows[i].pattern)));
        if (matches(rows[i].pattern, rows[i].origin) != rows[i].matches)
            fail_msg("%s for %s should be %d", rows[i].origin, rows[i].pattern, rows[i].matches);
    }
}

static void ports_are_numbers_from_1_to_65535(void **state)
{
    (void)state;
    assert_null(chat_origin_wrong("http://a:1", 10));
    assert_null(chat_origin_wrong("http://a:65535", 14));
    assert_non_null(chat_origin_wrong("http://a:0", 10));
    assert_non_null(chat_origin_wrong("http://a:65536", 14));
    assert_non_null(chat_origin_wrong("http://a:99999999999999999999", 29));
}

static void what_is_no_pattern_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "*",
        "*.",
        "*.a b",
        "*.*.org",
        "*example.org",
        "*..org",
        "*.org.",
        "*.org:443",
        "https://*.a",
        "example.org",
        "ftp://a.org",
        "https://",
        "https://a/",
        "https://a b",
        "https://a.org/x",
        "https://:443",
        "null",
        "https://[]",
        "https://[::1",
        "*.[::1]",
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (chat_origin_wrong(wrong[i], strlen(wrong[i])) == NULL)
            fail_msg("\"%s\" was taken", wrong[i]);
    assert_non_null(chat_origin_wrong("https://a\0b", 11));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_origin_matches_as_the_protocol_says),
        cmocka_unit_test(ports_are_numbers_from_1_to_65535),
        cmocka_unit_test(what_is_no_pattern_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
