/* Whom proxies say that they speak for: X-Forwarded-For and Forwarded (RFC 7239). Each proxy
 * appends the address that it was asked by, so the list is read from its end, past trusted
 * addresses only: what stands left of the first other one, that one could have written itself.
 * Pure; any thread. */
#ifndef CHAT_NET_FORWARDED_H
#define CHAT_NET_FORWARDED_H

#include "config/cidr.h"
#include "core/slice.h"

/* More proxies in a row than anybody has; of a longer list the last ones count. */
enum { CHAT_HOPS_MAX = 32 };

/* All zero is an empty list. */
struct chat_hops {
    struct chat_hop {
        struct chat_ip ip;
        bool known; /* else it was no address */
    } hops[CHAT_HOPS_MAX];
    size_t count; /* of all that were added */
};

/* The trusted ranges: borrowed. */
struct chat_proxies {
    const struct chat_cidr *ranges;
    size_t count;
};

/* `ip` NULL: a peer without an address, which `unix:` stands for. */
bool chat_proxies_trust(const struct chat_proxies *proxies, const struct chat_ip *ip);

/* Adds what one header's value says; a repeated header goes on where the one before ended. */
void chat_hops_add_x_forwarded_for(struct chat_hops *hops, struct chat_slice value);
void chat_hops_add_forwarded(struct chat_hops *hops, struct chat_slice value);

/* Who is behind the peer: the last in the list that is not trusted, or the first if all are. Nobody
 * is believed beyond a hop that is no address. `peer` may be NULL and is then returned as such
 * where nobody is named; the result is borrowed of it or of the hops. */
const struct chat_ip *chat_hops_client(const struct chat_hops *hops,
                                       const struct chat_proxies *proxies,
                                       const struct chat_ip *peer);

#endif
