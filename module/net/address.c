/* Sixteen shards, each a table under its own mutex. */
#include "net/address.h"

#include "core/table.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHARDS = 16, KEY_BYTES = 9 };

struct chat_address {
    uint32_t hash;
    uint32_t count;
    char key[KEY_BYTES]; /* family, then an IPv4 address or an IPv6 /64 */
};

struct chat_address_table {
    const struct chat_secrets *secrets;
    uint32_t limit;
    struct {
        pthread_mutex_t mutex;
        struct chat_table table;
    } shards[SHARDS];
};

struct chat_address_table *chat_address_table_create(const struct chat_secrets *secrets,
                                                     uint32_t limit)
{
    struct chat_address_table *table = calloc(1, sizeof(*table));
    if (table == NULL)
        abort();
    table->secrets = secrets;
    table->limit = limit;
    for (unsigned i = 0; i < SHARDS; i++)
        pthread_mutex_init(&table->shards[i].mutex, NULL);
    return table;
}

void chat_address_table_destroy(struct chat_address_table *table)
{
    for (unsigned i = 0; i < SHARDS; i++) {
        chat_table_finish(&table->shards[i].table);
        pthread_mutex_destroy(&table->shards[i].mutex);
    }
    free(table);
}

static bool key_of(const struct sockaddr *peer, char key[KEY_BYTES])
{
    memset(key, 0, KEY_BYTES);
    if (peer->sa_family == AF_INET) {
        key[0] = 4;
        memcpy(key + 1, &((const struct sockaddr_in *)peer)->sin_addr, 4);
        return true;
    }
    if (peer->sa_family != AF_INET6)
        return false;
    const struct in6_addr *address = &((const struct sockaddr_in6 *)peer)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(address)) {
        key[0] = 4;
        memcpy(key + 1, &address->s6_addr[12], 4);
    } else {
        key[0] = 6;
        memcpy(key + 1, address->s6_addr, 8);
    }
    return true;
}

static bool is_address(const void *item, const void *key)
{
    return memcmp(((const struct chat_address *)item)->key, key, KEY_BYTES) == 0;
}

bool chat_address_take(struct chat_address_table *table, const struct sockaddr *peer,
                       struct chat_address **ret_hold)
{
    char key[KEY_BYTES];
    bool taken = true;

    *ret_hold = NULL;
    if (table->limit == 0 || !key_of(peer, key))
        return true;
    uint32_t hash = (uint32_t)chat_hash(table->secrets, (struct chat_slice){key, KEY_BYTES});
    unsigned shard = hash >> 28;
    pthread_mutex_lock(&table->shards[shard].mutex);
    struct chat_address *address =
        chat_table_find(&table->shards[shard].table, hash, is_address, key);
    if (address == NULL) {
        address = calloc(1, sizeof(*address));
        if (address == NULL)
            abort();
        address->hash = hash;
        memcpy(address->key, key, KEY_BYTES);
        chat_table_add(&table->shards[shard].table, address);
    }
    if (address->count < table->limit) {
        address->count++;
        *ret_hold = address;
    } else {
        taken = false;
    }
    pthread_mutex_unlock(&table->shards[shard].mutex);
    return taken;
}

void chat_address_give(struct chat_address_table *table, struct chat_address *hold)
{
    if (hold == NULL)
        return;
    unsigned shard = hold->hash >> 28;
    pthread_mutex_lock(&table->shards[shard].mutex);
    if (--hold->count == 0) {
        chat_table_remove(&table->shards[shard].table, hold);
        free(hold);
    }
    pthread_mutex_unlock(&table->shards[shard].mutex);
}

struct chat_slice chat_address_text(const struct sockaddr *peer, char *out, size_t size)
{
    char text[INET6_ADDRSTRLEN] = "";
    int n = 0;

    if (peer->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)peer;
        inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
        n = snprintf(out, size, "%s:%u", text, ntohs(in->sin_port));
    } else if (peer->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)peer;
        bool mapped = IN6_IS_ADDR_V4MAPPED(&in->sin6_addr);
        inet_ntop(mapped ? AF_INET : AF_INET6, &in->sin6_addr.s6_addr[mapped ? 12 : 0], text,
                  sizeof(text));
        n = snprintf(out, size, mapped ? "%s:%u" : "[%s]:%u", text, ntohs(in->sin6_port));
    }
    return (struct chat_slice){out, n > 0 && (size_t)n < size ? (size_t)n : 0};
}
