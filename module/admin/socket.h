/* A Unix socket in the file system: how it comes to its path, and how it goes. Any thread; only at
 * start and end, as these calls may wait for the file system. */
#ifndef CHAT_ADMIN_SOCKET_H
#define CHAT_ADMIN_SOCKET_H

#include <sys/types.h>

enum { CHAT_SOCKET_ERROR_MAX = 256 };

/* Which file it is, so that a later owner of the path is left alone. */
struct chat_socket_file {
    dev_t device;
    ino_t inode;
};

/* Returns a listening descriptor, or -1 and a sentence. At no time may others than `mode` and
 * `group` say (NULL: the process's own) connect. The socket of a server that has ended is replaced,
 * that of one that lives is not, nor is a file of another kind. */
int chat_socket_open(const char *path, mode_t mode, const char *group,
                     struct chat_socket_file *ret_file, char ret_error[CHAT_SOCKET_ERROR_MAX]);

/* Removes the file if the path still leads to it. */
void chat_socket_remove(const char *path, const struct chat_socket_file *file);

#endif
