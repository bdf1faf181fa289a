/* The two grammars. */
#include "net/proxy_header.h"

#include <string.h>

enum {
    HEAD = 16, /* of version 2: signature, version and command, family, length */
    PAIR_V4 = 12,
    PAIR_V6 = 36,
    PAIR_UNIX = 216,
    PORT_MAX = 65535,
};

static const char signature[12] = "\r\n\r\n\0\r\nQUIT\n";

static bool is_whole_line(const struct chat_proxy_header *header)
{
    return header->kept >= 2 && memcmp(header->bytes + header->kept - 2, "\r\n", 2) == 0;
}

/* The next word of a line: up to one space, or the line's end. Empty: there is none. */
static struct chat_word {
    const char *bytes;
    size_t length;
} next_word(const char **at, const char *end)
{
    const char *from = *at, *space = memchr(from, ' ', (size_t)(end - from));
    const char *to = space != NULL ? space : end;
    *at = space != NULL ? space + 1 : end;
    return (struct chat_word){from, (size_t)(to - from)};
}

static bool is_port(struct chat_word word)
{
    unsigned port = 0;
    if (word.length == 0 || word.length > 5 || (word.length > 1 && word.bytes[0] == '0'))
        return false;
    for (size_t i = 0; i < word.length; i++) {
        if (word.bytes[i] < '0' || word.bytes[i] > '9')
            return false;
        port = 10 * port + (unsigned)(word.bytes[i] - '0');
    }
    return port <= PORT_MAX;
}

/* PROXY TCP4 SOURCE DESTINATION PORT PORT, or UNKNOWN and whatever follows it. */
static enum chat_proxy_state judge_line(struct chat_proxy_header *header)
{
    const char *at = header->bytes + 6, *end = header->bytes + header->kept - 2;
    struct chat_word family = next_word(&at, end);
    struct chat_ip source, destination;

    if (family.length == 7 && memcmp(family.bytes, "UNKNOWN", 7) == 0)
        return CHAT_PROXY_LOCAL;
    if (family.length != 4 || memcmp(family.bytes, "TCP", 3) != 0 ||
        (family.bytes[3] != '4' && family.bytes[3] != '6'))
        return CHAT_PROXY_BAD;
    bool is_v4 = family.bytes[3] == '4';
    struct chat_word from = next_word(&at, end), to = next_word(&at, end);
    struct chat_word from_port = next_word(&at, end), to_port = next_word(&at, end);
    if (!chat_ip_read(from.bytes, from.length, &source) ||
        !chat_ip_read(to.bytes, to.length, &destination) || !is_port(from_port) ||
        !is_port(to_port) || to_port.bytes + to_port.length != end ||
        (memchr(from.bytes, ':', from.length) == NULL) != is_v4 ||
        (memchr(to.bytes, ':', to.length) == NULL) != is_v4)
        return CHAT_PROXY_BAD;
    header->client = source;
    return CHAT_PROXY_CLIENT;
}

static enum chat_proxy_state feed_line(struct chat_proxy_header *header, const char *bytes,
                                       size_t length, size_t *ret_used)
{
    static const char opening[] = "PROXY ";
    size_t used = 0;

    while (used < length && header->kept < CHAT_PROXY_LINE_MAX) {
        header->bytes[header->kept++] = bytes[used++];
        size_t checked = header->kept < 6 ? header->kept : 6;
        if (memcmp(header->bytes, opening, checked) != 0)
            return CHAT_PROXY_BAD;
        if (is_whole_line(header)) {
            *ret_used = used;
            return judge_line(header);
        }
    }
    *ret_used = used;
    return header->kept == CHAT_PROXY_LINE_MAX ? CHAT_PROXY_BAD : CHAT_PROXY_MORE;
}

/* Behind the length: what is kept of version 2 are two addresses with their ports. */
static size_t pair_of(const struct chat_proxy_header *header)
{
    static const size_t pairs[] = {0, PAIR_V4, PAIR_V6, PAIR_UNIX};
    return pairs[(unsigned char)header->bytes[13] >> 4];
}

static size_t rest_of(const struct chat_proxy_header *header)
{
    return (size_t)(unsigned char)header->bytes[14] << 8 | (unsigned char)header->bytes[15];
}

/* Version 2; LOCAL or PROXY; a family and a protocol that exist; room for what the family has. */
static bool is_good_head(const struct chat_proxy_header *header)
{
    unsigned command = (unsigned char)header->bytes[12], family = (unsigned char)header->bytes[13];
    if ((command != 0x20 && command != 0x21) || family >> 4 > 3 || (family & 15) > 2)
        return false;
    if (HEAD + rest_of(header) > CHAT_PROXY_HEADER_MAX)
        return false;
    return command == 0x20 || rest_of(header) >= pair_of(header);
}

static enum chat_proxy_state judge_binary(struct chat_proxy_header *header)
{
    bool speaks_for_another = header->bytes[12] == 0x21;
    const char *source = header->bytes + HEAD;

    if (speaks_for_another && pair_of(header) == PAIR_V4) {
        header->client = (struct chat_ip){{[10] = 0xff, [11] = 0xff}};
        memcpy(header->client.bytes + 12, source, 4);
        return CHAT_PROXY_CLIENT;
    }
    if (speaks_for_another && pair_of(header) == PAIR_V6) {
        memcpy(header->client.bytes, source, sizeof(header->client.bytes));
        return CHAT_PROXY_CLIENT;
    }
    return CHAT_PROXY_LOCAL;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static enum chat_proxy_state feed_binary(struct chat_proxy_header *header, const char *bytes,
                                         size_t length, size_t *ret_used)
{
    size_t used = 0;

    for (; header->kept < HEAD && used < length; used++) {
        header->bytes[header->kept++] = bytes[used];
        if (memcmp(header->bytes, signature, least(header->kept, sizeof(signature))) != 0 ||
            (header->kept == HEAD && !is_good_head(header)))
            return CHAT_PROXY_BAD;
    }
    *ret_used = used;
    if (header->kept < HEAD)
        return CHAT_PROXY_MORE;
    /* Two IPv6 addresses with ports are the most that is looked at; the rest is passed over. */
    size_t rest = rest_of(header), wanted = HEAD + least(rest, PAIR_V6);
    size_t n = least(wanted - header->kept, length - used);
    memcpy(header->bytes + header->kept, bytes + used, n);
    header->kept = (uint16_t)(header->kept + n);
    used += n;
    n = least(HEAD + rest - wanted - header->skipped, length - used);
    header->skipped = (uint16_t)(header->skipped + n);
    *ret_used = used + n;
    return (size_t)header->kept + header->skipped == HEAD + rest ? judge_binary(header)
                                                                 : CHAT_PROXY_MORE;
}

enum chat_proxy_state chat_proxy_header_feed(struct chat_proxy_header *header, const char *bytes,
                                             size_t length, size_t *ret_used)
{
    *ret_used = 0;
    if (length == 0)
        return CHAT_PROXY_MORE;
    char first = header->kept > 0 ? header->bytes[0] : bytes[0];
    return first == '\r' ? feed_binary(header, bytes, length, ret_used)
                         : feed_line(header, bytes, length, ret_used);
}
