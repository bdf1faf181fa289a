/* The configuration as chatd uses it: the struct is made of the rows of option.def.
 * A value of its own: filled by one thread at start, then only read, by any. */
#ifndef CHAT_CONFIG_CONFIG_H
#define CHAT_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The words of each choosing type, in the order of their rows. */
#define WORD_LOG_LEVEL(value)
#define WORD_LOG_FORMAT(value)
#define WORD_AUTH_MODE(value)
#define WORD_ALGORITHM(value)
#define WORD_CHOSEN(type, value) WORD_##type(value)

enum chat_log_level {
#undef WORD_LOG_LEVEL
#define WORD_LOG_LEVEL(value)   CHAT_LOG_##value,
#define WORD(type, value, word) WORD_CHOSEN(type, value)
#include "config/option.def"
#undef WORD_LOG_LEVEL
#define WORD_LOG_LEVEL(value)
};

enum chat_log_format {
#undef WORD_LOG_FORMAT
#define WORD_LOG_FORMAT(value)  CHAT_LOG_##value,
#define WORD(type, value, word) WORD_CHOSEN(type, value)
#include "config/option.def"
#undef WORD_LOG_FORMAT
#define WORD_LOG_FORMAT(value)
};

enum chat_auth_mode {
#undef WORD_AUTH_MODE
#define WORD_AUTH_MODE(value)   CHAT_AUTH_##value,
#define WORD(type, value, word) WORD_CHOSEN(type, value)
#include "config/option.def"
#undef WORD_AUTH_MODE
#define WORD_AUTH_MODE(value)
};

enum chat_algorithm {
    CHAT_ALGORITHM_MISSING,
#undef WORD_ALGORITHM
#define WORD_ALGORITHM(value)   CHAT_##value,
#define WORD(type, value, word) WORD_CHOSEN(type, value)
#include "config/option.def"
    CHAT_ALGORITHMS
};

#undef WORD_LOG_LEVEL
#undef WORD_LOG_FORMAT
#undef WORD_AUTH_MODE
#undef WORD_ALGORITHM
#undef WORD_CHOSEN

/* The values of a list of plain ones. */
struct chat_config_texts {
    char **items;
    size_t count;
};

#define CTYPE_CIDRS      struct chat_config_texts
#define CTYPE_ORIGINS    struct chat_config_texts
#define CTYPE_BOOL       bool
#define CTYPE_COUNT      uint32_t
#define CTYPE_PORT       uint16_t
#define CTYPE_WORKERS    unsigned /* 0: auto */
#define CTYPE_MODE       unsigned
#define CTYPE_SIZE       size_t   /* bytes */
#define CTYPE_DURATION   uint64_t /* milliseconds */
#define CTYPE_LOG_LEVEL  enum chat_log_level
#define CTYPE_LOG_FORMAT enum chat_log_format
#define CTYPE_AUTH_MODE  enum chat_auth_mode
#define CTYPE_ALGORITHM  enum chat_algorithm
#define CTYPE_TEXT       char *
#define CTYPE_FILE       char * /* a path, relative to the working directory */
#define CTYPE_PATH       char *
#define CTYPE_ADDRESS    char *
#define CTYPE_ID         char *
#define CTYPE_NAME       char *

struct chat_config_certificate {
#define CERTIFICATE(path, type, member, ...) CTYPE_##type member;
#include "config/option.def"
    const char *source; /* where it was given; NULL: nowhere, all of it is default */
    unsigned line, column;
    bool is_wrong; /* what was given for it was refused, in part */
};

#define ITEM_CERTIFICATE struct chat_config_certificate
struct chat_config_listener {
#define LISTENER(path, type, member, ...) CTYPE_##type member;
#define LISTENER_LIST(path, item, member, ...)                                                     \
    ITEM_##item *member;                                                                           \
    size_t n_##member;
#include "config/option.def"
    const char *source;
    unsigned line, column;
    bool is_wrong;
};
#undef ITEM_CERTIFICATE

struct chat_config_room {
#define ROOM(path, type, member, ...) CTYPE_##type member;
#include "config/option.def"
    const char *source;
    unsigned line, column;
    bool is_wrong;
};

struct chat_config_key {
#define KEY(path, type, member, ...) CTYPE_##type member;
#include "config/option.def"
    const char *source;
    unsigned line, column;
    bool is_wrong;
};

struct chat_config_place {
    const char *source; /* belongs to the configuration; NULL: the option has its default */
    unsigned line, column;
    bool is_wrong;       /* what was given there was refused */
    bool is_environment; /* a variable stands in it */
};

/* The number of each row: CHAT_AT_<member>, and CHAT_AT_<LISTENER|CERTIFICATE|ROOM|KEY>_<member>
 * for items. */
enum chat_config_at {
#define OPTION(path, type, member, ...)        CHAT_AT_##member,
#define LIST(path, item, member, ...)          CHAT_AT_##member,
#define LISTENER(path, type, member, ...)      CHAT_AT_LISTENER_##member,
#define LISTENER_LIST(path, item, member, ...) CHAT_AT_LISTENER_##member,
#define CERTIFICATE(path, type, member, ...)   CHAT_AT_CERTIFICATE_##member,
#define ROOM(path, type, member, ...)          CHAT_AT_ROOM_##member,
#define KEY(path, type, member, ...)           CHAT_AT_KEY_##member,
#include "config/option.def"
    CHAT_OPTIONS
};

struct chat_config {
#define ITEM_LISTENER                   struct chat_config_listener
#define ITEM_ROOM                       struct chat_config_room
#define ITEM_KEY                        struct chat_config_key
#define OPTION(path, type, member, ...) CTYPE_##type member;
#define LIST(path, item, member, ...)                                                              \
    ITEM_##item *member;                                                                           \
    size_t n_##member;
#include "config/option.def"
    struct chat_config_place set_at[CHAT_OPTIONS]; /* where each row's option was last given */
    char **sources;                                /* the names of what was read */
    size_t n_sources;
    bool has_problems; /* something of what was read was refused */
    bool is_torn;      /* and something was not read, as its text made no sense */
};

#undef CTYPE_CIDRS
#undef CTYPE_ORIGINS
#undef CTYPE_BOOL
#undef CTYPE_COUNT
#undef CTYPE_PORT
#undef CTYPE_WORKERS
#undef CTYPE_MODE
#undef CTYPE_SIZE
#undef CTYPE_DURATION
#undef CTYPE_LOG_LEVEL
#undef CTYPE_LOG_FORMAT
#undef CTYPE_AUTH_MODE
#undef CTYPE_ALGORITHM
#undef CTYPE_TEXT
#undef CTYPE_FILE
#undef CTYPE_PATH
#undef CTYPE_ADDRESS
#undef CTYPE_ID
#undef CTYPE_NAME
#undef ITEM_LISTENER
#undef ITEM_ROOM
#undef ITEM_KEY

/* Every problem comes as one line without its end, `SOURCE:LINE:COLUMN: what is wrong, what was
 * expected`, borrowed for the call. What had problems is not to be used, only read on, checked for
 * more of them, and finished. */

/* The defaults. */
void chat_config_init(struct chat_config *config);
void chat_config_finish(struct chat_config *config);

/* Borrows name. Returns a copy that lives as long as the configuration, the same for the same name.
 */
const char *chat_config_source(struct chat_config *config, const char *name);

/* Borrows path. Reads a file over what is there; false: there were problems. */
bool chat_config_load(struct chat_config *config, const char *path,
                      void (*problem)(void *context, const char *line), void *context);

/* Borrows name and text. The same from memory; `name` stands for the file's in problems. */
bool chat_config_parse(struct chat_config *config, const char *name, const char *text,
                       size_t length, void (*problem)(void *context, const char *line),
                       void *context);

/* Borrows assignment: `rooms.max=5`. `listen.NAME` is the first listener's, `listen.N.NAME` that of
 * the N-th from 0; the value is a YAML scalar or flow value. The source is called `-s`. */
bool chat_config_set(struct chat_config *config, const char *assignment,
                     void (*problem)(void *context, const char *line), void *context);

/* The rules over several options, for when all has been read. They pass over what was refused
 * already. False: there were problems, now or while reading. */
bool chat_config_check(const struct chat_config *config,
                       void (*problem)(void *context, const char *line), void *context);

#endif
