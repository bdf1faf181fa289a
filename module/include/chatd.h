/* chatd as a part of any program built on libh2o (2.2, libuv flavour): chat rooms over WebSocket on
 * the host's own threads and loops. The module starts none. In a host's life come, in this order:
 *
 * - chatd_config_create: the defaults, then files and settings, then chatd_config_check;
 * - chatd_create for n worker threads, and chatd_register before the first h2o_context_init;
 * - chatd_state_open, if anything is to outlive a restart;
 * - chatd_attach on each thread: upgrades get 503 until all are attached;
 * - chatd_admin_open, if it is to be administered;
 * - chatd_admin_close, then chatd_stop: each thread's `stopped` comes;
 * - chatd_destroy and chatd_config_destroy.
 *
 * Compile with H2O_USE_LIBUV=1. Where a thread is not named, a function may be called from any, but
 * only before the first attach or after the last `stopped`. */
#ifndef CHATD_H
#define CHATD_H

#include <h2o.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CHATD_EXPORT __attribute__((visibility("default")))

struct chatd;
struct chatd_config;

/* Told every problem as one line `FILE:LINE:COLUMN: what is wrong, what was expected`. */
typedef void chatd_problem_cb(void *context, const char *line);

/* Returns owned: the defaults of chatd.yaml(5). */
CHATD_EXPORT struct chatd_config *chatd_config_create(void);
CHATD_EXPORT void chatd_config_destroy(struct chatd_config *config);
/* Reads a YAML file over what is there, and sets one option as `rooms.max=5`. False: there were
 * problems; more can be read and checked then to hear of others, but it is of no other use. */
CHATD_EXPORT bool chatd_config_load(struct chatd_config *config, const char *path,
                                    chatd_problem_cb *problem, void *context);
/* The same, but that the file may be missing; then it says nothing. */
CHATD_EXPORT bool chatd_config_load_if_there(struct chatd_config *config, const char *path,
                                             chatd_problem_cb *problem, void *context);
CHATD_EXPORT bool chatd_config_set(struct chatd_config *config, const char *assignment,
                                   chatd_problem_cb *problem, void *context);

/* Once all is read: the rules over several options, the keys of auth.*, what else the files and
 * names in it mean. False: there were problems, now or before. */
CHATD_EXPORT bool chatd_config_check(struct chatd_config *config, chatd_problem_cb *problem,
                                     void *context);

/* Returns owned; shares the configuration, which was checked and is not changed any more.
 * `workers`: 1 to 256 threads will attach. */
CHATD_EXPORT struct chatd *chatd_create(struct chatd_config *config, unsigned workers);
/* All threads have been told that they are stopped, or none was attached. */
CHATD_EXPORT void chatd_destroy(struct chatd *chatd);

/* Before the first attach: reads what outlives a restart (the option `state`). False: it is there
 * and cannot be read, and `error` says why. Without this call, and where nothing can be kept, bans,
 * mutes and rooms of chatctl are refused. */
CHATD_EXPORT bool chatd_state_open(struct chatd *chatd, char error[256]);

/* Serves websocket.path and /health on this host, to connections without TLS of H2O's own: that can
 * not be taken over from it. */
CHATD_EXPORT void chatd_register(struct chatd *chatd, h2o_hostconf_t *host);

/* On the worker's own thread, before its loop runs. Once the server has been stopped and nothing of
 * chatd is left on the loop, `stopped` is called from it. */
CHATD_EXPORT void chatd_attach(struct chatd *chatd, h2o_context_t *context, unsigned index,
                               void (*stopped)(void *context), void *stopped_context);

/* Why the server ends, as its clients are told (PROTOCOL §8). */
enum chatd_reason { CHATD_GOING_AWAY = 1001, CHATD_RESTART = 1012 };

/* Any thread, once all are attached: no request is taken any more, members get what they are owed
 * and a close frame, in shutdown.timeout at most. The admin server is closed before. */
CHATD_EXPORT void chatd_stop(struct chatd *chatd, enum chatd_reason reason);

/* The admin socket (admin.*), on a loop that the host names; it may be a worker's. On that loop's
 * thread, once all are attached. False: it can not be had, and `error` says why; it is to be closed
 * all the same. */
CHATD_EXPORT bool chatd_admin_open(struct chatd *chatd, uv_loop_t *loop, char error[256]);
/* On the same thread, before chatd_stop. `closed` comes when its clients are gone. */
CHATD_EXPORT void chatd_admin_close(struct chatd *chatd, void (*closed)(void *context),
                                    void *context);

/* Reads again, as they are now, the files and settings of the configuration. Where nothing is wrong
 * with them they are in effect a moment later, but for options that need a restart; else nothing
 * changes. The log tells which. On the admin's thread, while it is open. */
CHATD_EXPORT void chatd_reload(struct chatd *chatd);

/* Any thread, once all are attached. Nobody is let in any more (503, /health too), and who is there
 * is sent away, evenly over that time; undrain ends it. One of both at a time. */
CHATD_EXPORT void chatd_drain(struct chatd *chatd, uint64_t over_ms);
CHATD_EXPORT void chatd_undrain(struct chatd *chatd);

/* `wanted` is called on the admin's thread when an administrator asks the program to end: it closes
 * the admin server and stops (CHATD_GOING_AWAY). Without it that is refused. */
CHATD_EXPORT void chatd_set_shutdown(struct chatd *chatd, void (*wanted)(void *context),
                                     void *context);

/* What happens is told as it happens. `fields` ends with a row without a key; a field without a
 * text is the number. Any thread; by default nobody is told. */
enum chatd_level { CHATD_ERROR, CHATD_WARNING, CHATD_INFO, CHATD_DEBUG };
struct chatd_field {
    const char *key;
    const char *text;
    long long number;
};
typedef void chatd_log_cb(enum chatd_level level, const char *event,
                          const struct chatd_field *fields);
CHATD_EXPORT void chatd_set_log(struct chatd *chatd, chatd_log_cb *log);

#ifdef __cplusplus
}
#endif

#endif
