/* echo-host PORT: sends every text and binary message back, on the module's own connection and
 * frame code, so that a conformance suite meets what chatd runs. ws://127.0.0.1:PORT/ is the only
 * path; messages up to 64 MiB, and no limit of rate, queue or time in the way. With PORT 0 the
 * kernel chooses. Prints `port=N` when it listens; SIGTERM and SIGINT end it with 0. One thread. */
#include "net/listener.h"
#include "net/worker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

static const char *const settings[] = {
    "websocket.path=/",
    "websocket.max_message_size=64MiB",
    "websocket.pong_timeout=7d",
    "websocket.ping_interval=6d",
    "websocket.message_timeout=7d",
    "websocket.idle_timeout=0",
    "limits.outbound_queue=1GiB",
    "limits.connections_per_address=0",
    "limits.handshakes_per_second=0",
};
enum { SETTINGS = sizeof(settings) / sizeof(*settings), BACKLOG = 128 };

struct echo_host {
    struct chatd *chatd;
    h2o_globalconf_t globalconf;
    h2o_context_t context;
    uv_loop_t loop;
    uv_signal_t terminate, interrupt;
    struct chat_listener *listener;
    unsigned parts; /* the listener and the worker, as long as they live */
};

/* One block, as a queue's spans hold whole frames: the message's only copy. */
static bool echo(struct chat_conn *conn, enum chat_opcode opcode, struct chat_slice message)
{
    char header[CHAT_FRAME_HEADER_MAX];
    size_t header_length = chat_frame_header(header, opcode, message.length);
    struct chat_block *block = chat_block_open(NULL, header_length + message.length);

    chat_block_append(block, (struct chat_slice){header, header_length});
    chat_block_append(block, message);
    chat_conn_push(conn, block, 0, block->length);
    chat_block_unref(block);
    return true;
}

static bool always(const struct chat_conn *conn)
{
    (void)conn;
    return true;
}

static void forget(struct chat_conn *conn)
{
    (void)conn; /* nothing was kept of it */
}

static const struct chat_conn_app app = {
    .message = echo, .accepts = always, .quiet = always, .ended = forget, .takes_binary = true};

static void print_problem(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "echo-host: %s\n", line);
}

static bool configure(struct chatd_config *config)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (!chatd_config_set(config, settings[i], print_problem, NULL))
            return false;
    return chatd_config_check(config, print_problem, NULL);
}

/* H2O's own handles keep the loop alive until its context goes. */
static void on_closed(uv_handle_t *handle)
{
    uv_stop(handle->loop);
}

static void part_ended(void *context)
{
    struct echo_host *host = context;
    if (--host->parts > 0)
        return;
    uv_close((uv_handle_t *)&host->terminate, NULL);
    uv_close((uv_handle_t *)&host->interrupt, on_closed);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct echo_host *host = handle->data;
    (void)number;
    if (host->listener == NULL)
        return;
    chat_listener_close(host->listener, part_ended, host);
    host->listener = NULL;
    chatd_stop(host->chatd, CHATD_GOING_AWAY);
}

static void watch(struct echo_host *host, uv_signal_t *handle, int number)
{
    uv_signal_init(&host->loop, handle);
    handle->data = host;
    uv_signal_start(handle, on_signal, number);
}

/* A listening socket on loopback, or -1 with errno. */
static int listen_on(uint16_t port, uint16_t *ret_port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd == -1)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&address, length) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void serve(struct chatd_config *config, int fd, uint16_t port)
{
    struct echo_host host = {.chatd = chatd_create(config, 1), .parts = 2};

    h2o_config_init(&host.globalconf);
    host.globalconf.http1.upgrade_to_http2 = 0;
    host.globalconf.http2.callbacks.request_shutdown = NULL;
    chatd_register(host.chatd, h2o_config_register_host(
                                   &host.globalconf, h2o_iovec_init(H2O_STRLIT("default")), 65535));
    uv_loop_init(&host.loop);
    h2o_context_init(&host.context, &host.loop, &host.globalconf);
    watch(&host, &host.terminate, SIGTERM);
    watch(&host, &host.interrupt, SIGINT);
    chat_worker_attach(host.chatd, &host.context, 0, &app, part_ended, &host);
    host.listener = chat_listener_open(host.chatd, &host.context, 0, 0, fd);
    printf("port=%u\n", port);
    fflush(stdout);
    uv_run(&host.loop, UV_RUN_DEFAULT);
    h2o_context_dispose(&host.context);
    uv_run(&host.loop, UV_RUN_DEFAULT);
    uv_loop_close(&host.loop);
    h2o_config_dispose(&host.globalconf);
    chatd_destroy(host.chatd);
}

int main(int argc, char **argv)
{
    char *end = NULL;
    unsigned long wanted = argc == 2 ? strtoul(argv[1], &end, 10) : 0;
    uint16_t port;

    if (end == NULL || end == argv[1] || *end != '\0' || wanted > UINT16_MAX) {
        fputs("usage: echo-host PORT\n", stderr);
        return EX_USAGE;
    }
    signal(SIGPIPE, SIG_IGN);
    int fd = listen_on((uint16_t)wanted, &port);
    if (fd == -1) {
        fprintf(stderr, "echo-host: cannot listen on port %lu: %s\n", wanted, strerror(errno));
        return EX_UNAVAILABLE;
    }
    struct chatd_config *config = chatd_config_create();
    bool good = configure(config);
    if (good)
        serve(config, fd, port);
    chatd_config_destroy(config);
    return good ? EX_OK : EX_CONFIG;
}
