/* One hash table for all: a user is found by one lookup for the server and one for the room, an
 * address by one for each length of prefix that is there. */
#include "core/sanction.h"

#include "core/limits.h"

#include <assert.h>
#include <stdlib.h>

struct item {
    uint32_t hash; /* first */
    struct chat_sanction sanction;
    char text[]; /* what its slices borrow */
};

enum { SLICES = 4, KEY_MAX = 2 + CHAT_ID_MAX + 1 + CHAT_ID_MAX };

static void slices_of(struct chat_sanction *sanction, struct chat_slice *ret_slices[SLICES])
{
    ret_slices[0] = &sanction->user;
    ret_slices[1] = &sanction->room;
    ret_slices[2] = &sanction->reason;
    ret_slices[3] = &sanction->by;
}

/* Copies the strings and lets the slices borrow them; returns how many bytes there are. */
static size_t keep_text(struct chat_sanction *sanction, char *text)
{
    struct chat_slice *slices[SLICES];
    size_t used = 0;

    slices_of(sanction, slices);
    for (unsigned i = 0; i < SLICES; i++) {
        if (slices[i]->length > 0 && text != NULL)
            slices[i]->bytes = memcpy(text + used, slices[i]->bytes, slices[i]->length);
        used += slices[i]->length;
    }
    return used;
}

/* Kind, target and room as bytes that no other three have. */
static struct chat_slice key_of(const struct chat_sanction *sanction, char out[KEY_MAX])
{
    size_t length = 2;

    out[0] = (char)sanction->kind;
    out[1] = (char)(sanction->user.length != 0 ? CHAT_IP_BITS + 1 : sanction->addresses.bits);
    if (sanction->user.length != 0) {
        memcpy(out + length, sanction->user.bytes, sanction->user.length);
        length += sanction->user.length;
        out[length++] = '\0'; /* in no user_id */
    } else {
        memcpy(out + length, sanction->addresses.ip, sizeof(sanction->addresses.ip));
        length += sizeof(sanction->addresses.ip);
    }
    if (sanction->room.length != 0)
        memcpy(out + length, sanction->room.bytes, sanction->room.length);
    return (struct chat_slice){out, length + sanction->room.length};
}

static uint32_t hash_of(const struct chat_sanctions *sanctions,
                        const struct chat_sanction *sanction)
{
    char key[KEY_MAX];
    return (uint32_t)chat_hash(sanctions->secrets, key_of(sanction, key));
}

static bool is_same(const void *item, const void *key)
{
    const struct chat_sanction *a = &((const struct item *)item)->sanction, *b = key;

    return a->kind == b->kind && chat_slice_equal(a->user, b->user) &&
           chat_slice_equal(a->room, b->room) &&
           (a->user.length != 0 || memcmp(&a->addresses, &b->addresses, sizeof(a->addresses)) == 0);
}

static struct item *find(const struct chat_sanctions *sanctions,
                         const struct chat_sanction *sanction)
{
    return chat_table_find(&sanctions->table, hash_of(sanctions, sanction), is_same, sanction);
}

static void take_out(struct chat_sanctions *sanctions, struct item *item)
{
    sanctions->count[item->sanction.kind]--;
    if (item->sanction.user.length == 0) {
        sanctions->of_addresses--;
        sanctions->prefixes[item->sanction.addresses.bits]--;
    }
    chat_table_remove(&sanctions->table, item);
    free(item);
}

void chat_sanctions_finish(struct chat_sanctions *sanctions)
{
    for (uint32_t i = 0; i < sanctions->table.capacity; i++)
        free(sanctions->table.slots[i]);
    chat_table_finish(&sanctions->table);
}

bool chat_sanctions_put(struct chat_sanctions *sanctions, const struct chat_sanction *sanction)
{
    struct item *before = find(sanctions, sanction);
    struct chat_sanction copy = *sanction;
    struct item *item = NULL;

    if (before == NULL && sanctions->table.count >= CHAT_SANCTIONS_MAX)
        return false;
    item = malloc(sizeof(*item) + keep_text(&copy, NULL));
    if (item == NULL)
        abort();
    keep_text(&copy, item->text);
    item->hash = hash_of(sanctions, sanction);
    item->sanction = copy;
    if (before != NULL) {
        item->sanction.hits = before->sanction.hits;
        take_out(sanctions, before);
    }
    chat_table_add(&sanctions->table, item);
    sanctions->count[copy.kind]++;
    if (copy.user.length == 0) {
        sanctions->of_addresses++;
        sanctions->prefixes[copy.addresses.bits]++;
    }
    return true;
}

bool chat_sanctions_remove(struct chat_sanctions *sanctions, const struct chat_sanction *sanction)
{
    struct item *item = find(sanctions, sanction);
    if (item == NULL)
        return false;
    take_out(sanctions, item);
    return true;
}

struct chat_sanction *chat_sanctions_same(const struct chat_sanctions *sanctions,
                                          const struct chat_sanction *sanction)
{
    struct item *item = find(sanctions, sanction);
    return item != NULL ? &item->sanction : NULL;
}

static struct chat_sanction *current(const struct chat_sanctions *sanctions,
                                     const struct chat_sanction *wanted, int64_t now_ms)
{
    struct item *item = find(sanctions, wanted);
    return item != NULL && !chat_sanction_is_over(&item->sanction, now_ms) ? &item->sanction : NULL;
}

static struct chat_prefix prefix_of(const unsigned char *ip, unsigned bits)
{
    struct chat_prefix prefix = {.bits = (uint8_t)bits};
    unsigned whole = bits / 8, rest = bits % 8;

    memcpy(prefix.ip, ip, whole);
    if (rest != 0)
        prefix.ip[whole] = (unsigned char)(ip[whole] & 0xff << (8 - rest));
    return prefix;
}

/* By one scope: the server or a room. */
static struct chat_sanction *find_address(const struct chat_sanctions *sanctions,
                                          struct chat_sanction *wanted, const unsigned char *ip,
                                          int64_t now_ms)
{
    struct chat_sanction *found = NULL;

    wanted->user = (struct chat_slice){NULL, 0};
    for (int bits = CHAT_IP_BITS; bits >= 0 && found == NULL; bits--) {
        if (sanctions->prefixes[bits] == 0)
            continue;
        wanted->addresses = prefix_of(ip, (unsigned)bits);
        found = current(sanctions, wanted, now_ms);
    }
    return found;
}

struct chat_sanction *chat_sanctions_find(const struct chat_sanctions *sanctions,
                                          enum chat_sanction_kind kind,
                                          const struct chat_suspect *suspect,
                                          struct chat_slice room, int64_t now_ms)
{
    const struct chat_slice scopes[] = {{NULL, 0}, room};
    unsigned n = room.length == 0 ? 1 : 2;
    struct chat_sanction wanted = {.kind = kind}, *found = NULL;

    if (sanctions->count[kind] == 0)
        return NULL;
    for (unsigned i = 0; i < n && suspect->user.length != 0 && found == NULL; i++) {
        wanted.user = suspect->user;
        wanted.room = scopes[i];
        found = current(sanctions, &wanted, now_ms);
    }
    for (unsigned i = 0; i < n && suspect->ip != NULL && found == NULL; i++) {
        wanted.room = scopes[i];
        found = find_address(sanctions, &wanted, suspect->ip, now_ms);
    }
    return found;
}

bool chat_sanction_meets(const struct chat_sanction *sanction, const struct chat_suspect *suspect)
{
    if (sanction->user.length != 0)
        return chat_slice_equal(sanction->user, suspect->user);
    if (suspect->ip == NULL)
        return false;
    struct chat_prefix prefix = prefix_of(suspect->ip, sanction->addresses.bits);
    return memcmp(prefix.ip, sanction->addresses.ip, sizeof(prefix.ip)) == 0;
}

struct chat_sanction *chat_sanctions_next(const struct chat_sanctions *sanctions, uint32_t *at)
{
    while (*at < sanctions->table.capacity) {
        struct item *item = sanctions->table.slots[(*at)++];
        if (item != NULL)
            return &item->sanction;
    }
    return NULL;
}

struct chat_slice chat_sanction_pack(const struct chat_sanction *sanction,
                                     char out[CHAT_SANCTION_BYTES])
{
    struct chat_sanction copy = *sanction;
    size_t length = keep_text(&copy, NULL);

    assert(sizeof(copy) + length <= CHAT_SANCTION_BYTES);
    keep_text(&copy, out + sizeof(copy));
    memcpy(out, &copy, sizeof(copy));
    return (struct chat_slice){out, sizeof(copy) + length};
}

struct chat_sanction chat_sanction_unpack(struct chat_slice bytes)
{
    struct chat_sanction sanction;
    struct chat_slice *slices[SLICES];
    const char *at = bytes.bytes + sizeof(sanction);

    memcpy(&sanction, bytes.bytes, sizeof(sanction));
    slices_of(&sanction, slices);
    for (unsigned i = 0; i < SLICES; i++) {
        slices[i]->bytes = at;
        at += slices[i]->length;
    }
    return sanction;
}
