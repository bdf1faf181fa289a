/* A rising array in which the removed leave their serials behind, so that it can still be searched
 * by halves; it is packed when half of it is such. */
#include "core/order.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

enum { PACK_MIN = 16 };

static bool is_gone(union chat_order_slot slot)
{
    return (slot.gone & 1) != 0;
}

static uint64_t serial_in(union chat_order_slot slot)
{
    return is_gone(slot) ? slot.gone >> 1 : slot.place->serial;
}

/* The first slot with a serial of at least this. */
static uint32_t find(const struct chat_order *order, uint64_t serial)
{
    uint32_t low = 0, high = order->used;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (serial_in(order->slots[middle]) < serial)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void resize(struct chat_order *order, uint32_t capacity)
{
    order->slots = realloc(order->slots, capacity * sizeof(*order->slots));
    if (order->slots == NULL)
        abort();
    order->capacity = capacity;
}

static void pack(struct chat_order *order)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < order->used; i++)
        if (!is_gone(order->slots[i]))
            order->slots[used++] = order->slots[i];
    order->used = used;
    if (order->capacity / 4 > used)
        resize(order, order->capacity / 2);
}

void chat_order_add(struct chat_order *order, struct chat_place *place)
{
    if (order->used == order->capacity) {
        if (order->count < order->used / 4 * 3)
            pack(order);
        else
            resize(order, order->capacity + order->capacity / 2 + 2);
    }
    place->serial = ++order->last;
    order->slots[order->used++].place = place;
    order->count++;
}

void chat_order_remove(struct chat_order *order, const struct chat_place *place)
{
    uint32_t at = find(order, place->serial);
    assert(at < order->used && order->slots[at].place == place);
    order->slots[at].gone = place->serial << 1 | 1;
    order->count--;
    if (order->count == 0)
        chat_order_finish(order);
    else if (order->used >= PACK_MIN && order->count < order->used / 2)
        pack(order);
}

struct chat_place *chat_order_after(const struct chat_order *order, uint64_t serial)
{
    if (serial >= order->last)
        return NULL;
    uint32_t at = find(order, serial + 1);
    while (at < order->used && is_gone(order->slots[at]))
        at++;
    return at < order->used ? order->slots[at].place : NULL;
}

void chat_order_finish(struct chat_order *order)
{
    free(order->slots);
    *order = (struct chat_order){.last = order->last};
}
