/* How many connections each peer's address has; shared by all workers, touched at accept and close
 * only (DESIGN ⚖2: sharded mutexes). IPv6 counts by /64. */
#ifndef CHAT_NET_ADDRESS_H
#define CHAT_NET_ADDRESS_H

#include "core/hash.h"

#include <stdbool.h>
#include <sys/socket.h>

struct chat_address_table;
struct chat_address; /* one counted connection's hold on its address */

/* Returns owned. `limit` 0: no limit, nothing is counted. */
struct chat_address_table *chat_address_table_create(const struct chat_secrets *secrets,
                                                     uint32_t limit);
/* Nothing is held any more. */
void chat_address_table_destroy(struct chat_address_table *table);

/* Counts one more connection of the peer. False: it is over the limit, and not counted. *ret_hold
 * is NULL where nothing is counted (no limit, no IP address). Any thread. */
bool chat_address_take(struct chat_address_table *table, const struct sockaddr *peer,
                       struct chat_address **ret_hold);
/* Any thread. NULL is fine. */
void chat_address_give(struct chat_address_table *table, struct chat_address *hold);

/* "ADDRESS:PORT", IPv6 in brackets, an IPv4-mapped one as IPv4; else empty. */
struct chat_slice chat_address_text(const struct sockaddr *peer, char *out, size_t size);

#endif
