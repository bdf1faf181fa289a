/* What chatctl can do, from its tables. */
#ifndef CHAT_CLI_HELP_H
#define CHAT_CLI_HELP_H

#include "catalog.h"

#include <stdio.h>

/* All commands, or one. */
void chat_help_put(FILE *out, const struct chat_catalog_command *command);

#endif
