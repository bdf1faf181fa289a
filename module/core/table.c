/* Open addressing with backward-shift removal (no tombstones, so no slow decay). */
#include "core/table.h"

#include <assert.h>
#include <stdlib.h>

enum { CAPACITY_MIN = 4 };

static uint32_t hash_of(const void *item)
{
    return ((const struct chat_table_item *)item)->hash;
}

static void put(struct chat_table *table, void *item)
{
    uint32_t mask = table->capacity - 1, i = hash_of(item) & mask;
    while (table->slots[i] != NULL)
        i = (i + 1) & mask;
    table->slots[i] = item;
}

static void resize(struct chat_table *table, uint32_t capacity)
{
    struct chat_table old = *table;
    table->slots = calloc(capacity, sizeof(*table->slots));
    if (table->slots == NULL)
        abort();
    table->capacity = capacity;
    for (uint32_t i = 0; i < old.capacity; i++)
        if (old.slots[i] != NULL)
            put(table, old.slots[i]);
    free(old.slots);
}

void *chat_table_find(const struct chat_table *table, uint32_t hash, chat_table_match *match,
                      const void *key)
{
    uint32_t mask = table->capacity - 1;
    if (table->count == 0)
        return NULL;
    for (uint32_t i = hash & mask; table->slots[i] != NULL; i = (i + 1) & mask)
        if (hash_of(table->slots[i]) == hash && match(table->slots[i], key))
            return table->slots[i];
    return NULL;
}

void chat_table_add(struct chat_table *table, void *item)
{
    if (table->count >= table->capacity / 4 * 3)
        resize(table, table->capacity == 0 ? CAPACITY_MIN : table->capacity * 2);
    put(table, item);
    table->count++;
}

void chat_table_remove(struct chat_table *table, void *item)
{
    uint32_t mask = table->capacity - 1, hole = hash_of(item) & mask;
    while (table->slots[hole] != item) {
        assert(table->slots[hole] != NULL);
        hole = (hole + 1) & mask;
    }
    /* Whatever follows and may not stay behind a hole moves up. */
    for (uint32_t i = (hole + 1) & mask; table->slots[i] != NULL; i = (i + 1) & mask) {
        uint32_t home = hash_of(table->slots[i]) & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            table->slots[hole] = table->slots[i];
            hole = i;
        }
    }
    table->slots[hole] = NULL;
    table->count--;
    if (table->count == 0)
        chat_table_finish(table);
    else if (table->capacity > 64 && table->count < table->capacity / 8)
        resize(table, table->capacity / 2);
}

void chat_table_finish(struct chat_table *table)
{
    free(table->slots);
    *table = (struct chat_table){0};
}
