/* The configuration from a file, from memory, and from one assignment. One thread.
 * What is done with the text is walk.c's. */
#include "config/config.h"

#include "config/item.h"
#include "config/value.h"
#include "config/walk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was wrong is remembered, for the rules that come later. */
static bool finish(struct chat_walk *walk)
{
    if (walk->problems.any)
        walk->config->has_problems = true;
    if (walk->yaml.is_torn)
        walk->config->is_torn = true;
    chat_yaml_finish(&walk->yaml);
    return !walk->problems.any;
}

bool chat_config_parse(struct chat_config *config, const char *name, const char *text,
                       size_t length, void (*problem)(void *context, const char *line),
                       void *context)
{
    struct chat_walk walk = {.config = config,
                             .source = chat_config_source(config, name),
                             .problems = {problem, context, false}};
    chat_yaml_init(&walk.yaml, walk.source, 0, text, length, &walk.problems);
    if (chat_yaml_next(&walk.yaml) != CHAT_YAML_OVER) {
        chat_walk_value(&walk, chat_walk_top(&walk));
        chat_yaml_next(&walk.yaml); /* to find a second document */
    }
    return finish(&walk);
}

/* Returns the owned bytes of a file, at most one more than may be parsed, or NULL with errno. */
static char *read_file(const char *path, size_t *ret_length)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    char *text = malloc(CHAT_YAML_SIZE_MAX + 1);
    if (text == NULL)
        abort();
    *ret_length = fread(text, 1, CHAT_YAML_SIZE_MAX + 1, file);
    int error = ferror(file) ? errno : 0;
    fclose(file);
    if (error == 0)
        return text;
    free(text);
    errno = error;
    return NULL;
}

bool chat_config_load(struct chat_config *config, const char *path,
                      void (*problem)(void *context, const char *line), void *context)
{
    size_t length;
    char *text = read_file(path, &length);
    if (text == NULL) {
        struct chat_problems problems = {problem, context, false};
        chat_problem_report(&problems, path, 1, 1, "%s, expected a readable file", strerror(errno));
        config->has_problems = config->is_torn = true;
        return false;
    }
    bool is_right = chat_config_parse(config, path, text, length, problem, context);
    free(text);
    return is_right;
}

/* The part of an assignment's name up to the next dot or the end of the name. */
static size_t part_length(const char *name, const char *end)
{
    const char *dot = memchr(name, '.', (size_t)(end - name));
    return (size_t)((dot == NULL ? end : dot) - name);
}

/* Characters, as columns count them. */
static unsigned columns(const char *from, const char *to)
{
    unsigned n = 0;
    for (; from < to; from++)
        n += ((unsigned char)*from & 0xC0) != 0x80;
    return n;
}

/* From a list to the item that a part of a name means: its number, or the first when the part is
 * something else. *ret_taken is the length of the number; false: there is no such item. */
static bool choose_item(struct chat_walk *walk, struct chat_scope *scope, const char *part,
                        size_t length, unsigned column, size_t *ret_taken)
{
    size_t digits = 0, index = 0, n = chat_item_count(scope->owner, scope->row);
    for (; digits < length && digits < 6 && part[digits] >= '0' && part[digits] <= '9'; digits++)
        index = 10 * index + (size_t)(part[digits] - '0');
    if (digits < length)
        digits = index = 0;
    if (index >= n) {
        chat_problem_report(&walk->problems, walk->source, 1, column,
                            "no such item, expected one of the %zu in %s, counted from 0", n,
                            scope->row->path);
        return false;
    }
    chat_walk_choose(walk, scope, index);
    *ret_taken = digits;
    return true;
}

/* Goes down along the name of an assignment; false: it names nothing, which has been reported. */
static bool find_target(struct chat_walk *walk, struct chat_scope *scope, const char *assignment,
                        const char *end)
{
    for (const char *part = assignment, *next; part <= end; part = next) {
        size_t length = part_length(part, end), taken = 0;
        unsigned column = columns(assignment, part) + 1;
        next = part + length + 1;
        if (chat_walk_is_list(*scope) && !choose_item(walk, scope, part, length, column, &taken))
            return false;
        if (taken == 0 && !chat_walk_descend(walk, scope, part, length, 1, column))
            return false;
    }
    return true;
}

bool chat_config_set(struct chat_config *config, const char *assignment,
                     void (*problem)(void *context, const char *line), void *context)
{
    struct chat_walk walk = {.config = config,
                             .source = chat_config_source(config, "-s"),
                             .problems = {problem, context, false}};
    const char *equals = strchr(assignment, '=');
    if (equals == NULL) {
        char quoted[CHAT_PROBLEM_QUOTE_SIZE];
        chat_problem_quote(quoted, assignment, strlen(assignment));
        chat_problem_report(&walk.problems, walk.source, 1, 1, "%s has no =, expected OPTION=VALUE",
                            quoted);
        config->has_problems = true;
        return false;
    }
    struct chat_scope scope = chat_walk_top(&walk);
    const char *value = equals + 1;
    chat_yaml_init(&walk.yaml, walk.source, columns(assignment, value), value, strlen(value),
                   &walk.problems);
    if (find_target(&walk, &scope, assignment, equals)) {
        if (chat_yaml_next(&walk.yaml) != CHAT_YAML_OVER)
            chat_walk_value(&walk, scope);
        else if (!walk.problems.any)
            chat_walk_refuse(&walk, scope, "no value");
        chat_yaml_next(&walk.yaml); /* to find a second document */
    }
    return finish(&walk);
}
