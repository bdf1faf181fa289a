/* The terminal while a live view has it: the alternate screen, keys without echo; given back as it
 * was whatever ends the view. One at a time. */
#ifndef CHAT_CLI_SCREEN_H
#define CHAT_CLI_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

/* False: standard input or output is no terminal. */
bool chat_screen_open(void);
void chat_screen_close(void);

/* At least 1 by 1. */
void chat_screen_size(unsigned *ret_columns, unsigned *ret_rows);

enum chat_screen_event { CHAT_SCREEN_TIME, CHAT_SCREEN_KEY, CHAT_SCREEN_RESIZED, CHAT_SCREEN_END };

/* Waits for what comes first: so much time, a key, a new size, or a signal that wants an end. */
enum chat_screen_event chat_screen_wait(int64_t ms, char *ret_key);

#endif
