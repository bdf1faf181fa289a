/* Owns the way from a path to a listening socket, the admin one or one of `listen`. Two servers
 * that start at once are kept apart by a lock file beside the socket, which lives only as long as
 * this takes; connections are the caller's. */
#define _GNU_SOURCE /* O_PATH, AT_EMPTY_PATH */
#include "admin/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 64, PATH_BYTES = sizeof(((struct sockaddr_un *)NULL)->sun_path) };

/* The sentence ends with errno's words; false, for the caller to return. */
static bool complain(char error[CHAT_SOCKET_ERROR_MAX], const char *path, const char *what)
{
    snprintf(error, CHAT_SOCKET_ERROR_MAX, "socket %.128s: %s: %s", path, what, strerror(errno));
    return false;
}

__attribute__((format(printf, 2, 3))) static bool say(char error[CHAT_SOCKET_ERROR_MAX],
                                                      const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error, CHAT_SOCKET_ERROR_MAX, format, arguments);
    va_end(arguments);
    return false;
}

static bool find_group(const char *name, gid_t *ret_group, char error[CHAT_SOCKET_ERROR_MAX])
{
    struct group group, *found = NULL;
    char memory[16384];

    *ret_group = getegid(); /* a directory with the setgid bit would give it another one */
    if (name == NULL)
        return true;
    getgrnam_r(name, &group, memory, sizeof(memory), &found);
    if (found == NULL)
        return say(error, "group %.64s: there is no such group", name);
    *ret_group = found->gr_gid;
    return true;
}

/* The lock is worth something only while its file is the one that the path names. */
static bool is_current(int lock, const char *path)
{
    struct stat held, named;

    return fstat(lock, &held) == 0 && lstat(path, &named) == 0 && held.st_dev == named.st_dev &&
           held.st_ino == named.st_ino;
}

/* Returns the held lock, or -1 and a sentence. Another holder is a server that starts just now. */
static int take_lock(const char *lock_path, const char *path, char error[CHAT_SOCKET_ERROR_MAX])
{
    for (;;) {
        int lock = open(lock_path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (lock < 0) {
            complain(error, path, "cannot make a file there");
            return -1;
        }
        if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
            say(error, "socket %.128s: another chatd starts there just now", path);
            close(lock);
            return -1;
        }
        if (is_current(lock, lock_path))
            return lock;
        close(lock);
    }
}

/* Makes the path free: nothing there, or the socket of a server that has ended. */
static bool clear_path(const struct sockaddr_un *address, char error[CHAT_SOCKET_ERROR_MAX])
{
    const char *path = address->sun_path;
    struct stat status;

    if (lstat(path, &status) != 0)
        return errno == ENOENT || complain(error, path, "cannot look at it");
    if (!S_ISSOCK(status.st_mode))
        return say(error, "socket %.128s: a file that is no socket is in its place", path);
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return complain(error, path, "cannot make a socket");
    int failed = connect(probe, (const struct sockaddr *)address, sizeof(*address));
    int why = errno;
    close(probe);
    if (failed == 0 || why == EAGAIN)
        return say(error, "socket %.128s: another chatd serves it", path);
    errno = why;
    if (why != ECONNREFUSED)
        return complain(error, path, "cannot tell whether another chatd serves it");
    return unlink(path) == 0 || complain(error, path, "cannot replace it");
}

/* Group, then mode, of the very file that was bound: the path may be another's by now. */
static bool give_away(const char *path, mode_t mode, gid_t group, struct chat_socket_file *ret_file,
                      char error[CHAT_SOCKET_ERROR_MAX])
{
    struct stat status;
    char by_descriptor[64];
    int file = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    bool ok = file >= 0 && fstat(file, &status) == 0 && S_ISSOCK(status.st_mode);

    if (!ok) {
        complain(error, path, "cannot look at it");
    } else if (fchownat(file, "", (uid_t)-1, group, AT_EMPTY_PATH) != 0) {
        ok = complain(error, path, "cannot give it to its group");
    } else {
        snprintf(by_descriptor, sizeof(by_descriptor), "/proc/self/fd/%d", file);
        if (chmod(by_descriptor, mode) != 0)
            ok = complain(error, path, "cannot set its mode");
        *ret_file = (struct chat_socket_file){status.st_dev, status.st_ino};
    }
    if (file >= 0)
        close(file);
    return ok;
}

/* Bound with the owner's bits of the mode alone (Linux gives the file the socket's own mode), so
 * that it is open to nobody whom the final mode leaves out; nobody at all can connect before
 * listen(). */
static int bind_and_listen(const struct sockaddr_un *address, mode_t mode, gid_t group,
                           struct chat_socket_file *ret_file, char error[CHAT_SOCKET_ERROR_MAX])
{
    const char *path = address->sun_path;
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (listener < 0 || fchmod(listener, mode & S_IRWXU) != 0 ||
        bind(listener, (const struct sockaddr *)address, sizeof(*address)) != 0) {
        complain(error, path, "cannot make it");
        if (listener >= 0)
            close(listener);
        return -1;
    }
    bool ok = give_away(path, mode, group, ret_file, error);
    if (ok && listen(listener, BACKLOG) != 0)
        ok = complain(error, path, "cannot listen");
    if (ok)
        return listener;
    unlink(path);
    close(listener);
    return -1;
}

int chat_socket_open(const char *path, mode_t mode, const char *group,
                     struct chat_socket_file *ret_file, char ret_error[CHAT_SOCKET_ERROR_MAX])
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char lock_path[PATH_BYTES + sizeof(".lock")];
    gid_t gid = 0;
    int listener = -1;

    if (path[0] == '\0' || strlen(path) >= PATH_BYTES) {
        say(ret_error, "socket %.128s: its path must have 1 to %d bytes", path, PATH_BYTES - 1);
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path));
    snprintf(lock_path, sizeof(lock_path), "%s.lock", path);
    if (!find_group(group, &gid, ret_error))
        return -1;
    int lock = take_lock(lock_path, path, ret_error);
    if (lock < 0)
        return -1;
    if (clear_path(&address, ret_error))
        listener = bind_and_listen(&address, mode, gid, ret_file, ret_error);
    unlink(lock_path);
    close(lock);
    return listener;
}

void chat_socket_remove(const char *path, const struct chat_socket_file *file)
{
    struct stat status;

    if (lstat(path, &status) == 0 && status.st_dev == file->device && status.st_ino == file->inode)
        unlink(path);
}
