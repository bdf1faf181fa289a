/* The header that a proxy puts before a connection's own bytes: the PROXY protocol, versions 1 and
 * 2 (haproxy.org, proxy-protocol.txt). Bytes come as they come, in pieces of any size; none behind
 * the header is ever taken. Pure; any thread. */
#ifndef CHAT_NET_PROXY_HEADER_H
#define CHAT_NET_PROXY_HEADER_H

#include "config/cidr.h"

#include <stdint.h>

enum {
    CHAT_PROXY_LINE_MAX = 107,    /* of version 1, with its CR LF */
    CHAT_PROXY_HEADER_MAX = 4096, /* of version 2: far more than the extensions that are in use */
};

enum chat_proxy_state {
    CHAT_PROXY_MORE, /* the header goes on */
    CHAT_PROXY_CLIENT,
    CHAT_PROXY_LOCAL, /* the proxy speaks for itself, or does not know for whom */
    CHAT_PROXY_BAD,
};

/* All zero is before the first byte. */
struct chat_proxy_header {
    struct chat_ip client;           /* of CHAT_PROXY_CLIENT */
    uint16_t kept, skipped;          /* bytes */
    char bytes[CHAT_PROXY_LINE_MAX]; /* what counts of it: a line, or what stands before extensions
                                      */
};

/* Takes what of the bytes belongs to the header: *ret_used of them, all while it goes on. */
enum chat_proxy_state chat_proxy_header_feed(struct chat_proxy_header *header, const char *bytes,
                                             size_t length, size_t *ret_used);

#endif
