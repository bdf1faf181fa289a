/* The connection to the server's admin socket: found, opened, asked once; all before a deadline. */
#ifndef CHAT_CLI_LINK_H
#define CHAT_CLI_LINK_H

#include <stddef.h>
#include <stdint.h>

enum { CHAT_LINK_WHY_MAX = 512 };

/* The deadline that lies `ms` ahead, for the calls below. */
int64_t chat_link_deadline(int64_t ms);

/* `given` is the socket of -s; NULL: $CHATD_SOCKET, else the first that answers of the packaged
 * path and those of packaging/run. Returns 0 and a descriptor, or an exit code and a sentence. */
int chat_link_open(const char *given, int64_t deadline, int *ret_link,
                   char ret_why[CHAT_LINK_WHY_MAX]);

/* Sends a line. Returns 0, or an exit code and a sentence. */
int chat_link_send(int link, const char *line, size_t length, int64_t deadline,
                   char ret_why[CHAT_LINK_WHY_MAX]);

/* Sends a line and waits for the one that answers it. Returns 0 and the line without its end, owned
 * by the caller and followed by NUL; or an exit code and a sentence. */
int chat_link_ask(int link, const char *line, size_t length, int64_t deadline, char **ret_answer,
                  size_t *ret_length, char ret_why[CHAT_LINK_WHY_MAX]);

#endif
