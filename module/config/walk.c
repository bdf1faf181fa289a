/* The way of YAML text into the configuration, along the rows of option.def. One thread.
 * What a value may be is value.c's, what YAML may have yaml.c's. */
#include "config/walk.h"

#include "config/environment.h"
#include "config/item.h"
#include "config/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct chat_scope chat_walk_top(struct chat_walk *walk)
{
    return (struct chat_scope){chat_option_rows(), 0, walk->config, false};
}

static bool is_leaf(struct chat_scope scope)
{
    return scope.row->path[scope.length] == '\0' && !scope.is_item;
}

bool chat_walk_descend(struct chat_walk *walk, struct chat_scope *scope, const char *name,
                       size_t length, unsigned line, unsigned column)
{
    const char *path = scope->row->path;
    const struct chat_option *row = chat_option_find(path, scope->length, name, length);
    if (row != NULL) {
        scope->length += (scope->length > 0 ? 1 : 0) + length;
        scope->row = row;
        scope->is_item = false;
        return true;
    }
    char quoted[CHAT_PROBLEM_QUOTE_SIZE], suggestion[512];
    chat_option_suggest(path, scope->length, name, length, suggestion, sizeof suggestion);
    chat_problem_report(&walk->problems, walk->source, line, column, "unknown option %s%s%.*s, %s",
                        chat_problem_quote(quoted, name, length), scope->length > 0 ? " in " : "",
                        (int)scope->length, path, suggestion);
    return false;
}

/* So that no rule judges what stands there instead. */
static void spoil(struct chat_walk *walk, struct chat_scope scope)
{
    if (scope.is_item)
        chat_item_spoil(scope.owner, scope.row->item);
    else if (is_leaf(scope) && scope.row->owner != CHAT_OWNER_CONFIG)
        chat_item_spoil(scope.owner, scope.row->owner);
    else if (is_leaf(scope))
        walk->config->set_at[scope.row - chat_option_rows()].is_wrong = true;
}

void chat_walk_refuse(struct chat_walk *walk, struct chat_scope scope, const char *what)
{
    char description[200] = "a mapping of its options";
    spoil(walk, scope);
    if (is_leaf(scope))
        chat_value_describe(scope.row, description, sizeof description);
    chat_problem_report(&walk->problems, walk->source, walk->yaml.line, walk->yaml.column,
                        "%.*s%s%s, expected %s", (int)scope.length, scope.row->path,
                        scope.length > 0 ? ": " : "", what, description);
}

static struct chat_config_place here(const struct chat_walk *walk)
{
    return (struct chat_config_place){walk->source, walk->yaml.line, walk->yaml.column, false,
                                      false};
}

static void note_place(struct chat_walk *walk, struct chat_scope scope)
{
    walk->config->set_at[scope.row - chat_option_rows()] = here(walk);
}

/* Quotes what was written, not what a variable holds: that may be a secret. */
static void refuse_text(struct chat_walk *walk, struct chat_scope scope, const char *text,
                        size_t length, const char *wrong)
{
    char quoted[CHAT_PROBLEM_QUOTE_SIZE], what[CHAT_PROBLEM_QUOTE_SIZE + 100];
    chat_problem_quote(quoted, text, length);
    snprintf(what, sizeof what, "%s %s", quoted, wrong);
    chat_walk_refuse(walk, scope, what);
}

/* That of an item, by its list. */
static void note_environment(struct chat_walk *walk, struct chat_scope scope)
{
    const struct chat_option *row = scope.row;
    if (row->owner != CHAT_OWNER_CONFIG)
        row = chat_option_list(row->owner);
    walk->config->set_at[row - chat_option_rows()].is_environment = true;
}

/* Takes and returns owned: a relative path in a file means one beside that file. An assignment's
 * source has no directory, so that what is typed is relative to where it is typed. */
static char *beside_source(const struct chat_walk *walk, char *path)
{
    const char *slash = strrchr(walk->source, '/');
    size_t directory = slash == NULL ? 0 : (size_t)(slash - walk->source) + 1,
           length = strlen(path);
    if (path[0] == '/' || directory == 0)
        return path;
    char *whole = malloc(directory + length + 1);
    if (whole == NULL)
        abort();
    memcpy(whole, walk->source, directory);
    memcpy(whole + directory, path, length + 1);
    free(path);
    return whole;
}

static void read_text(struct chat_walk *walk, struct chat_scope scope)
{
    const struct chat_yaml *yaml = &walk->yaml;
    char *text;
    const char *part = yaml->text;
    size_t length, part_length = yaml->length;
    struct chat_value value;
    const char *wrong =
        chat_environment_expand(yaml->text, yaml->length, &text, &length, &part, &part_length);
    if (wrong != NULL) {
        refuse_text(walk, scope, part, part_length, wrong);
        return;
    }
    if (length != yaml->length || memcmp(text, yaml->text, length) != 0)
        note_environment(walk, scope);
    wrong = chat_value_read(scope.row, text, length, &value);
    if (wrong == NULL && scope.row->type == CHAT_TYPE_FILE)
        value.text = beside_source(walk, value.text);
    if (wrong == NULL)
        chat_value_store(scope.row, scope.owner, value);
    else
        refuse_text(walk, scope, yaml->text, yaml->length, wrong);
    free(text);
}

/* The current step is the beginning of a list of plain values: it takes the place of what was
 * there. */
static void read_texts(struct chat_walk *walk, struct chat_scope scope)
{
    struct chat_yaml *yaml = &walk->yaml;
    size_t n = 0, most = strtoul(scope.row->max, NULL, 10);
    struct chat_config_place place = here(walk);

    chat_item_clear_texts(scope.owner, scope.row);
    for (; chat_yaml_next(yaml) != CHAT_YAML_END && yaml->kind != CHAT_YAML_OVER; n++) {
        if (yaml->kind == CHAT_YAML_SCALAR && n < most) {
            read_text(walk, scope);
        } else {
            if (yaml->kind != CHAT_YAML_REFUSED && n < most)
                chat_walk_refuse(walk, scope, "an item that is no single value");
            chat_yaml_skip(yaml);
        }
    }
    if (yaml->kind == CHAT_YAML_OVER || n <= most)
        return;
    char what[40];
    snprintf(what, sizeof what, "%zu items", n);
    yaml->line = place.line;
    yaml->column = place.column;
    chat_walk_refuse(walk, scope, what);
}

/* The current step is the value of an option. */
static void read_option(struct chat_walk *walk, struct chat_scope scope)
{
    struct chat_yaml *yaml = &walk->yaml;
    note_place(walk, scope);
    if (chat_item_has_texts(scope.row)) {
        if (chat_yaml_is_empty(yaml)) /* it says nothing, like an empty section */
            return;
        if (yaml->kind == CHAT_YAML_SEQUENCE) {
            read_texts(walk, scope);
            return;
        }
        chat_item_clear_texts(scope.owner, scope.row); /* one value is a list of one */
    }
    if (yaml->kind != CHAT_YAML_SCALAR) {
        chat_walk_refuse(walk, scope, yaml->kind == CHAT_YAML_MAPPING ? "a mapping" : "a list");
        chat_yaml_skip(yaml);
    } else if (chat_yaml_is_empty(yaml)) {
        chat_walk_refuse(walk, scope, "no value");
    } else {
        read_text(walk, scope);
    }
}

/* Whether the key at hand is the first of its name in the mapping; reports it if not. */
static bool is_first(struct chat_walk *walk, struct chat_scope child, unsigned seen[CHAT_OPTIONS])
{
    unsigned *line = &seen[child.row - chat_option_rows()];
    if (*line != 0) {
        chat_problem_report(&walk->problems, walk->source, walk->yaml.line, walk->yaml.column,
                            "%.*s is given again, expected it only once, as in line %u",
                            (int)child.length, child.row->path, *line);
        return false;
    }
    *line = walk->yaml.line;
    return true;
}

/* The current step is the beginning of a mapping. */
static void read_mapping(struct chat_walk *walk, struct chat_scope scope)
{
    struct chat_yaml *yaml = &walk->yaml;
    unsigned seen[CHAT_OPTIONS] = {0};
    while (chat_yaml_next(yaml) != CHAT_YAML_END && yaml->kind != CHAT_YAML_OVER) {
        struct chat_scope child = scope;
        bool is_known = false;
        if (yaml->kind == CHAT_YAML_SCALAR) {
            is_known = chat_walk_descend(walk, &child, yaml->text, yaml->length, yaml->line,
                                         yaml->column) &&
                       is_first(walk, child, seen);
        } else if (yaml->kind != CHAT_YAML_REFUSED) {
            chat_walk_refuse(walk, scope, "a key that is no plain name");
            chat_yaml_skip(yaml);
        }
        chat_yaml_next(yaml);
        if (is_known)
            chat_walk_value(walk, child);
        else
            chat_yaml_skip(yaml);
    }
}

/* The current step is a section or an item. An empty section, as one with all its options commented
 * out, sets nothing. */
static void read_section(struct chat_walk *walk, struct chat_scope scope)
{
    struct chat_yaml *yaml = &walk->yaml;
    if (yaml->kind == CHAT_YAML_MAPPING) {
        read_mapping(walk, scope);
    } else if (!chat_yaml_is_empty(yaml)) {
        chat_walk_refuse(walk, scope, yaml->kind == CHAT_YAML_SCALAR ? "a single value" : "a list");
        chat_yaml_skip(yaml);
    }
}

/* What an item must have beyond its rows. */
static void complete(struct chat_walk *walk, const struct chat_option *list, void *item)
{
    if (list->item != CHAT_OWNER_ROOM || walk->yaml.kind == CHAT_YAML_OVER)
        return;
    struct chat_config_room *room = item;
    if (room->id == NULL && room->is_wrong)
        return; /* it has been reported */
    if (room->id == NULL)
        chat_problem_report(&walk->problems, room->source, room->line, room->column,
                            "%s: an item without id, expected one", list->path);
    else if (room->name == NULL)
        room->name = chat_value_copy(room->id, strlen(room->id));
}

bool chat_walk_is_list(struct chat_scope scope)
{
    return is_leaf(scope) && scope.row->type == CHAT_TYPE_LIST;
}

void chat_walk_choose(struct chat_walk *walk, struct chat_scope *scope, size_t index)
{
    scope->owner = chat_item_at(scope->owner, scope->row, index);
    scope->is_item = true;
    chat_item_place(scope->owner, scope->row, here(walk));
}

/* The current step is one item of a list. */
static void read_item(struct chat_walk *walk, struct chat_scope scope)
{
    chat_item_add(scope.owner, scope.row);
    chat_walk_choose(walk, &scope, chat_item_count(scope.owner, scope.row) - 1);
    chat_walk_value(walk, scope);
    complete(walk, scope.row, scope.owner);
}

/* The current step is the beginning of a list: it takes the place of what was there. */
static void read_items(struct chat_walk *walk, struct chat_scope scope)
{
    struct chat_yaml *yaml = &walk->yaml;
    size_t n = 0, most = strtoul(scope.row->max, NULL, 10);
    struct chat_config_place place = here(walk);
    for (; chat_yaml_next(yaml) != CHAT_YAML_END && yaml->kind != CHAT_YAML_OVER; n++) {
        if (n < most)
            read_item(walk, scope);
        else
            chat_yaml_skip(yaml);
    }
    if (yaml->kind == CHAT_YAML_OVER || (n >= strtoul(scope.row->min, NULL, 10) && n <= most))
        return;
    char what[40];
    snprintf(what, sizeof what, "%zu items", n);
    yaml->line = place.line;
    yaml->column = place.column;
    chat_walk_refuse(walk, scope, what);
}

/* The current step is a list, or its only item. An empty one says nothing, like a section. */
static void read_list(struct chat_walk *walk, struct chat_scope scope)
{
    note_place(walk, scope);
    if (chat_yaml_is_empty(&walk->yaml))
        return;
    chat_item_clear(scope.owner, scope.row);
    if (walk->yaml.kind == CHAT_YAML_SEQUENCE)
        read_items(walk, scope);
    else
        read_item(walk, scope);
}

void chat_walk_value(struct chat_walk *walk, struct chat_scope scope)
{
    if (walk->yaml.kind == CHAT_YAML_OVER || walk->yaml.kind == CHAT_YAML_REFUSED) {
        spoil(walk, scope);
        return; /* its problem has been reported */
    }
    if (chat_walk_is_list(scope))
        read_list(walk, scope);
    else if (is_leaf(scope))
        read_option(walk, scope);
    else
        read_section(walk, scope);
}
