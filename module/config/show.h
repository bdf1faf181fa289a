/* Values as text, as `config show` has them; so they are compared, and so they pass from one
 * configuration to another: what differs is what would be written differently. Pure; one thread. */
#ifndef CHAT_CONFIG_SHOW_H
#define CHAT_CONFIG_SHOW_H

#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>

/* `at` is an option of the configuration or a list, not an item's. Both return owned. The value is
 * one that -s takes, or empty where there is none; a text that came from the environment may be a
 * secret, and is hidden. The source: `default`, `-s`, or FILE:LINE. */
char *chat_show_value(const struct chat_config *config, enum chat_config_at at);
char *chat_show_source(const struct chat_config *config, enum chat_config_at at);

/* The option's whole name, and whether a change of it waits for a restart. */
const char *chat_show_name(enum chat_config_at at);
bool chat_show_needs_restart(enum chat_config_at at);
/* Whether it is the option of that name, or one of that section; NULL: any of the configuration. */
bool chat_show_is_named(enum chat_config_at at, const char *name);
/* Says in ret what was probably meant by a name that none has. */
void chat_show_suggest(const char *name, char *ret, size_t size);

bool chat_show_same(const struct chat_config *a, const struct chat_config *b,
                    enum chat_config_at at);
/* Whether what differs is in part for a new start. */
bool chat_show_waits(const struct chat_config *a, const struct chat_config *b,
                     enum chat_config_at at);

/* Gives `to` the value that `from` has, and says that it comes from there. */
void chat_show_copy(struct chat_config *to, const struct chat_config *from, enum chat_config_at at);

#endif
