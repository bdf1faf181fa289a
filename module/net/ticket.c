/* The newest key is the first. */
#include "net/ticket.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = CHAT_TICKET_OPENS_S / CHAT_TICKET_SEALS_S };

struct chat_tickets {
    pthread_mutex_t mutex;
    unsigned count;
    struct made_key {
        struct chat_ticket_key key;
        uint64_t made_s;
    } keys[KEYS];
};

struct chat_tickets *chat_tickets_create(void)
{
    struct chat_tickets *tickets = calloc(1, sizeof(*tickets));
    if (tickets == NULL)
        abort();
    pthread_mutex_init(&tickets->mutex, NULL);
    return tickets;
}

void chat_tickets_destroy(struct chat_tickets *tickets)
{
    pthread_mutex_destroy(&tickets->mutex);
    OPENSSL_cleanse(tickets, sizeof(*tickets));
    free(tickets);
}

static void forget_old(struct chat_tickets *tickets, uint64_t now_s)
{
    while (tickets->count > 0 &&
           now_s - tickets->keys[tickets->count - 1].made_s >= CHAT_TICKET_OPENS_S)
        OPENSSL_cleanse(&tickets->keys[--tickets->count], sizeof(struct made_key));
}

static void make_key(struct chat_tickets *tickets, uint64_t now_s)
{
    struct made_key *first = &tickets->keys[0];
    if (tickets->count < KEYS)
        tickets->count++;
    memmove(first + 1, first, (tickets->count - 1) * sizeof(*first));
    if (RAND_bytes((unsigned char *)&first->key, sizeof(first->key)) != 1)
        abort();
    first->made_s = now_s;
}

void chat_tickets_seal(struct chat_tickets *tickets, uint64_t now_s,
                       struct chat_ticket_key *ret_key)
{
    pthread_mutex_lock(&tickets->mutex);
    forget_old(tickets, now_s);
    if (tickets->count == 0 || now_s - tickets->keys[0].made_s >= CHAT_TICKET_SEALS_S)
        make_key(tickets, now_s);
    *ret_key = tickets->keys[0].key;
    pthread_mutex_unlock(&tickets->mutex);
}

bool chat_tickets_open(struct chat_tickets *tickets, uint64_t now_s, const unsigned char name[16],
                       struct chat_ticket_key *ret_key, bool *ret_is_old)
{
    bool found = false;

    pthread_mutex_lock(&tickets->mutex);
    forget_old(tickets, now_s);
    for (unsigned i = 0; i < tickets->count && !found; i++) {
        const struct made_key *made = &tickets->keys[i];
        found = memcmp(made->key.name, name, sizeof(made->key.name)) == 0;
        if (!found)
            continue;
        *ret_key = made->key;
        *ret_is_old = now_s - made->made_s >= CHAT_TICKET_SEALS_S;
    }
    pthread_mutex_unlock(&tickets->mutex);
    return found;
}
