/* Sixteen shards, each a table under its own mutex, and in it a list of those that have nothing
 * open, the longest unseen first. */
#include "net/address.h"

#include "core/list.h"
#include "core/table.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHARDS = 16, KEY_BYTES = 9, NEWS_MAX = 64 };

struct chat_address {
    uint32_t hash;
    uint32_t count;
    struct chat_bucket handshakes;
    struct chat_link idle; /* while nothing is open */
    char key[KEY_BYTES];   /* family, then an IPv4 address or an IPv6 /64 */
};

struct shard {
    pthread_mutex_t mutex;
    struct chat_table table;
    struct chat_list idle;
    uint32_t n_idle;
};

struct chat_address_table {
    const struct chat_secrets *secrets;
    atomic_uint connections, handshakes, idle_max; /* as in chat_address_limits */
    struct shard shards[SHARDS];
    pthread_mutex_t news_mutex;
    struct chat_ip news[NEWS_MAX]; /* that were in the log */
    unsigned n_news;
};

static struct chat_address *address_of(struct chat_link *idle)
{
    return (struct chat_address *)((char *)idle - offsetof(struct chat_address, idle));
}

void chat_address_table_limit(struct chat_address_table *table,
                              const struct chat_address_limits *limits)
{
    atomic_store_explicit(&table->connections, limits->connections, memory_order_relaxed);
    atomic_store_explicit(&table->handshakes, limits->handshakes, memory_order_relaxed);
    atomic_store_explicit(&table->idle_max, limits->idle / SHARDS + 1, memory_order_relaxed);
}

static uint32_t limit_of(const atomic_uint *limit)
{
    return atomic_load_explicit(limit, memory_order_relaxed);
}

struct chat_address_table *chat_address_table_create(const struct chat_secrets *secrets,
                                                     const struct chat_address_limits *limits)
{
    struct chat_address_table *table = calloc(1, sizeof(*table));
    if (table == NULL)
        abort();
    table->secrets = secrets;
    chat_address_table_limit(table, limits);
    pthread_mutex_init(&table->news_mutex, NULL);
    for (unsigned i = 0; i < SHARDS; i++)
        pthread_mutex_init(&table->shards[i].mutex, NULL);
    return table;
}

static void forget(struct shard *shard, struct chat_address *address)
{
    chat_list_remove(&shard->idle, &address->idle);
    shard->n_idle--;
    chat_table_remove(&shard->table, address);
    free(address);
}

void chat_address_table_destroy(struct chat_address_table *table)
{
    for (unsigned i = 0; i < SHARDS; i++) {
        struct shard *shard = &table->shards[i];
        while (shard->idle.first != NULL)
            forget(shard, address_of(shard->idle.first));
        chat_table_finish(&shard->table);
        pthread_mutex_destroy(&shard->mutex);
    }
    pthread_mutex_destroy(&table->news_mutex);
    free(table);
}

static bool is_address(const void *item, const void *key)
{
    return memcmp(((const struct chat_address *)item)->key, key, KEY_BYTES) == 0;
}

/* Locks the shard of the address and returns it, with the key in its place. */
static struct shard *lock(struct chat_address_table *table, const struct chat_ip *ip,
                          char key[KEY_BYTES], uint32_t *ret_hash)
{
    bool v4 = chat_ip_is_v4(ip);
    memset(key, 0, KEY_BYTES);
    key[0] = v4 ? 4 : 6;
    memcpy(key + 1, v4 ? ip->bytes + 12 : ip->bytes, v4 ? 4 : 8);
    *ret_hash = (uint32_t)chat_hash(table->secrets, (struct chat_slice){key, KEY_BYTES});
    struct shard *shard = &table->shards[*ret_hash >> 28];
    pthread_mutex_lock(&shard->mutex);
    return shard;
}

/* The new one has nothing open yet. */
static struct chat_address *find_or_add(struct shard *shard, uint32_t hash,
                                        const char key[KEY_BYTES])
{
    struct chat_address *address = chat_table_find(&shard->table, hash, is_address, key);
    if (address != NULL)
        return address;
    address = calloc(1, sizeof(*address));
    if (address == NULL)
        abort();
    address->hash = hash;
    memcpy(address->key, key, KEY_BYTES);
    chat_table_add(&shard->table, address);
    chat_list_append(&shard->idle, &address->idle);
    shard->n_idle++;
    return address;
}

/* The first in the list is the longest unseen: if its bucket is not full yet, few others' are. */
static void forget_some(const struct chat_address_table *table, struct shard *shard,
                        uint64_t now_ms)
{
    while (shard->idle.first != NULL) {
        struct chat_address *first = address_of(shard->idle.first);
        if (shard->n_idle <= limit_of(&table->idle_max) &&
            !chat_bucket_is_full(&first->handshakes, now_ms))
            return;
        forget(shard, first);
    }
}

bool chat_address_take(struct chat_address_table *table, const struct chat_ip *ip,
                       struct chat_address **ret_hold)
{
    char key[KEY_BYTES];
    uint32_t hash;

    uint32_t most = limit_of(&table->connections);

    *ret_hold = NULL;
    if (most == 0 || ip == NULL)
        return true;
    struct shard *shard = lock(table, ip, key, &hash);
    struct chat_address *address = find_or_add(shard, hash, key);
    bool taken = address->count < most;
    if (taken && address->count++ == 0) {
        chat_list_remove(&shard->idle, &address->idle);
        shard->n_idle--;
    }
    if (taken)
        *ret_hold = address;
    pthread_mutex_unlock(&shard->mutex);
    return taken;
}

void chat_address_give(struct chat_address_table *table, struct chat_address *hold)
{
    if (hold == NULL)
        return;
    struct shard *shard = &table->shards[hold->hash >> 28];
    pthread_mutex_lock(&shard->mutex);
    if (--hold->count == 0) {
        chat_list_append(&shard->idle, &hold->idle);
        shard->n_idle++;
        if (limit_of(&table->handshakes) == 0 || shard->n_idle > limit_of(&table->idle_max))
            forget(shard, address_of(shard->idle.first));
    }
    pthread_mutex_unlock(&shard->mutex);
}

uint64_t chat_address_handshake(struct chat_address_table *table, const struct chat_ip *ip,
                                uint64_t now_ms)
{
    char key[KEY_BYTES];
    uint32_t hash, per_second = limit_of(&table->handshakes);
    struct chat_rate rate = chat_rate_of(per_second, per_second);

    if (per_second == 0 || ip == NULL)
        return 0;
    struct shard *shard = lock(table, ip, key, &hash);
    struct chat_address *address = find_or_add(shard, hash, key);
    uint64_t wait_ms = chat_bucket_wait_ms(&address->handshakes, &rate, now_ms);
    if (wait_ms == 0) {
        chat_bucket_take(&address->handshakes, &rate, now_ms);
        if (address->count == 0) { /* it is the last seen now */
            chat_list_remove(&shard->idle, &address->idle);
            chat_list_append(&shard->idle, &address->idle);
        }
    }
    forget_some(table, shard, now_ms);
    pthread_mutex_unlock(&shard->mutex);
    return wait_ms;
}

bool chat_address_is_news(struct chat_address_table *table, const struct chat_ip *ip)
{
    bool is_news = true;
    pthread_mutex_lock(&table->news_mutex);
    for (unsigned i = 0; i < table->n_news; i++)
        is_news &= memcmp(&table->news[i], ip, sizeof(*ip)) != 0;
    is_news &= table->n_news < NEWS_MAX;
    if (is_news)
        table->news[table->n_news++] = *ip;
    pthread_mutex_unlock(&table->news_mutex);
    return is_news;
}

bool chat_address_of(const struct sockaddr *peer, struct chat_ip *ret_ip)
{
    if (peer->sa_family == AF_INET) {
        struct in_addr address = ((const struct sockaddr_in *)peer)->sin_addr;
        *ret_ip = (struct chat_ip){{[10] = 0xff, [11] = 0xff}};
        memcpy(ret_ip->bytes + 12, &address, 4);
        return true;
    }
    if (peer->sa_family != AF_INET6)
        return false;
    memcpy(ret_ip->bytes, &((const struct sockaddr_in6 *)peer)->sin6_addr, sizeof(ret_ip->bytes));
    return true;
}

struct chat_slice chat_address_spell(const struct chat_ip *ip, char *out, size_t size)
{
    bool v4 = chat_ip_is_v4(ip);
    if (inet_ntop(v4 ? AF_INET : AF_INET6, ip->bytes + (v4 ? 12 : 0), out, (socklen_t)size) == NULL)
        return (struct chat_slice){out, 0};
    return (struct chat_slice){out, strlen(out)};
}

struct chat_slice chat_address_text(const struct sockaddr *peer, char *out, size_t size)
{
    char text[INET6_ADDRSTRLEN];
    struct chat_ip ip;

    if (!chat_address_of(peer, &ip))
        return (struct chat_slice){out, 0};
    chat_address_spell(&ip, text, sizeof(text));
    unsigned port =
        ntohs(peer->sa_family == AF_INET ? ((const struct sockaddr_in *)peer)->sin_port
                                         : ((const struct sockaddr_in6 *)peer)->sin6_port);
    int n = snprintf(out, size, chat_ip_is_v4(&ip) ? "%s:%u" : "[%s]:%u", text, port);
    return (struct chat_slice){out, n > 0 && (size_t)n < size ? (size_t)n : 0};
}
