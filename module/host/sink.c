/* Two buffers: one is filled by all, the other is written by the thread; they change places. */
#define _GNU_SOURCE /* pthread_timedjoin_np */
#include "host/sink.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

enum { WAIT_S = 2, ENTRIES_FIELDS_MAX = 24, LOST_BYTES = 256 };

struct buffer {
    char *bytes;
    size_t used;
    unsigned long long entries;
};

struct chat_sink {
    pthread_t thread;
    pthread_mutex_t mutex; /* held to copy one entry or to change a pointer, never to write */
    pthread_cond_t news;
    struct buffer filling, writing;
    unsigned long long lost;
    int next; /* descriptor to change to; -1: none */
    bool ending;
    int descriptor; /* the thread's */
    bool is_journal;
    size_t (*tell_lost)(unsigned long long entries, char *bytes, size_t size);
};

static void buffer_init(struct buffer *buffer)
{
    *buffer = (struct buffer){.bytes = malloc(CHAT_SINK_BYTES)};
    if (buffer->bytes == NULL)
        abort();
}

/* False: what is left can not be written. */
static bool write_all(int descriptor, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = write(descriptor, bytes, length);
        if (n >= 0) {
            bytes += n;
            length -= (size_t)n;
        } else if (errno == EAGAIN) { /* whoever gave us the descriptor may have wanted that */
            poll(&(struct pollfd){.fd = descriptor, .events = POLLOUT}, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* The fields of one entry, each behind its length; the entry itself is behind its own. */
static void send_entry(const char *entry, size_t length)
{
    struct iovec fields[ENTRIES_FIELDS_MAX];
    int count = 0;

    for (size_t at = 0; at < length && count < ENTRIES_FIELDS_MAX; count++) {
        uint16_t size = 0;
        memcpy(&size, entry + at, sizeof(size));
        fields[count] = (struct iovec){(char *)entry + at + sizeof(size), size};
        at += sizeof(size) + size;
    }
    sd_journal_sendv(fields, count);
}

static bool write_bytes(const struct chat_sink *sink, const char *bytes, size_t length)
{
    if (!sink->is_journal)
        return write_all(sink->descriptor, bytes, length);
    for (size_t at = 0, size; at < length; at += sizeof(size) + size) {
        memcpy(&size, bytes + at, sizeof(size));
        send_entry(bytes + at + sizeof(size), size);
    }
    return true;
}

/* An entry of the journal's stands behind its length. */
static void append(const struct chat_sink *sink, struct buffer *buffer, const char *bytes,
                   size_t length)
{
    if (sink->is_journal) {
        memcpy(buffer->bytes + buffer->used, &length, sizeof(length));
        buffer->used += sizeof(length);
    }
    memcpy(buffer->bytes + buffer->used, bytes, length);
    buffer->used += length;
    buffer->entries++;
}

/* Those that were lost are told when something could be written again. */
static unsigned long long tell(const struct chat_sink *sink, unsigned long long lost)
{
    char line[LOST_BYTES], bytes[LOST_BYTES + sizeof(size_t)];
    struct buffer buffer = {.bytes = bytes};

    append(sink, &buffer, line, sink->tell_lost(lost, line, sizeof(line)));
    return write_bytes(sink, buffer.bytes, buffer.used) ? 0 : lost;
}

/* Waits for something to do; false: it is over. What it returns of lost entries is the thread's. */
static bool take(struct chat_sink *sink, unsigned long long *lost)
{
    pthread_mutex_lock(&sink->mutex);
    while (sink->filling.used == 0 && sink->next == -1 && !sink->ending)
        pthread_cond_wait(&sink->news, &sink->mutex);
    bool over = sink->ending && sink->filling.used == 0;
    struct buffer written = sink->writing;
    sink->writing = sink->filling;
    sink->filling = written;
    *lost += sink->lost;
    sink->lost = 0;
    int next = sink->next;
    sink->next = -1;
    pthread_mutex_unlock(&sink->mutex);
    if (next != -1) {
        close(sink->descriptor);
        sink->descriptor = next;
    }
    return !over;
}

static void *run(void *context)
{
    struct chat_sink *sink = context;
    unsigned long long lost = 0;

    while (take(sink, &lost)) {
        struct buffer *buffer = &sink->writing;
        if (!write_bytes(sink, buffer->bytes, buffer->used))
            lost += buffer->entries;
        else if (lost > 0)
            lost = tell(sink, lost);
        buffer->used = 0;
        buffer->entries = 0;
    }
    return NULL;
}

struct chat_sink *chat_sink_create(int descriptor, bool is_journal,
                                   size_t (*tell_lost)(unsigned long long entries, char *bytes,
                                                       size_t size))
{
    struct chat_sink *sink = calloc(1, sizeof(*sink));
    sigset_t all, before;

    if (sink == NULL)
        abort();
    sink->descriptor = descriptor;
    sink->is_journal = is_journal;
    sink->tell_lost = tell_lost;
    sink->next = -1;
    buffer_init(&sink->filling);
    buffer_init(&sink->writing);
    pthread_mutex_init(&sink->mutex, NULL);
    pthread_cond_init(&sink->news, NULL);
    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&sink->thread, NULL, run, sink) != 0)
        abort();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return sink;
}

void chat_sink_put(struct chat_sink *sink, const char *bytes, size_t length)
{
    pthread_mutex_lock(&sink->mutex);
    if (CHAT_SINK_BYTES - sink->filling.used < length + sizeof(length))
        sink->lost++;
    else
        append(sink, &sink->filling, bytes, length);
    pthread_cond_signal(&sink->news);
    pthread_mutex_unlock(&sink->mutex);
}

void chat_sink_turn(struct chat_sink *sink, int descriptor)
{
    pthread_mutex_lock(&sink->mutex);
    if (sink->next != -1)
        close(sink->next);
    sink->next = descriptor;
    pthread_cond_signal(&sink->news);
    pthread_mutex_unlock(&sink->mutex);
}

/* False: the thread hangs. */
static bool end_thread(struct chat_sink *sink)
{
    struct timespec until;

    pthread_mutex_lock(&sink->mutex);
    sink->ending = true;
    pthread_cond_signal(&sink->news);
    pthread_mutex_unlock(&sink->mutex);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_S;
    if (pthread_timedjoin_np(sink->thread, NULL, &until) == 0)
        return true;
    pthread_detach(sink->thread);
    return false;
}

void chat_sink_end(struct chat_sink *sink)
{
    (void)end_thread(sink);
}

void chat_sink_destroy(struct chat_sink *sink)
{
    if (!end_thread(sink))
        return;
    if (sink->descriptor > STDERR_FILENO)
        close(sink->descriptor);
    pthread_mutex_destroy(&sink->mutex);
    pthread_cond_destroy(&sink->news);
    free(sink->filling.bytes);
    free(sink->writing.bytes);
    free(sink);
}
