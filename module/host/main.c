/* chatd, the server program: arguments, configuration, limits, signals, and the order of start and
 * end. Everything else is the module's or serve.c's. */
#define _GNU_SOURCE /* sched_getaffinity */

#include "host/arguments.h"
#include "host/log.h"
#include "host/not_found.h"
#include "host/notify.h"
#include "host/serve.h"
#include "net/reload.h"
#include "net/shared.h"
#include "net/snapshot.h"

#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

static const char default_file[] = "/etc/chatd/chatd.yaml";

enum { GRACE_MS = 2000 }; /* beyond shutdown.timeout, for what should not happen */

struct server {
    struct chatd *chatd;
    struct chat_serve *serve;
    struct chat_notify *notify; /* NULL until it is ready */
    uv_loop_t loop;
    uv_signal_t terminate, interrupt, reopen, hang_up;
    uv_timer_t deadline;
    enum chatd_reason reason;
    bool ending;
};

static void print_problem(void *context, const char *line)
{
    FILE *stream = context;
    fprintf(stream, "%s\n", line);
}

static bool read_config(struct chatd_config *config, const struct chat_arguments *arguments)
{
    if (arguments->file != NULL)
        chatd_config_load(config, arguments->file, print_problem, stderr);
    else
        chatd_config_load_if_there(config, default_file, print_problem, stderr);
    for (int i = 0; i < arguments->n_settings; i++)
        chatd_config_set(config, arguments->settings[i], print_problem, stderr);
    return chatd_config_check(config, print_problem, stderr);
}

static unsigned count_cpus(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    return n > CHAT_WORKERS_MAX ? CHAT_WORKERS_MAX : (unsigned)n;
}

static void raise_descriptor_limit(struct chatd *chatd)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        chat_log(chatd, CHATD_WARNING, "descriptor_limit", {"reason", strerror(errno), 0});
}

static void on_ended(void *context)
{
    struct server *server = context;
    uv_close((uv_handle_t *)&server->terminate, NULL);
    uv_close((uv_handle_t *)&server->interrupt, NULL);
    uv_close((uv_handle_t *)&server->reopen, NULL);
    uv_close((uv_handle_t *)&server->hang_up, NULL);
    chat_notify_close(server->notify);
    uv_close((uv_handle_t *)&server->deadline, NULL);
}

static void on_admin_closed(void *context)
{
    struct server *server = context;
    chatd_stop(server->chatd, server->reason);
}

static void on_deadline(uv_timer_t *timer)
{
    const struct server *server = timer->data;
    chat_log(server->chatd, CHATD_ERROR, "stop_timed_out");
    chat_log_end();
    _exit(EX_SOFTWARE);
}

static void end(struct server *server, enum chatd_reason reason)
{
    if (server->notify != NULL)
        chat_notify_stopping(server->notify);
    server->ending = true;
    server->reason = reason;
    uv_timer_start(&server->deadline, on_deadline,
                   server->chatd->snapshot->config.shutdown_timeout_ms + GRACE_MS, 0);
    chatd_admin_close(server->chatd, on_admin_closed, server);
    chat_serve_end(server->serve, &server->loop, on_ended, server);
}

static void leave_at_once(void)
{
    chat_log_end();
    _exit(0);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct server *server = handle->data;
    if (server->ending)
        leave_at_once(); /* the second one is meant */
    chat_log(server->chatd, CHATD_INFO, "stopping",
             {"signal", number == SIGTERM ? "SIGTERM" : "SIGINT", 0});
    end(server, number == SIGTERM ? CHATD_RESTART : CHATD_GOING_AWAY);
}

static void reopen_log(struct chatd *chatd)
{
    const char *file = chatd->config->log_file;
    char why[CHAT_LOG_WHY_MAX];

    if (!chat_log_reopen(why))
        chat_log(chatd, CHATD_ERROR, "log_not_reopened", {"file", file, 0}, {"reason", why, 0});
    else if (file != NULL)
        chat_log(chatd, CHATD_INFO, "log_reopened", {"file", file, 0});
}

/* logrotate's way. */
static void on_reopen(uv_signal_t *handle, int number)
{
    const struct server *server = handle->data;
    (void)number;
    reopen_log(server->chatd);
}

static void on_hang_up(uv_signal_t *handle, int number)
{
    const struct server *server = handle->data;
    (void)number;
    if (!server->ending)
        chatd_reload(server->chatd);
}

static void on_reloading(void *context, bool begins)
{
    const struct server *server = context;
    chat_notify_reload(server->notify, begins);
}

/* What a reload means for the program itself. */
static void on_changed(void *context)
{
    struct chatd *chatd = ((struct server *)context)->chatd;
    chat_log_format(chatd->snapshot->config.log_format);
    reopen_log(chatd);
}

/* chatctl shutdown, or the end of a drain that exits. */
static void on_shutdown(void *context)
{
    struct server *server = context;
    if (server->ending)
        return;
    chat_log(server->chatd, CHATD_INFO, "stopping", {"signal", "shutdown", 0});
    end(server, CHATD_GOING_AWAY);
}

static void log_ready(struct chatd *chatd, const struct chat_ports *ports)
{
    struct chatd_field *fields = calloc(ports->n_listeners + 4, sizeof(*fields));
    size_t n = 0;
    if (fields == NULL)
        abort();
    fields[n++] = (struct chatd_field){"version", CHATD_VERSION, 0};
    fields[n++] = (struct chatd_field){"workers", NULL, chatd->n_workers};
    fields[n++] = (struct chatd_field){"pid", NULL, getpid()};
    for (size_t i = 0; i < ports->n_listeners; i++)
        fields[n++] = chat_ports_path(ports, i) != NULL
                          ? (struct chatd_field){"socket", chat_ports_path(ports, i), 0}
                          : (struct chatd_field){"port", NULL, ports->ports[i]};
    if (chat_log_wants(chatd, CHATD_INFO))
        chat_record_write(chatd, CHATD_INFO, "ready", fields);
    free(fields);
}

static void init_h2o(h2o_globalconf_t *globalconf, struct chatd *chatd)
{
    h2o_config_init(globalconf);
    globalconf->server_name = h2o_iovec_init(H2O_STRLIT("chatd"));
    globalconf->http1.upgrade_to_http2 = 0;
    globalconf->http1.req_timeout = chatd->config->http_handshake_timeout_ms;
    globalconf->http2.callbacks.request_shutdown = NULL;
    globalconf->max_request_entity_size = 0;
    h2o_hostconf_t *host =
        h2o_config_register_host(globalconf, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    chatd_register(chatd, host);
    chat_not_found_register(host);
}

static void watch(struct server *server)
{
    uv_loop_init(&server->loop);
    uv_signal_init(&server->loop, &server->terminate);
    uv_signal_init(&server->loop, &server->interrupt);
    uv_signal_init(&server->loop, &server->reopen);
    uv_signal_init(&server->loop, &server->hang_up);
    uv_timer_init(&server->loop, &server->deadline);
    server->terminate.data = server->interrupt.data = server->reopen.data = server;
    server->hang_up.data = server->deadline.data = server;
    uv_signal_start(&server->terminate, on_signal, SIGTERM);
    uv_signal_start(&server->interrupt, on_signal, SIGINT);
    uv_signal_start(&server->reopen, on_reopen, SIGUSR1);
    uv_signal_start(&server->hang_up, on_hang_up, SIGHUP);
}

/* Where CPUs are short, members come before the operator's lists: this thread, and what it starts
 * from now on, is nicer than the workers. Where that is not allowed it is only slower for them. */
static void give_way(void)
{
    enum { NICER = 10 };
    (void)!nice(NICER);
}

/* Runs until a signal; returns the exit code. */
static int serve(struct chatd *chatd, struct chat_ports *ports)
{
    struct server server = {.chatd = chatd};
    h2o_globalconf_t globalconf;
    char error[256];
    int code = 0;

    watch(&server);
    chatd_set_shutdown(chatd, on_shutdown, &server);
    chat_reload_watch(chatd, on_reloading, on_changed, &server);
    init_h2o(&globalconf, chatd);
    server.serve = chat_serve_start(chatd, &globalconf, ports);
    give_way();
    if (chatd_admin_open(chatd, &server.loop, error)) {
        log_ready(chatd, ports);
        server.notify = chat_notify_start(chatd, &server.loop);
    } else {
        fprintf(stderr, "chatd: %s\n", error);
        code = EX_UNAVAILABLE;
        end(&server, CHATD_GOING_AWAY);
    }
    uv_run(&server.loop, UV_RUN_DEFAULT);
    uv_loop_close(&server.loop);
    chat_serve_join(server.serve);
    h2o_config_dispose(&globalconf);
    return code;
}

/* What a storm took goes back to the system: large pieces one by one, not as a part of a heap that
 * a small one behind them keeps. By itself glibc takes large pieces from the heap once some of
 * their size have been freed. */
static void return_memory(void)
{
    enum { LARGE = 64 * 1024 };
    mallopt(M_MMAP_THRESHOLD, LARGE);
    mallopt(M_TRIM_THRESHOLD, 2 * LARGE);
}

static int run(struct chatd_config *public_config)
{
    const struct chat_config *config = (const struct chat_config *)public_config;
    unsigned workers = config->workers != 0 ? config->workers : count_cpus();
    struct chat_ports ports;
    char error[CHAT_LOG_WHY_MAX];

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk */
    return_memory();
    if (!chat_log_open(config, error) || !chat_ports_open(&ports, config, workers, error)) {
        fprintf(stderr, "chatd: %s\n", error);
        chat_log_close();
        return EX_UNAVAILABLE;
    }
    struct chatd *chatd = chatd_create(public_config, workers);
    chatd_set_log(chatd, chat_log_write);
    raise_descriptor_limit(chatd);
    int code = EX_UNAVAILABLE;
    if (chatd_state_open(chatd, error))
        code = serve(chatd, &ports);
    else
        fprintf(stderr, "chatd: %s\n", error);
    chatd_destroy(chatd);
    chat_ports_close(&ports);
    chat_log_close();
    return code;
}

static int with_config(const struct chat_arguments *arguments)
{
    struct chatd_config *config = chatd_config_create();
    int code = EX_CONFIG;
    if (read_config(config, arguments))
        code = arguments->mode == CHAT_MODE_CHECK ? EX_OK : run(config);
    chatd_config_destroy(config);
    return code;
}

int main(int argc, char **argv)
{
    struct chat_arguments arguments;
    int code = EX_OK;

    if (!chat_arguments_read(argc, argv, &arguments))
        code = EX_USAGE;
    else if (arguments.mode == CHAT_MODE_HELP)
        chat_arguments_usage();
    else if (arguments.mode == CHAT_MODE_VERSION)
        puts("chatd " CHATD_VERSION);
    else
        code = with_config(&arguments);
    chat_arguments_finish(&arguments);
    return code;
}
