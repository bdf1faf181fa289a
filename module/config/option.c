/* The rows of option.def as a table, and the search in it by name. Static data; any thread.
 * Sections have no rows of their own: they are what paths have in common. */
#include "config/option.h"

#include "config/config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ROW(path, type, owner, parent, member, dflt, min, max, zero, when, doc)                    \
    {path,                                                                                         \
     CHAT_TYPE_##type,                                                                             \
     CHAT_OWNER_##owner,                                                                           \
     offsetof(struct parent, member),                                                              \
     dflt,                                                                                         \
     min,                                                                                          \
     max,                                                                                          \
     zero,                                                                                         \
     CHAT_WHEN_##when,                                                                             \
     doc,                                                                                          \
     CHAT_OWNER_CONFIG,                                                                            \
     0,                                                                                            \
     0},

static const struct chat_option rows[] = {
#define OPTION(path, type, member, ...) ROW(path, type, CONFIG, chat_config, member, __VA_ARGS__)
#define LISTENER(path, type, member, ...)                                                          \
    ROW(path, type, LISTENER, chat_config_listener, member, __VA_ARGS__)
#define ROOM(path, type, member, ...) ROW(path, type, ROOM, chat_config_room, member, __VA_ARGS__)
#define KEY(path, type, member, ...)  ROW(path, type, KEY, chat_config_key, member, __VA_ARGS__)
#define CERTIFICATE(path, type, member, ...)                                                       \
    ROW(path, type, CERTIFICATE, chat_config_certificate, member, __VA_ARGS__)
#define LIST_ROW(path, owner, parent, of, member, min, max, when, doc)                             \
    {path,                                                                                         \
     CHAT_TYPE_LIST,                                                                               \
     CHAT_OWNER_##owner,                                                                           \
     offsetof(struct parent, member),                                                              \
     NULL,                                                                                         \
     min,                                                                                          \
     max,                                                                                          \
     NULL,                                                                                         \
     CHAT_WHEN_##when,                                                                             \
     doc,                                                                                          \
     CHAT_OWNER_##of,                                                                              \
     sizeof *((struct parent *)NULL)->member,                                                      \
     offsetof(struct parent, n_##member)},
#define LIST(path, of, member, ...) LIST_ROW(path, CONFIG, chat_config, of, member, __VA_ARGS__)
#define LISTENER_LIST(path, of, member, ...)                                                       \
    LIST_ROW(path, LISTENER, chat_config_listener, of, member, __VA_ARGS__)
#include "config/option.def"
};

const struct chat_option *chat_option_rows(void)
{
    return rows;
}

/* What of a row's path is below a section, or NULL. */
static const char *below(const struct chat_option *row, const char *section, size_t length)
{
    if (length == 0)
        return row->path;
    if (strncmp(row->path, section, length) != 0 || row->path[length] != '.')
        return NULL;
    return row->path + length + 1;
}

const struct chat_option *chat_option_find(const char *section, size_t section_length,
                                           const char *name, size_t length)
{
    for (const struct chat_option *row = rows; row < rows + CHAT_OPTIONS; row++) {
        const char *rest = below(row, section, section_length);
        if (rest != NULL && strcspn(rest, ".") == length && memcmp(rest, name, length) == 0)
            return row;
    }
    return NULL;
}

const struct chat_option *chat_option_list(enum chat_option_owner item)
{
    const struct chat_option *row = rows;
    while (row->type != CHAT_TYPE_LIST || row->item != item)
        row++;
    return row;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance, or SIZE_MAX for words too long to be a slip of one of our names. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    enum { LONGEST = 64 };
    size_t line[LONGEST + 1];
    if (a_length > LONGEST || b_length > LONGEST)
        return SIZE_MAX;
    for (size_t j = 0; j <= b_length; j++)
        line[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = line[0];
        line[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = line[j];
            line[j] = least(replaced, least(line[j], line[j - 1]) + 1);
        }
    }
    return line[b_length];
}

/* A name right in itself but in the wrong section: `max_members` at the top, `http.path`. */
static const char *elsewhere(const char *name, size_t length)
{
    for (const struct chat_option *row = rows; row < rows + CHAT_OPTIONS; row++) {
        const char *dot = strrchr(row->path, '.');
        const char *last = dot == NULL ? row->path : dot + 1;
        if (strlen(last) == length && memcmp(last, name, length) == 0)
            return row->path;
        if (strlen(row->path) == length && memcmp(row->path, name, length) == 0)
            return row->path;
    }
    return NULL;
}

/* All names of a section, each once: rows of one section follow each other. */
static void list_names(const char *section, size_t section_length, char *ret, size_t size)
{
    size_t used = (size_t)snprintf(ret, size, "expected one of");
    const char *last = "";
    size_t last_length = 0;
    for (const struct chat_option *row = rows; row < rows + CHAT_OPTIONS; row++) {
        const char *name = below(row, section, section_length);
        if (name == NULL)
            continue;
        size_t length = strcspn(name, ".");
        if (length == last_length && memcmp(name, last, length) == 0)
            continue;
        if (used < size)
            used += (size_t)snprintf(ret + used, size - used, "%s %.*s", last_length ? "," : "",
                                     (int)length, name);
        last = name;
        last_length = length;
    }
    if (last_length == 0) /* an option, not a section */
        snprintf(ret, size, "expected no name below it");
}

void chat_option_suggest(const char *section, size_t section_length, const char *name,
                         size_t length, char *ret, size_t size)
{
    const char *nearest = NULL;
    size_t nearest_length = 0;
    size_t best = length / 3 + 2; /* one slip in a short name, more in a long one */
    for (const struct chat_option *row = rows; row < rows + CHAT_OPTIONS; row++) {
        const char *rest = below(row, section, section_length);
        if (rest == NULL)
            continue;
        size_t slips = distance(name, length, rest, strcspn(rest, "."));
        if (slips < best) {
            best = slips;
            nearest = row->path;
            nearest_length = (size_t)(rest - row->path) + strcspn(rest, ".");
        }
    }
    const char *path = elsewhere(name, length);
    if (nearest != NULL)
        snprintf(ret, size, "did you mean \"%.*s\"?", (int)nearest_length, nearest);
    else if (path != NULL)
        snprintf(ret, size, "did you mean \"%s\"?", path);
    else
        list_names(section, section_length, ret, size);
}
