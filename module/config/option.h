/* The rows of option.def as a table, and the search in it by name. Static data; any thread. */
#ifndef CHAT_CONFIG_OPTION_H
#define CHAT_CONFIG_OPTION_H

#include <stddef.h>

enum chat_option_type {
    CHAT_TYPE_BOOL,
    CHAT_TYPE_COUNT,
    CHAT_TYPE_PORT,
    CHAT_TYPE_WORKERS,
    CHAT_TYPE_MODE,
    CHAT_TYPE_SIZE,
    CHAT_TYPE_DURATION,
    CHAT_TYPE_LOG_LEVEL,
    CHAT_TYPE_LOG_FORMAT,
    CHAT_TYPE_AUTH_MODE,
    CHAT_TYPE_ALGORITHM,
    CHAT_TYPE_TEXT,
    CHAT_TYPE_FILE,
    CHAT_TYPE_PATH,
    CHAT_TYPE_ADDRESS,
    CHAT_TYPE_ID,
    CHAT_TYPE_NAME,
    CHAT_TYPE_LIST,
    /* lists of plain values */
    CHAT_TYPE_CIDRS,
    CHAT_TYPE_ORIGINS,
};

/* The struct that has the member: chat_config, or the item of a list. */
enum chat_option_owner {
    CHAT_OWNER_CONFIG,
    CHAT_OWNER_LISTENER,
    CHAT_OWNER_CERTIFICATE,
    CHAT_OWNER_ROOM,
    CHAT_OWNER_KEY,
};

enum chat_option_when { CHAT_WHEN_RELOAD, CHAT_WHEN_RESTART };

struct chat_option {
    const char *path;
    enum chat_option_type type;
    enum chat_option_owner owner;
    size_t offset;    /* of the member in its owner */
    const char *dflt; /* as in the file; NULL: none, or for a list `min` items */
    const char *min, *max;
    const char *zero; /* what 0 means; NULL: it is refused */
    enum chat_option_when when;
    const char *doc;
    /* of a list only */
    enum chat_option_owner item;
    size_t item_size;
    size_t count_offset; /* of the number of items in the owner */
};

/* Returns the static rows, CHAT_OPTIONS of them, in the order of enum chat_config_at. */
const struct chat_option *chat_option_rows(void);

/* Returns the first row at or below `name` in a section ("rooms"; at the top of length 0), or NULL.
 * Its path ends after the name (an option or a list) or goes on with a dot (a section). */
const struct chat_option *chat_option_find(const char *section, size_t section_length,
                                           const char *name, size_t length);

/* Returns the list of which the items are such. */
const struct chat_option *chat_option_list(enum chat_option_owner item);

/* Says in ret what was probably meant by a name that chat_option_find() does not find, or all names
 * of that section when nothing is near. */
void chat_option_suggest(const char *section, size_t section_length, const char *name,
                         size_t length, char *ret, size_t size);

#endif
