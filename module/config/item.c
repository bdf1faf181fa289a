/* What rows describe: the configuration itself and the items of its lists. One thread.
 * A list is reached by the offsets in its row, whatever its items. */
#include "config/item.h"

#include "config/value.h"

#include <stdlib.h>
#include <string.h>

static bool is_text(const struct chat_option *row)
{
    return row->type >= CHAT_TYPE_TEXT && row->type < CHAT_TYPE_LIST;
}

bool chat_item_has_texts(const struct chat_option *row)
{
    return row->type > CHAT_TYPE_LIST;
}

void chat_item_clear_texts(void *owner, const struct chat_option *row)
{
    struct chat_config_texts *texts = (void *)((char *)owner + row->offset);
    for (size_t i = 0; i < texts->count; i++)
        free(texts->items[i]);
    free(texts->items);
    *texts = (struct chat_config_texts){NULL, 0};
}

/* One value, or each word of the default of a list of them. */
static void init_option(void *owner, const struct chat_option *row)
{
    size_t length = 0;
    for (const char *at = row->dflt; *at != '\0'; at += length + (at[length] == ' ')) {
        struct chat_value value;
        length = chat_item_has_texts(row) ? strcspn(at, " ") : strlen(at);
        if (chat_value_read(row, at, length, &value) != NULL)
            abort(); /* a row's own default is right */
        chat_value_store(row, owner, value);
    }
}

void chat_item_init(void *owner, enum chat_option_owner kind)
{
    const struct chat_option *rows = chat_option_rows();
    for (const struct chat_option *row = rows; row < rows + CHAT_OPTIONS; row++)
        if (row->owner == kind && row->dflt != NULL)
            init_option(owner, row);
}

void chat_item_finish(void *owner, enum chat_option_owner kind)
{
    const struct chat_option *rows = chat_option_rows();
    for (const struct chat_option *row = rows; row < rows + CHAT_OPTIONS; row++)
        if (row->owner == kind && is_text(row))
            free(*(char **)((char *)owner + row->offset));
        else if (row->owner == kind && chat_item_has_texts(row))
            chat_item_clear_texts(owner, row);
        else if (row->owner == kind && row->type == CHAT_TYPE_LIST)
            chat_item_clear(owner, row);
}

uint64_t chat_item_number(const void *owner, const struct chat_option *row)
{
    const void *member = (const char *)owner + row->offset;
    switch (row->type) {
    case CHAT_TYPE_BOOL:
        return *(const bool *)member;
    case CHAT_TYPE_COUNT:
        return *(const uint32_t *)member;
    case CHAT_TYPE_PORT:
        return *(const uint16_t *)member;
    case CHAT_TYPE_SIZE:
        return *(const size_t *)member;
    case CHAT_TYPE_DURATION:
        return *(const uint64_t *)member;
    case CHAT_TYPE_LOG_LEVEL:
        return *(const enum chat_log_level *)member;
    case CHAT_TYPE_LOG_FORMAT:
        return *(const enum chat_log_format *)member;
    case CHAT_TYPE_AUTH_MODE:
        return *(const enum chat_auth_mode *)member;
    case CHAT_TYPE_ALGORITHM:
        return *(const enum chat_algorithm *)member;
    default:
        return *(const unsigned *)member; /* WORKERS, MODE */
    }
}

static size_t *count(void *owner, const struct chat_option *list)
{
    return (size_t *)((char *)owner + list->count_offset);
}

/* The member's type differs from list to list, so its bytes are copied. */
static void *items(const void *owner, const struct chat_option *list)
{
    void *first;
    memcpy(&first, (const char *)owner + list->offset, sizeof first);
    return first;
}

static void put_items(void *owner, const struct chat_option *list, void *first)
{
    memcpy((char *)owner + list->offset, &first, sizeof first);
}

size_t chat_item_count(const void *owner, const struct chat_option *list)
{
    return *(const size_t *)((const char *)owner + list->count_offset);
}

void *chat_item_at(const void *owner, const struct chat_option *list, size_t index)
{
    return (char *)items(owner, list) + index * list->item_size;
}

void *chat_item_add(void *owner, const struct chat_option *list)
{
    size_t n = chat_item_count(owner, list);
    if ((n & (n - 1)) == 0) { /* the room doubles at 1, 2, 4 … */
        void *larger = realloc(items(owner, list), (n == 0 ? 1 : 2 * n) * list->item_size);
        if (larger == NULL)
            abort();
        put_items(owner, list, larger);
    }
    void *item = chat_item_at(owner, list, n);
    memset(item, 0, list->item_size);
    chat_item_init(item, list->item);
    *count(owner, list) = n + 1;
    return item;
}

/* What every kind of item has besides its rows' members. */
struct about {
    const char **source;
    unsigned *line, *column;
    bool *is_wrong;
};

static struct about about(void *item, enum chat_option_owner kind)
{
#define ABOUT(of)                                                                                  \
    (struct about)                                                                                 \
    {                                                                                              \
        &(of)->source, &(of)->line, &(of)->column, &(of)->is_wrong                                 \
    }
    switch (kind) {
    case CHAT_OWNER_LISTENER:
        return ABOUT((struct chat_config_listener *)item);
    case CHAT_OWNER_CERTIFICATE:
        return ABOUT((struct chat_config_certificate *)item);
    case CHAT_OWNER_ROOM:
        return ABOUT((struct chat_config_room *)item);
    case CHAT_OWNER_KEY:
        return ABOUT((struct chat_config_key *)item);
    case CHAT_OWNER_CONFIG:
        break;
    }
    abort(); /* it is no item */
#undef ABOUT
}

void chat_item_place(void *item, const struct chat_option *list, struct chat_config_place place)
{
    struct about of = about(item, list->item);
    *of.source = place.source;
    *of.line = place.line;
    *of.column = place.column;
}

void chat_item_spoil(void *item, enum chat_option_owner kind)
{
    *about(item, kind).is_wrong = true;
}

void chat_item_clear(void *owner, const struct chat_option *list)
{
    for (size_t i = 0; i < chat_item_count(owner, list); i++)
        chat_item_finish(chat_item_at(owner, list, i), list->item);
    free(items(owner, list));
    put_items(owner, list, NULL);
    *count(owner, list) = 0;
}
