/* Owns the search for the socket and the waiting. Every wait ends at the deadline. */
#include "link.h"

#include "admin/must.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define PACKAGED_SOCKET "/run/chatd/admin.sock"

enum { PLACES_MAX = 3, PLACE_LENGTH_MAX = 128, ANSWER_FIRST = 65536, ANSWER_MAX = 1 << 30 };

__attribute__((format(printf, 3, 4))) static int fail(char *why, int exit_code, const char *format,
                                                      ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why, CHAT_LINK_WHY_MAX, format, arguments);
    va_end(arguments);
    return exit_code;
}

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

int64_t chat_link_deadline(int64_t ms)
{
    return now() + ms;
}

static int64_t left(int64_t deadline)
{
    int64_t ms = deadline - now();

    return ms > 0 ? ms : 0;
}

static int time_out(char *why)
{
    return fail(
        why, EX_TEMPFAIL,
        "the server did not answer in time (a longer -T waits on; chatctl ping asks whether "
        "all workers answer)");
}

/* The kernel holds connect() back while the server's backlog is full; SO_SNDTIMEO bounds that.
 * Returns 0, or an errno. */
static int connect_before(int link, const struct sockaddr_un *address, int64_t deadline)
{
    int64_t ms = left(deadline);
    struct timeval wait = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

    if (ms == 0)
        return EAGAIN;
    setsockopt(link, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
    return connect(link, (const struct sockaddr *)address, sizeof(*address)) == 0 ? 0 : errno;
}

/* Returns 0 and a descriptor, or an errno. */
static int try_path(const char *path, int64_t deadline, int *ret_link)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (path[0] == '\0') /* the kernel would take it for an abstract name */
        return ENOENT;
    if (strlen(path) >= sizeof(address.sun_path))
        return ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path));
    int link = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int failed = link < 0 ? errno : connect_before(link, &address, deadline);
    if (failed == 0)
        *ret_link = link;
    else if (link >= 0)
        close(link);
    return failed;
}

/* What stands there, if it is no socket; else NULL. */
static const char *other_than_socket(const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0 || S_ISSOCK(status.st_mode))
        return NULL;
    return S_ISDIR(status.st_mode) ? "a directory" : "a file of another kind";
}

static int explain(int error, const char *path, char *why)
{
    const char *other = error == ECONNREFUSED ? other_than_socket(path) : NULL;

    if (other != NULL)
        return fail(why, EX_DATAERR, "%s is no socket but %s (-s takes chatd's admin.socket)", path,
                    other);
    switch (error) {
    case EAGAIN:
        return time_out(why);
    case ENOENT:
    case ENOTDIR:
        return fail(
            why, EX_UNAVAILABLE,
            "no chatd serves %s: the file is not there (systemctl status chatd says whether "
            "it runs, its admin.socket where)",
            path);
    case ECONNREFUSED:
        return fail(why, EX_UNAVAILABLE,
                    "no chatd serves %s any more: it has ended (its log says why: journalctl -u "
                    "chatd)",
                    path);
    case EACCES:
    case EPERM:
        return fail(why, EX_NOPERM, "you may not use %s (ls -l shows who may: its owner and group)",
                    path);
    case ENAMETOOLONG:
        return fail(why, EX_DATAERR, "the path of a socket has at most 107 bytes");
    default:
        return fail(why, EX_UNAVAILABLE, "cannot connect to %s: %s (is it chatd's admin.socket?)",
                    path, strerror(error));
    }
}

/* /tmp is everybody's: what stands in a directory of another user's there is not our server. */
static bool is_own_directory_of(const char *path)
{
    char directory[PATH_MAX];
    struct stat status;

    snprintf(directory, sizeof(directory), "%s", path);
    *strrchr(directory, '/') = '\0';
    return lstat(directory, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid();
}

/* Where a server may be when nothing was said; returns how many places there are. */
static size_t list_places(char places[PLACES_MAX][PLACE_LENGTH_MAX])
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    size_t count = 0;

    snprintf(places[count++], PLACE_LENGTH_MAX, "%s", PACKAGED_SOCKET);
    if (runtime != NULL && runtime[0] != '\0')
        snprintf(places[count++], PLACE_LENGTH_MAX, "%s/chatd-%u/admin.sock", runtime, geteuid());
    snprintf(places[count], PLACE_LENGTH_MAX, "/tmp/chatd-%u/admin.sock", geteuid());
    return count + is_own_directory_of(places[count]);
}

/* The first that answers; else what is wrong with the first that is there. */
static int search(int64_t deadline, int *ret_link, char *why)
{
    char places[PLACES_MAX][PLACE_LENGTH_MAX], tried[PLACES_MAX * (PLACE_LENGTH_MAX + 2)];
    size_t count = list_places(places), used = 0;
    int exit_code = 0;

    for (size_t i = 0; i < count; i++) {
        int error = try_path(places[i], deadline, ret_link);
        if (error == 0)
            return 0;
        if (exit_code == 0 && error != ENOENT && error != ENOTDIR)
            exit_code = explain(error, places[i], why);
    }
    if (exit_code != 0)
        return exit_code;
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(tried + used, sizeof(tried) - used, "%s%s", i > 0 ? ", " : "",
                                 places[i]);
    return fail(
        why, EX_UNAVAILABLE,
        "no chatd answers; tried %s (systemctl status chatd says whether it runs; -s SOCKET "
        "or $CHATD_SOCKET names another place)",
        tried);
}

int chat_link_open(const char *given, int64_t deadline, int *ret_link,
                   char ret_why[CHAT_LINK_WHY_MAX])
{
    const char *path = given != NULL ? given : getenv("CHATD_SOCKET");

    if (path == NULL || (given == NULL && path[0] == '\0'))
        return search(deadline, ret_link, ret_why);
    int error = try_path(path, deadline, ret_link);
    return error == 0 ? 0 : explain(error, path, ret_why);
}

/* False: the deadline has passed. */
static bool await(int link, short events, int64_t deadline)
{
    struct pollfd ready = {.fd = link, .events = events};
    int64_t ms = left(deadline);

    while (ms > 0) {
        int got = poll(&ready, 1, ms > INT_MAX ? INT_MAX : (int)ms);
        if (got > 0)
            return true;
        ms = left(deadline);
    }
    return false;
}

/* A server that ends the connection early may still have said why: then the answer tells. */
int chat_link_send(int link, const char *line, size_t length, int64_t deadline,
                   char why[CHAT_LINK_WHY_MAX])
{
    while (length > 0) {
        ssize_t sent = send(link, line, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            line += sent;
            length -= (size_t)sent;
        } else if (errno == EPIPE || errno == ECONNRESET) {
            return 0;
        } else if (errno != EAGAIN && errno != EINTR) {
            return fail(why, EX_UNAVAILABLE, "cannot send to the server: %s", strerror(errno));
        } else if (!await(link, POLLOUT, deadline)) {
            return time_out(why);
        }
    }
    return 0;
}

/* Makes room for more behind `used`; false: an answer of this size is none. */
static bool grow(char **bytes, size_t *size, size_t used)
{
    if (used + 1 < *size)
        return true;
    if (*size >= ANSWER_MAX)
        return false;
    *size = *size == 0 ? ANSWER_FIRST : *size * 2;
    *bytes = chat_must(realloc(*bytes, *size));
    return true;
}

/* Returns what recv() does, EAGAIN at the deadline. */
static ssize_t receive(int link, char *bytes, size_t size, int64_t deadline)
{
    for (;;) {
        ssize_t got = recv(link, bytes, size, MSG_DONTWAIT);
        if (got >= 0 || (errno != EAGAIN && errno != EINTR))
            return got;
        if (!await(link, POLLIN, deadline)) {
            errno = EAGAIN;
            return -1;
        }
    }
}

static int receive_line(int link, int64_t deadline, char **bytes, size_t *ret_length, char *why)
{
    size_t size = 0, used = 0;

    for (;;) {
        if (!grow(bytes, &size, used))
            return fail(why, EX_SOFTWARE, "the server's answer does not end");
        ssize_t got = receive(link, *bytes + used, size - used - 1, deadline);
        if (got < 0 && errno == EAGAIN)
            return time_out(why);
        if (got <= 0)
            return fail(why, EX_UNAVAILABLE,
                        "the server ended the connection without an answer (its log may say why)");
        char *newline = memchr(*bytes + used, '\n', (size_t)got);
        used += (size_t)got;
        if (newline == NULL)
            continue;
        *newline = '\0';
        *ret_length = (size_t)(newline - *bytes);
        return 0;
    }
}

int chat_link_ask(int link, const char *line, size_t length, int64_t deadline, char **ret_answer,
                  size_t *ret_length, char ret_why[CHAT_LINK_WHY_MAX])
{
    char *bytes = NULL;
    int failed = chat_link_send(link, line, length, deadline, ret_why);

    if (failed == 0)
        failed = receive_line(link, deadline, &bytes, ret_length, ret_why);
    if (failed == 0)
        *ret_answer = bytes;
    else
        free(bytes);
    return failed;
}
