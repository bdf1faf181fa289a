/* One timer. At each of its ticks every worker must have had a beat since the last one; who has not
 * is named in the log and in the status, and the watchdog goes hungry: systemd then ends the
 * program and starts it anew. */
#include "host/notify.h"

#include "net/drain.h"
#include "net/shared.h"
#include "net/tally.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

/* TICK: without a watchdog, how often the status is looked at. LEAST: some of a worker's beats. A
 * watchdog's time has three ticks. */
enum { TICK_MS = 1000, LEAST_MS = 200, FEEDS = 3, STATUS_MAX = 160 };

struct chat_notify {
    uv_timer_t timer;
    struct chatd *chatd;
    bool has_watchdog, stopping;
    int stuck; /* the worker that was last seen so, or -1 */
    char status[STATUS_MAX];
    uint64_t beats[]; /* of each worker, at the last tick */
};

static void put_status(struct chat_notify *notify, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void put_status(struct chat_notify *notify, const char *format, ...)
{
    char status[STATUS_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(status, sizeof(status), format, arguments);
    va_end(arguments);
    if (strcmp(status, notify->status) == 0)
        return;
    strcpy(notify->status, status);
    sd_notifyf(0, "STATUS=%s", status);
}

/* The first worker without a beat since the last tick, or -1. */
static int find_stuck(struct chat_notify *notify)
{
    int stuck = -1;

    for (unsigned i = 0; i < notify->chatd->n_workers; i++) {
        uint64_t beat = chat_tally_read(notify->chatd->tallies[i].beat);
        if (beat == notify->beats[i] && stuck == -1)
            stuck = (int)i;
        notify->beats[i] = beat;
    }
    return stuck;
}

static void tell_status(struct chat_notify *notify)
{
    struct chatd *chatd = notify->chatd;
    unsigned connections = atomic_load(&chatd->connections);
    const char *state = notify->stopping          ? "stopping"
                        : chat_drain_is_on(chatd) ? "draining"
                                                  : "serving";

    if (notify->stuck != -1)
        put_status(notify, "worker %d does not answer", notify->stuck);
    else
        put_status(notify, "%s %u connections", state, connections);
}

static void on_tick(uv_timer_t *timer)
{
    struct chat_notify *notify = timer->data;
    int stuck = notify->stopping ? -1 : find_stuck(notify);

    if (stuck != -1 && stuck != notify->stuck)
        chat_log(notify->chatd, CHATD_ERROR, "worker_stuck", {"worker", NULL, stuck});
    notify->stuck = stuck;
    tell_status(notify);
    if (notify->has_watchdog && stuck == -1)
        sd_notify(0, "WATCHDOG=1");
}

struct chat_notify *chat_notify_start(struct chatd *chatd, uv_loop_t *loop)
{
    struct chat_notify *notify =
        calloc(1, sizeof(*notify) + chatd->n_workers * sizeof(*notify->beats));
    uint64_t watchdog_us = 0, tick_ms = TICK_MS;

    if (notify == NULL)
        abort();
    notify->chatd = chatd;
    notify->stuck = -1;
    notify->has_watchdog = sd_watchdog_enabled(0, &watchdog_us) > 0;
    if (notify->has_watchdog && watchdog_us / 1000 / FEEDS < tick_ms)
        tick_ms = watchdog_us / 1000 / FEEDS;
    if (tick_ms < LEAST_MS)
        tick_ms = LEAST_MS;
    uv_timer_init(loop, &notify->timer);
    notify->timer.data = notify;
    uv_timer_start(&notify->timer, on_tick, tick_ms, tick_ms);
    sd_notify(0, "READY=1");
    return notify;
}

void chat_notify_reload(struct chat_notify *notify, bool begins)
{
    struct timespec now;

    if (notify->stopping)
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (begins)
        sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
                   (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    else
        sd_notify(0, "READY=1");
}

void chat_notify_stopping(struct chat_notify *notify)
{
    notify->stopping = true;
    sd_notify(0, "STOPPING=1");
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void chat_notify_close(struct chat_notify *notify)
{
    if (notify != NULL)
        uv_close((uv_handle_t *)&notify->timer, on_closed);
}
