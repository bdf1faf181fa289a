/* Workers on threads of their own, started and stopped many times: none is told anything by
 * another, or by the host, once it has gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "net/dispatch.h"
#include "net/worker.h"

enum { WORKERS = 4, ROUNDS = 10 };

struct server {
    struct chatd *chatd;
    pthread_barrier_t attached;
};

struct thread {
    struct server *server;
    unsigned index;
    pthread_t pthread;
    bool destroyed;
    int loop_left; /* uv_loop_close's answer */
};

static void on_destroyed(void *context)
{
    ((struct thread *)context)->destroyed = true;
}

static void *run(void *argument)
{
    struct thread *thread = argument;
    struct chatd *chatd = thread->server->chatd;
    uv_loop_t loop;

    uv_loop_init(&loop);
    chat_worker_create(&(struct chat_worker_spec){.shared = chatd,
                                                  .office = chatd->office,
                                                  .loop = &loop,
                                                  .index = thread->index,
                                                  .workers = WORKERS,
                                                  .app = &chat_dispatch_app,
                                                  .destroyed = on_destroyed,
                                                  .context = thread});
    pthread_barrier_wait(&thread->server->attached);
    uv_run(&loop, UV_RUN_DEFAULT);
    thread->loop_left = uv_loop_close(&loop);
    return NULL;
}

static void run_and_stop(struct chatd_config *config)
{
    struct server server = {.chatd = chatd_create(config, WORKERS)};
    struct thread threads[WORKERS] = {0};

    pthread_barrier_init(&server.attached, NULL, WORKERS + 1);
    for (unsigned i = 0; i < WORKERS; i++) {
        threads[i].server = &server;
        threads[i].index = i;
        assert_int_equal(pthread_create(&threads[i].pthread, NULL, run, &threads[i]), 0);
    }
    pthread_barrier_wait(&server.attached);
    chatd_stop(server.chatd, CHATD_RESTART);
    for (unsigned i = 0; i < WORKERS; i++) {
        pthread_join(threads[i].pthread, NULL);
        assert_true(threads[i].destroyed);
        assert_int_equal(threads[i].loop_left, 0);
    }
    pthread_barrier_destroy(&server.attached);
    chatd_destroy(server.chatd);
}

static void idle_workers_stop_together(void **unused)
{
    struct chatd_config *config = chatd_config_create();

    (void)unused;
    for (unsigned round = 0; round < ROUNDS; round++)
        run_and_stop(config);
    chatd_config_destroy(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_workers_stop_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
