/* The keys of session tickets (RFC 5077, RFC 8446 §4.6.1): with one a client that was here before
 * is known again on any worker, without a full handshake. They are in memory only and change by
 * time; what an old one sealed is accepted for a while. Shared by all workers, touched at a TLS
 * handshake only (DESIGN ⚖2: a mutex). Any thread. */
#ifndef CHAT_NET_TICKET_H
#define CHAT_NET_TICKET_H

#include <stdbool.h>
#include <stdint.h>

enum {
    CHAT_TICKET_SEALS_S = 3600,     /* how long a key seals */
    CHAT_TICKET_OPENS_S = 3 * 3600, /* how long it opens, from the same beginning */
};

struct chat_ticket_key {
    unsigned char name[16], mac[32], cipher[32];
};

struct chat_tickets;

/* Returns owned. */
struct chat_tickets *chat_tickets_create(void);
void chat_tickets_destroy(struct chat_tickets *tickets);

/* The key that seals now; a clock that never goes back. */
void chat_tickets_seal(struct chat_tickets *tickets, uint64_t now_s,
                       struct chat_ticket_key *ret_key);
/* False: there is no such key (any more). *ret_is_old: a new ticket is due. */
bool chat_tickets_open(struct chat_tickets *tickets, uint64_t now_s, const unsigned char name[16],
                       struct chat_ticket_key *ret_key, bool *ret_is_old);

#endif
