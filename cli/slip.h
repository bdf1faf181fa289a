/* What was probably meant by a word of the command line that is none: for the end of the sentence
 * that says so. */
#ifndef CHAT_CLI_SLIP_H
#define CHAT_CLI_SLIP_H

#include <stddef.h>

/* `second` is NULL, or the second word of a command whose first one is right. */
void chat_slip_of_command(const char *first, const char *second, char *sentence, size_t size);
/* With its dashes. */
void chat_slip_of_option(const char *word, size_t length, char *sentence, size_t size);

#endif
