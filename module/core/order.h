/* Who came after whom: an index that can be entered anywhere, so that a listing goes on where its
 * last page ended however much came and went since (core/list.h's cursors must be kept for that).
 * 8 bytes a slot. One thread; an item belongs to whoever added it. */
#ifndef CHAT_CORE_ORDER_H
#define CHAT_CORE_ORDER_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

/* In the item. */
struct chat_place {
    uint64_t serial; /* 1, 2, 3 …; never used again */
};

/* The address of a place or, where one was, its serial beside a set lowest bit: places are aligned.
 */
union chat_order_slot {
    struct chat_place *place;
    uint64_t gone;
};
static_assert(sizeof(struct chat_place *) == sizeof(uint64_t), "the lowest bit is the address's");

/* All zero is an empty order. */
struct chat_order {
    union chat_order_slot *slots; /* rising */
    uint32_t capacity, used, count;
    uint64_t last; /* the serial that was given last */
};

/* Behind all others. */
void chat_order_add(struct chat_order *order, struct chat_place *place);
void chat_order_remove(struct chat_order *order, const struct chat_place *place);

/* The first with a higher serial, or NULL. */
struct chat_place *chat_order_after(const struct chat_order *order, uint64_t serial);

/* Frees the slots; the items are the caller's. */
void chat_order_finish(struct chat_order *order);

#endif
