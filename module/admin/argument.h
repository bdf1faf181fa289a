/* A command's arguments: which there are, and whether a value fits its type. Any thread. */
#ifndef CHAT_ADMIN_ARGUMENT_H
#define CHAT_ADMIN_ARGUMENT_H

#include "admin/error.h"
#include "admin/rows.h"
#include "proto/json.h"

#include <stdbool.h>

enum { CHAT_ARGUMENT_WHY_MAX = 256 };

/* A command's rows, `*ret_count` of them. */
const struct chat_argument_row *chat_argument_rows(const char *command, size_t *ret_count);

/* Whether the value fits the row; `ret_why` then says what was expected. */
enum chat_admin_error chat_argument_check(const struct chat_argument_row *row,
                                          const struct chat_json_value *value,
                                          char ret_why[CHAT_ARGUMENT_WHY_MAX])
    __attribute__((warn_unused_result));

enum { CHAT_ARGUMENT_TIME_MAX = 24 };

/* A checked value as people type it: a time with the largest unit that leaves no rest, written into
 * ret_time; any other as it is. */
struct chat_slice chat_argument_spell(const struct chat_argument_row *row, struct chat_slice value,
                                      char ret_time[CHAT_ARGUMENT_TIME_MAX]);

#endif
