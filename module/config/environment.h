/* ${NAME} in the values of the configuration. Reads the environment: before threads start. */
#ifndef CHAT_CONFIG_ENVIRONMENT_H
#define CHAT_CONFIG_ENVIRONMENT_H

#include <stddef.h>

/* Returns NULL and in ret an owned string with each ${NAME} replaced and each $${ as ${; or a
 * static text that says what is wrong with the text or, where it changes ret_part, with that part
 * of it. What a variable holds is never looked at for another one. */
const char *chat_environment_expand(const char *text, size_t length, char **ret, size_t *ret_length,
                                    const char **ret_part, size_t *ret_part_length);

#endif
