/* From values back to text. A list is a YAML flow value, its items' options in the order of their
 * rows; what has no value is left out. */
#include "config/show.h"

#include "config/item.h"
#include "config/option.h"
#include "config/problem.h"
#include "config/scalar.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char hidden[] = "(hidden)";

/* Whether YAML reads the text as it stands, wherever. */
static bool is_plain(const char *text)
{
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/";
    bool begins =
        (text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z') || text[0] == '/';
    return begins && strspn(text, set) == strlen(text) && strcmp(text, "null") != 0;
}

/* In double quotes unless it is plain. What would be taken for a variable is kept from it. */
static void put_text(FILE *out, const char *text)
{
    if (is_plain(text)) {
        fputs(text, out);
        return;
    }
    putc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            putc('\\', out);
        else if (strncmp(text, "${", 2) == 0)
            putc('$', out);
        putc(*text, out);
    }
    putc('"', out);
}

static void put_texts(FILE *out, const struct chat_config_texts *texts)
{
    putc('[', out);
    for (size_t i = 0; i < texts->count; i++) {
        fputs(i > 0 ? ", " : "", out);
        put_text(out, texts->items[i]);
    }
    putc(']', out);
}

static const char *text_at(const void *owner, const struct chat_option *row)
{
    return *(char *const *)(const void *)((const char *)owner + row->offset);
}

static bool is_text(const struct chat_option *row)
{
    return row->type >= CHAT_TYPE_TEXT && row->type < CHAT_TYPE_LIST;
}

/* How a value is spelled. */
struct how {
    bool hides;      /* what came from the environment */
    bool lasts_only; /* of items only what a reload does not change */
};

static bool has_value(const void *owner, const struct chat_option *row)
{
    if (row->type == CHAT_TYPE_LIST)
        return chat_item_count(owner, row) > 0;
    if (row->type == CHAT_TYPE_ALGORITHM)
        return chat_item_number(owner, row) != (uint64_t)CHAT_ALGORITHM_MISSING;
    return !is_text(row) || text_at(owner, row) != NULL;
}

static void put_items(FILE *out, const void *owner, const struct chat_option *list, struct how how);

/* One that has a value. */
static void put_value(FILE *out, const void *owner, const struct chat_option *row, struct how how)
{
    char text[CHAT_SCALAR_TEXT_MAX];
    if (row->type == CHAT_TYPE_LIST) {
        put_items(out, owner, row, how);
    } else if (how.hides && row->type >= CHAT_TYPE_TEXT) {
        fputs(hidden, out);
    } else if (is_text(row)) {
        put_text(out, text_at(owner, row));
    } else if (chat_item_has_texts(row)) {
        put_texts(out, (const void *)((const char *)owner + row->offset));
    } else {
        chat_scalar_spell(row, chat_item_number(owner, row), text);
        fputs(text, out);
    }
}

static void put_item(FILE *out, const struct chat_option *list, const void *item, struct how how)
{
    const struct chat_option *rows = chat_option_rows();
    const char *before = "";
    putc('{', out);
    for (const struct chat_option *row = rows; row < rows + CHAT_OPTIONS; row++) {
        if (row->owner != list->item || !has_value(item, row) ||
            (how.lasts_only && row->when == CHAT_WHEN_RELOAD))
            continue;
        fprintf(out, "%s%s: ", before, row->path + strlen(list->path) + 1);
        put_value(out, item, row, how);
        before = ", ";
    }
    putc('}', out);
}

static void put_items(FILE *out, const void *owner, const struct chat_option *list, struct how how)
{
    putc('[', out);
    for (size_t i = 0; i < chat_item_count(owner, list); i++) {
        fputs(i > 0 ? ", " : "", out);
        put_item(out, list, chat_item_at(owner, list, i), how);
    }
    putc(']', out);
}

static char *spell(const struct chat_config *config, enum chat_config_at at, struct how how)
{
    const struct chat_option *row = &chat_option_rows()[at];
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL)
        abort();
    if (row->type == CHAT_TYPE_LIST || has_value(config, row))
        put_value(out, config, row, how);
    if (fclose(out) != 0)
        abort();
    return text;
}

char *chat_show_value(const struct chat_config *config, enum chat_config_at at)
{
    return spell(config, at, (struct how){.hides = config->set_at[at].is_environment});
}

char *chat_show_source(const struct chat_config *config, enum chat_config_at at)
{
    const struct chat_config_place *place = &config->set_at[at];
    const char *variable = place->is_environment ? " (environment)" : "";
    char text[4200];
    if (place->source == NULL)
        snprintf(text, sizeof text, "default");
    else if (strcmp(place->source, "-s") == 0)
        snprintf(text, sizeof text, "-s%s", variable);
    else
        snprintf(text, sizeof text, "%.4096s:%u%s", place->source, place->line, variable);
    char *copy = malloc(strlen(text) + 1);
    if (copy == NULL)
        abort();
    return strcpy(copy, text);
}

const char *chat_show_name(enum chat_config_at at)
{
    return chat_option_rows()[at].path;
}

bool chat_show_needs_restart(enum chat_config_at at)
{
    return chat_option_rows()[at].when == CHAT_WHEN_RESTART;
}

bool chat_show_is_named(enum chat_config_at at, const char *name)
{
    const struct chat_option *row = &chat_option_rows()[at];
    size_t length = name == NULL ? 0 : strlen(name);
    if (row->owner != CHAT_OWNER_CONFIG)
        return false;
    return name == NULL || (strncmp(row->path, name, length) == 0 &&
                            (row->path[length] == '\0' || row->path[length] == '.'));
}

void chat_show_suggest(const char *name, char *ret, size_t size)
{
    char quoted[CHAT_PROBLEM_QUOTE_SIZE], suggestion[200];
    const char *dot = strrchr(name, '.');
    size_t section = dot == NULL ? 0 : (size_t)(dot - name);
    const char *last = dot == NULL ? name : dot + 1;
    chat_option_suggest(name, section, last, strlen(last), suggestion, sizeof suggestion);
    snprintf(ret, size, "there is no option %s, %s", chat_problem_quote(quoted, name, strlen(name)),
             suggestion);
}

static bool are_same(const struct chat_config *a, const struct chat_config *b,
                     enum chat_config_at at, struct how how)
{
    char *one = spell(a, at, how), *other = spell(b, at, how);
    bool is_same = strcmp(one, other) == 0;
    free(one);
    free(other);
    return is_same;
}

bool chat_show_same(const struct chat_config *a, const struct chat_config *b,
                    enum chat_config_at at)
{
    return are_same(a, b, at, (struct how){.hides = false});
}

bool chat_show_waits(const struct chat_config *a, const struct chat_config *b,
                     enum chat_config_at at)
{
    return chat_option_rows()[at].when == CHAT_WHEN_RESTART &&
           !are_same(a, b, at, (struct how){.lasts_only = true});
}

static void ignore(void *context, const char *line)
{
    (void)context, (void)line;
}

void chat_show_copy(struct chat_config *to, const struct chat_config *from, enum chat_config_at at)
{
    const struct chat_option *row = &chat_option_rows()[at];
    struct chat_config_place place = from->set_at[at];
    char *value = spell(from, at, (struct how){.hides = false});
    size_t size = strlen(row->path) + strlen(value) + 2;
    char *assignment = malloc(size);
    if (assignment == NULL)
        abort();
    snprintf(assignment, size, "%s=%s", row->path, value);
    if (value[0] == '\0') {
        free(*(char **)(void *)((char *)to + row->offset));
        *(char **)(void *)((char *)to + row->offset) = NULL;
    } else if (!chat_config_set(to, assignment, ignore, NULL)) {
        abort(); /* it was read before */
    }
    free(assignment);
    free(value);
    if (place.source != NULL)
        place.source = chat_config_source(to, place.source);
    to->set_at[at] = place;
}
