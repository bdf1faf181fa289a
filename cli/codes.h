/* codes: the tables of close codes and errors, as an answer that no server gave. */
#ifndef CHAT_CLI_CODES_H
#define CHAT_CLI_CODES_H

#include <stddef.h>

/* Returns JSON of the shape of an answer, owned, NUL behind it. */
char *chat_codes_answer(size_t *ret_length);

#endif
