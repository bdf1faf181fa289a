/* A hash table of pointers: open addressing, linear probing, no tombstones; 8 bytes a slot, so that
 * the index of a room of ten costs its members 13 bytes each (a chained table's handles: 56).
 * One thread. An item belongs to whoever added it, and begins with its hash. */
#ifndef CHAT_CORE_TABLE_H
#define CHAT_CORE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is an empty table. */
struct chat_table {
    void **slots;
    uint32_t capacity; /* a power of two, or 0 */
    uint32_t count;
};

/* The first member of every item. */
struct chat_table_item {
    uint32_t hash;
};

typedef bool chat_table_match(const void *item, const void *key);

/* Returns the item borrowed, or NULL. */
void *chat_table_find(const struct chat_table *table, uint32_t hash, chat_table_match *match,
                      const void *key);

/* The item is not in the table yet. */
void chat_table_add(struct chat_table *table, void *item);

/* The item is in the table. */
void chat_table_remove(struct chat_table *table, void *item);

/* Frees the slots; the items are the caller's. */
void chat_table_finish(struct chat_table *table);

#endif
