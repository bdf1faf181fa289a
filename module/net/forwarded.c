/* The two headers' grammars, and the walk along their lists. */
#include "net/forwarded.h"

#include <strings.h>

bool chat_proxies_trust(const struct chat_proxies *proxies, const struct chat_ip *ip)
{
    for (size_t i = 0; i < proxies->count; i++)
        if (chat_cidr_holds(&proxies->ranges[i], ip))
            return true;
    return false;
}

static struct chat_slice trimmed(const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t'))
        from++;
    while (from < to && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    return (struct chat_slice){from, (size_t)(to - from)};
}

/* ADDRESS, IPV4:PORT, [IPV6] or [IPV6]:PORT; a port says nothing that counts here. */
static bool read_node(struct chat_slice node, struct chat_ip *ret_ip)
{
    const char *end = node.bytes + node.length;
    if (node.length > 0 && node.bytes[0] == '[') {
        const char *close = memchr(node.bytes, ']', node.length);
        return close != NULL && (close + 1 == end || close[1] == ':') &&
               memchr(node.bytes + 1, ':', (size_t)(close - node.bytes - 1)) != NULL &&
               chat_ip_read(node.bytes + 1, (size_t)(close - node.bytes - 1), ret_ip);
    }
    const char *colon = node.length > 0 ? memchr(node.bytes, ':', node.length) : NULL;
    if (colon != NULL && memchr(colon + 1, ':', (size_t)(end - colon - 1)) == NULL)
        end = colon;
    return chat_ip_read(node.bytes, (size_t)(end - node.bytes), ret_ip);
}

static void add(struct chat_hops *hops, struct chat_slice node)
{
    struct chat_hop *hop = &hops->hops[hops->count++ % CHAT_HOPS_MAX];
    hop->known = read_node(node, &hop->ip);
}

void chat_hops_add_x_forwarded_for(struct chat_hops *hops, struct chat_slice value)
{
    const char *at = value.bytes, *end = value.bytes + value.length;
    while (at <= end) {
        const char *comma = at < end ? memchr(at, ',', (size_t)(end - at)) : NULL;
        const char *to = comma != NULL ? comma : end;
        add(hops, trimmed(at, to));
        at = to + 1;
    }
}

/* Where the part that begins here ends: at one of the marks outside of a quoted string, or at the
 * end. NULL: a quoted string has no end. */
static const char *part_end(const char *at, const char *end, const char *marks)
{
    bool quoted = false;
    for (; at < end; at++) {
        if (*at == '"')
            quoted = !quoted;
        else if (quoted && *at == '\\' && at + 1 < end)
            at++;
        else if (!quoted && *at != '\0' && strchr(marks, *at) != NULL)
            return at;
    }
    return quoted ? NULL : end;
}

/* The value of `for` in one element, without quotes; an address needs no escapes. None: empty. */
static struct chat_slice for_of(struct chat_slice element)
{
    const char *at = element.bytes, *end = element.bytes + element.length, *to;
    for (; at < end; at = to + 1) {
        to = part_end(at, end, ";");
        struct chat_slice pair = trimmed(at, to);
        if (pair.length < 4 || strncasecmp(pair.bytes, "for=", 4) != 0)
            continue;
        struct chat_slice node = {pair.bytes + 4, pair.length - 4};
        if (node.length >= 2 && node.bytes[0] == '"' && node.bytes[node.length - 1] == '"')
            node = (struct chat_slice){node.bytes + 1, node.length - 2};
        return node;
    }
    return (struct chat_slice){end, 0};
}

void chat_hops_add_forwarded(struct chat_hops *hops, struct chat_slice value)
{
    const char *at = value.bytes, *end = value.bytes + value.length;
    while (at <= end) {
        const char *to = part_end(at, end, ",");
        if (to == NULL) { /* whose quotes these are nobody can say */
            add(hops, (struct chat_slice){end, 0});
            return;
        }
        add(hops, for_of((struct chat_slice){at, (size_t)(to - at)}));
        at = to + 1;
    }
}

const struct chat_ip *chat_hops_client(const struct chat_hops *hops,
                                       const struct chat_proxies *proxies,
                                       const struct chat_ip *peer)
{
    size_t left = hops->count < CHAT_HOPS_MAX ? hops->count : CHAT_HOPS_MAX;
    const struct chat_ip *client = peer;

    for (size_t i = hops->count; left > 0 && chat_proxies_trust(proxies, client); left--) {
        const struct chat_hop *hop = &hops->hops[--i % CHAT_HOPS_MAX];
        if (!hop->known)
            break;
        client = &hop->ip;
    }
    return client;
}
