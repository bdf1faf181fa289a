/* What each thread does from its start to its join (H2O.md §10 for the order of its end). */
#define _GNU_SOURCE /* pthread_setname_np */
#include "host/serve.h"

#include "core/limits.h"
#include "net/listener.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

struct thread {
    struct chat_serve *serve;
    unsigned index;
    pthread_t pthread;
    uv_loop_t loop;
    h2o_context_t context;
    uv_async_t end; /* accept no more */
    struct chat_listener **listeners;
    size_t left; /* listeners that are open, and the worker */
    bool ending;
};

struct chat_serve {
    struct chatd *chatd;
    h2o_globalconf_t *globalconf;
    struct chat_ports *ports;
    unsigned n_threads;
    uv_async_t all_ended; /* on the main loop */
    void (*ended)(void *context);
    void *context;
    atomic_uint n_ended;
    pthread_mutex_t mutex; /* only until all are attached */
    pthread_cond_t attached;
    unsigned n_attached;
    struct thread threads[];
};

static void on_async_closed(uv_handle_t *handle)
{
    uv_stop(handle->loop);
}

/* One of the thread's parts has ended. */
static void part_ended(void *context)
{
    struct thread *thread = context;
    if (--thread->left == 0)
        uv_close((uv_handle_t *)&thread->end, on_async_closed);
}

static void on_end(uv_async_t *async)
{
    struct thread *thread = async->data;
    if (thread->ending)
        return;
    thread->ending = true;
    for (size_t i = 0; i < thread->serve->ports->n_listeners; i++)
        chat_listener_close(thread->listeners[i], part_ended, thread);
}

static void begin(struct thread *thread)
{
    struct chat_serve *serve = thread->serve;
    struct chat_ports *ports = serve->ports;

    uv_loop_init(&thread->loop);
    h2o_context_init(&thread->context, &thread->loop, serve->globalconf);
    uv_async_init(&thread->loop, &thread->end, on_end);
    thread->end.data = thread;
    chatd_attach(serve->chatd, &thread->context, thread->index, part_ended, thread);
    thread->left = ports->n_listeners + 1;
    thread->listeners = calloc(ports->n_listeners, sizeof(*thread->listeners));
    if (thread->listeners == NULL)
        abort();
    for (size_t i = 0; i < ports->n_listeners; i++) {
        int *fd = &ports->fds[thread->index * ports->n_listeners + i];
        thread->listeners[i] =
            chat_listener_open(serve->chatd, &thread->context, thread->index, i, *fd);
        *fd = -1;
    }
    pthread_mutex_lock(&serve->mutex);
    serve->n_attached++;
    pthread_cond_signal(&serve->attached);
    pthread_mutex_unlock(&serve->mutex);
}

static void *run(void *argument)
{
    struct thread *thread = argument;
    struct chat_serve *serve = thread->serve;

    begin(thread);
    uv_run(&thread->loop, UV_RUN_DEFAULT);
    h2o_context_dispose(&thread->context);
    uv_run(&thread->loop, UV_RUN_DEFAULT);
    uv_loop_close(&thread->loop);
    free(thread->listeners);
    if (atomic_fetch_add(&serve->n_ended, 1) + 1 == serve->n_threads)
        uv_async_send(&serve->all_ended);
    return NULL;
}

/* For top, and whoever looks at a thread that hangs. */
static void name(pthread_t thread, unsigned index)
{
    char text[16];
    snprintf(text, sizeof(text), "worker %u", index % CHAT_WORKERS_MAX);
    pthread_setname_np(thread, text);
}

struct chat_serve *chat_serve_start(struct chatd *chatd, h2o_globalconf_t *globalconf,
                                    struct chat_ports *ports)
{
    size_t threads = ports->n_workers * sizeof(struct thread);
    struct chat_serve *serve = calloc(1, sizeof(*serve) + threads);
    sigset_t all, before;

    if (serve == NULL)
        abort();
    serve->chatd = chatd;
    serve->globalconf = globalconf;
    serve->ports = ports;
    serve->n_threads = ports->n_workers;
    pthread_mutex_init(&serve->mutex, NULL);
    pthread_cond_init(&serve->attached, NULL);
    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (unsigned i = 0; i < serve->n_threads; i++) {
        serve->threads[i].serve = serve;
        serve->threads[i].index = i;
        if (pthread_create(&serve->threads[i].pthread, NULL, run, &serve->threads[i]) != 0)
            abort();
        name(serve->threads[i].pthread, i);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_mutex_lock(&serve->mutex);
    while (serve->n_attached < serve->n_threads)
        pthread_cond_wait(&serve->attached, &serve->mutex);
    pthread_mutex_unlock(&serve->mutex);
    return serve;
}

static void on_all_ended(uv_async_t *async)
{
    struct chat_serve *serve = async->data;
    uv_close((uv_handle_t *)async, NULL);
    serve->ended(serve->context);
}

void chat_serve_end(struct chat_serve *serve, uv_loop_t *loop, void (*ended)(void *context),
                    void *context)
{
    serve->ended = ended;
    serve->context = context;
    uv_async_init(loop, &serve->all_ended, on_all_ended);
    serve->all_ended.data = serve;
    for (unsigned i = 0; i < serve->n_threads; i++)
        uv_async_send(&serve->threads[i].end);
}

void chat_serve_join(struct chat_serve *serve)
{
    for (unsigned i = 0; i < serve->n_threads; i++)
        pthread_join(serve->threads[i].pthread, NULL);
    pthread_cond_destroy(&serve->attached);
    pthread_mutex_destroy(&serve->mutex);
    free(serve);
}
