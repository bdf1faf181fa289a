/* What each address has open, and how fast it comes: connections and handshakes; shared by all
 * workers, touched at accept, handshake and close only (DESIGN ⚖2: sharded mutexes). IPv6 counts by
 * /64. An address that has nothing open is forgotten when its bucket is full again, or when so many
 * others came since that there is no room for it. */
#ifndef CHAT_NET_ADDRESS_H
#define CHAT_NET_ADDRESS_H

#include "config/cidr.h"
#include "core/bucket.h"
#include "core/hash.h"

#include <sys/socket.h>

struct chat_address_table;
struct chat_address; /* one counted connection's hold on its address */

struct chat_address_limits {
    uint32_t connections; /* of one address; 0: no limit */
    uint32_t handshakes;  /* of one address in a second; 0: no limit */
    uint32_t idle;        /* addresses that are known without a connection, at least */
};

/* Returns owned. */
struct chat_address_table *chat_address_table_create(const struct chat_secrets *secrets,
                                                     const struct chat_address_limits *limits);
/* Other limits from now on; what was not counted so far stays uncounted. Any thread. */
void chat_address_table_limit(struct chat_address_table *table,
                              const struct chat_address_limits *limits);
/* Nothing is held any more. */
void chat_address_table_destroy(struct chat_address_table *table);

/* Counts one more connection of the address. False: it is over the limit, and not counted.
 * *ret_hold is NULL where nothing is counted (no limit, no IP address). `ip` may be NULL. Any
 * thread. */
bool chat_address_take(struct chat_address_table *table, const struct chat_ip *ip,
                       struct chat_address **ret_hold);
/* Any thread. NULL is fine. */
void chat_address_give(struct chat_address_table *table, struct chat_address *hold);

/* Counts one more handshake of the address. Returns 0, or for how long it is to wait, and then it
 * is not counted. `ip` may be NULL. Any thread. */
uint64_t chat_address_handshake(struct chat_address_table *table, const struct chat_ip *ip,
                                uint64_t now_ms);

/* True once for an address, and for no more than 64 of them: what is said of it is worth one line
 * in the log. Any thread. */
bool chat_address_is_news(struct chat_address_table *table, const struct chat_ip *ip);

/* False: the peer has no IP address. */
bool chat_address_of(const struct sockaddr *peer, struct chat_ip *ret_ip);
/* An address as people write it, in `out`. */
struct chat_slice chat_address_spell(const struct chat_ip *ip, char *out, size_t size);
/* "ADDRESS:PORT", IPv6 in brackets, an IPv4-mapped one as IPv4; else empty. */
struct chat_slice chat_address_text(const struct sockaddr *peer, char *out, size_t size);

#endif
