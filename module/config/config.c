/* The configuration as a value: its defaults, its end, its lists. One thread. Reading it from text
 * is read.c's, the rules over several options are rule.c's. */
#include "config/config.h"

#include "config/item.h"
#include "config/option.h"
#include "config/value.h"

#include <stdlib.h>
#include <string.h>

void chat_config_init(struct chat_config *config)
{
    const struct chat_option *rows = chat_option_rows();
    memset(config, 0, sizeof *config);
    chat_item_init(config, CHAT_OWNER_CONFIG);
    for (const struct chat_option *row = rows; row < rows + CHAT_OPTIONS; row++) {
        if (row->type != CHAT_TYPE_LIST || row->owner != CHAT_OWNER_CONFIG)
            continue;
        for (unsigned long least = strtoul(row->min, NULL, 10); least > 0; least--)
            chat_item_add(config, row);
    }
}

void chat_config_finish(struct chat_config *config)
{
    chat_item_finish(config, CHAT_OWNER_CONFIG);
    for (size_t i = 0; i < config->n_sources; i++)
        free(config->sources[i]);
    free(config->sources);
    memset(config, 0, sizeof *config);
}

const char *chat_config_source(struct chat_config *config, const char *name)
{
    for (size_t i = 0; i < config->n_sources; i++)
        if (strcmp(config->sources[i], name) == 0)
            return config->sources[i];
    char **larger = realloc(config->sources, (config->n_sources + 1) * sizeof *larger);
    if (larger == NULL)
        abort();
    config->sources = larger;
    return larger[config->n_sources++] = chat_value_copy(name, strlen(name));
}
