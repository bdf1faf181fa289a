/* Origins as RFC 6454 §6.2 writes them, and the configuration's patterns. */
#include "config/origin.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

enum { PORT_HTTP = 80, PORT_HTTPS = 443, PORT_MAX = 65535 };

struct origin {
    bool https;
    const char *host;
    size_t host_length;
    unsigned port;
};

/* Of a name or, in brackets, of an IPv6 address. */
static bool is_host_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

static bool is_host(const char *host, size_t length)
{
    if (length > 2 && host[0] == '[' && host[length - 1] == ']') {
        for (size_t i = 1; i < length - 1; i++)
            if (!is_host_byte(host[i]) && host[i] != ':')
                return false;
        return true;
    }
    for (size_t i = 0; i < length; i++)
        if (!is_host_byte(host[i]))
            return false;
    return length > 0 && host[0] != '.' && host[length - 1] != '.';
}

static bool read_port(const char *digits, size_t length, unsigned *ret_port)
{
    unsigned port = 0;
    for (size_t i = 0; i < length; i++) {
        if (digits[i] < '0' || digits[i] > '9' || port > PORT_MAX)
            return false;
        port = 10 * port + (unsigned)(digits[i] - '0');
    }
    *ret_port = port;
    return port >= 1 && port <= PORT_MAX && digits[0] != '0';
}

static bool read_origin(const char *text, size_t length, struct origin *ret_origin)
{
    static const char http[] = "http://", https[] = "https://";
    struct origin origin = {.port = PORT_HTTP};
    size_t scheme = sizeof http - 1;

    if (length >= sizeof https - 1 && strncasecmp(text, https, sizeof https - 1) == 0) {
        origin.https = true;
        origin.port = PORT_HTTPS;
        scheme = sizeof https - 1;
    } else if (length < scheme || strncasecmp(text, http, scheme) != 0) {
        return false;
    }
    const char *end = text + length, *colon = end;
    origin.host = text + scheme;
    while (colon > origin.host && colon[-1] >= '0' && colon[-1] <= '9')
        colon--;
    if (colon == origin.host || colon[-1] != ':')
        colon = end; /* without a port */
    else if (!read_port(colon, (size_t)(end - colon), &origin.port))
        return false;
    else
        colon--;
    origin.host_length = (size_t)(colon - origin.host);
    *ret_origin = origin;
    return is_host(origin.host, origin.host_length);
}

static bool is_wildcard(const char *pattern, size_t length)
{
    return length > 2 && pattern[0] == '*' && pattern[1] == '.';
}

const char *chat_origin_wrong(const char *pattern, size_t length)
{
    struct origin origin;
    if (is_wildcard(pattern, length))
        return is_host(pattern + 2, length - 2) && pattern[2] != '[' ? NULL
                                                                     : "is not *. and a domain";
    return read_origin(pattern, length, &origin) ? NULL : "is not an origin";
}

static bool equal_hosts(const char *a, const char *b, size_t length)
{
    return strncasecmp(a, b, length) == 0;
}

bool chat_origin_matches(const char *pattern, const char *origin, size_t length)
{
    struct origin got, wanted;
    size_t pattern_length = strlen(pattern);

    if (!read_origin(origin, length, &got))
        return false;
    if (is_wildcard(pattern, pattern_length)) {
        const char *suffix = pattern + 1;
        size_t suffix_length = pattern_length - 1;
        return got.https && got.port == PORT_HTTPS && got.host_length > suffix_length &&
               equal_hosts(got.host + got.host_length - suffix_length, suffix, suffix_length);
    }
    return read_origin(pattern, pattern_length, &wanted) && got.https == wanted.https &&
           got.port == wanted.port && got.host_length == wanted.host_length &&
           equal_hosts(got.host, wanted.host, got.host_length);
}
