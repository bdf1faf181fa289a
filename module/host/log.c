/* Where the log goes, and in which form. */
#include "host/log.h"

#include "host/line.h"
#include "host/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
    struct chat_sink *sink;
    atomic_int form;  /* enum chat_line_form */
    const char *file; /* NULL: no file */
} output;

/* systemd says which stream it gave us; a shell may have put another one in its place since. */
static bool is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat status;

    return stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

static int open_file(const char *file, char why[CHAT_LOG_WHY_MAX])
{
    int descriptor = open(file, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0640);

    if (descriptor < 0)
        snprintf(why, CHAT_LOG_WHY_MAX, "log.file %.160s: %s", file, strerror(errno));
    return descriptor;
}

static enum chat_line_form form(void)
{
    return (enum chat_line_form)atomic_load_explicit(&output.form, memory_order_relaxed);
}

static struct timespec now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_REALTIME, &time);
    return time;
}

static size_t tell_lost(unsigned long long entries, char *bytes, size_t size)
{
    struct chat_line line;

    chat_line_make(&line, form(), now(), CHATD_WARNING, "log_lost",
                   (struct chatd_field[]){{"lines", NULL, (long long)entries}, {NULL, NULL, 0}});
    size_t length = line.length < size ? line.length : size;
    memcpy(bytes, line.bytes, length);
    return length;
}

void chat_log_format(enum chat_log_format format)
{
    if (form() != CHAT_LINE_JOURNAL)
        atomic_store_explicit(&output.form,
                              format == CHAT_LOG_JSON ? CHAT_LINE_JSON : CHAT_LINE_TEXT,
                              memory_order_relaxed);
}

bool chat_log_open(const struct chat_config *config, char ret_why[CHAT_LOG_WHY_MAX])
{
    int descriptor = STDERR_FILENO;

    output.file = config->log_file;
    chat_log_format(config->log_format);
    if (output.file != NULL)
        descriptor = open_file(output.file, ret_why);
    else if (is_journal())
        output.form = CHAT_LINE_JOURNAL;
    if (descriptor < 0)
        return false;
    output.sink = chat_sink_create(descriptor, form() == CHAT_LINE_JOURNAL, tell_lost);
    return true;
}

void chat_log_write(enum chatd_level level, const char *event, const struct chatd_field *fields)
{
    struct chat_line line;

    chat_line_make(&line, form(), now(), level, event, fields);
    chat_sink_put(output.sink, line.bytes, line.length);
}

bool chat_log_reopen(char ret_why[CHAT_LOG_WHY_MAX])
{
    if (output.file == NULL)
        return true;
    int descriptor = open_file(output.file, ret_why);
    if (descriptor < 0)
        return false;
    chat_sink_turn(output.sink, descriptor);
    return true;
}

void chat_log_close(void)
{
    if (output.sink != NULL)
        chat_sink_destroy(output.sink);
    output.sink = NULL;
}

void chat_log_end(void)
{
    chat_sink_end(output.sink);
}
