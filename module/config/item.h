/* What rows describe: the configuration itself and the items of its lists. One thread. */
#ifndef CHAT_CONFIG_ITEM_H
#define CHAT_CONFIG_ITEM_H

#include "config/config.h"
#include "config/option.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Gives a struct, which is all zero, the defaults of its rows. */
void chat_item_init(void *owner, enum chat_option_owner kind);

/* Frees the strings and lists of a struct. */
void chat_item_finish(void *owner, enum chat_option_owner kind);

/* Whether the row is a list of plain values, each of which chat_value_store() adds to it. */
bool chat_item_has_texts(const struct chat_option *row);
void chat_item_clear_texts(void *owner, const struct chat_option *row);

/* The value of a row that is neither a text nor a list. */
uint64_t chat_item_number(const void *owner, const struct chat_option *row);

/* `owner` is the struct that has the list. */
size_t chat_item_count(const void *owner, const struct chat_option *list);

/* Returns an item of the list, which owns it; index is below the count. */
void *chat_item_at(const void *owner, const struct chat_option *list, size_t index);

/* Returns a new last item of the list, with its defaults. May move the others. */
void *chat_item_add(void *owner, const struct chat_option *list);

/* Notes where an item of the list was given; source lives as long as the configuration. */
void chat_item_place(void *item, const struct chat_option *list, struct chat_config_place place);

/* Notes that something of an item was refused. */
void chat_item_spoil(void *item, enum chat_option_owner kind);

/* Frees all items of the list. */
void chat_item_clear(void *owner, const struct chat_option *list);

#endif
