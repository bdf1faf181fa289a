/* Text for people: what a terminal makes of it. The process's LC_CTYPE is a UTF-8 one. */
#ifndef CHAT_CLI_TEXT_H
#define CHAT_CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Whether the string is UTF-8. */
bool chat_text_is_valid(const char *text);

/* Prints what no terminal obeys: control characters, those that turn the direction of writing and
 * bytes that are not UTF-8 come as `\n`, `\x1b`, `\u202e`. Returns the columns that it takes. */
size_t chat_text_put(FILE *out, const char *bytes, size_t length);

enum { CHAT_TEXT_DURATION_MAX = 32, CHAT_TEXT_BYTES_MAX = 32 };

/* 12 B, 1.5 KiB, 3.2 GiB. */
void chat_text_bytes(char ret_text[CHAT_TEXT_BYTES_MAX], uint64_t bytes);

/* 250ms, 3m, 2h5m: the two largest units. */
void chat_text_duration(char ret_text[CHAT_TEXT_DURATION_MAX], uint64_t ms);

#endif
