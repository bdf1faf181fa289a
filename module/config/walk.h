/* The way of YAML text into the configuration, along the rows of option.def. One thread. */
#ifndef CHAT_CONFIG_WALK_H
#define CHAT_CONFIG_WALK_H

#include "config/config.h"
#include "config/option.h"
#include "config/problem.h"
#include "config/yaml.h"

#include <stdbool.h>
#include <stddef.h>

/* What is being read, from where, into what. */
struct chat_walk {
    struct chat_config *config;
    const char *source; /* belongs to the configuration */
    struct chat_problems problems;
    struct chat_yaml yaml;
};

/* A place in the tree of options: the first `length` bytes of row's path name it. */
struct chat_scope {
    const struct chat_option *row;
    size_t length;
    void *owner;  /* the struct that has the members below */
    bool is_item; /* of the list that row is; else the list itself, a section or an option */
};

struct chat_scope chat_walk_top(struct chat_walk *walk);

/* Goes down by a name; false: there is no such name, which has been reported. */
bool chat_walk_descend(struct chat_walk *walk, struct chat_scope *scope, const char *name,
                       size_t length, unsigned line, unsigned column);

/* Whether the scope is a list as a whole. */
bool chat_walk_is_list(struct chat_scope scope);

/* Goes from a list down to one of its items. */
void chat_walk_choose(struct chat_walk *walk, struct chat_scope *scope, size_t index);

/* Takes the value whose first step is the current one into the place. */
void chat_walk_value(struct chat_walk *walk, struct chat_scope scope);

/* Reports at the current step what is wrong with the place's value, and what it takes. */
void chat_walk_refuse(struct chat_walk *walk, struct chat_scope scope, const char *what);

#endif
