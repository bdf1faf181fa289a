/* Chat as a part of another program: a page of its own at /, chat rooms at /ws, chatctl at SOCKET.
 * One thread, one loop; all that it needs of chatd is in chatd.h.
 *
 *   embedded PORT SOCKET      with PORT 0 the kernel chooses; SIGTERM ends it */
#include <chatd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static uv_loop_t loop;
static uv_tcp_t listener;
static uv_signal_t terminate;
static h2o_globalconf_t globalconf;
static h2o_context_t context;
static h2o_accept_ctx_t accept_context = {.ctx = &context};
static struct chatd_config *config;
static struct chatd *chatd;
static unsigned http_sockets; /* without those that chatd has taken over */
static bool chat_has_stopped;

static int serve_page(h2o_handler_t *self, h2o_req_t *req)
{
    static const h2o_iovec_t page = {H2O_STRLIT("a page of the host\n")};
    (void)self;
    req->res.status = 200;
    req->res.reason = "OK";
    req->res.content_length = page.len;
    req->http1_is_persistent = !chat_has_stopped;
    h2o_send_inline(req, page.base, page.len);
    return 0;
}

static void end_if_done(void)
{
    if (chat_has_stopped && http_sockets == 0)
        uv_stop(&loop);
}

static void on_socket_closed(uv_handle_t *handle)
{
    free(handle);
    http_sockets--;
    end_if_done();
}

static void on_accept(uv_stream_t *stream, int status)
{
    uv_tcp_t *tcp = malloc(sizeof(*tcp));
    if (status != 0 || tcp == NULL || uv_tcp_init(&loop, tcp) != 0)
        abort();
    http_sockets++;
    if (uv_accept(stream, (uv_stream_t *)tcp) == 0)
        h2o_accept(&accept_context, h2o_uv_socket_create((uv_stream_t *)tcp, on_socket_closed));
    else
        uv_close((uv_handle_t *)tcp, on_socket_closed);
}

/* The end, in three steps: no new connections nor administrators, then the chat, then the rest. */
static void on_chat_stopped(void *unused)
{
    (void)unused;
    chat_has_stopped = true;
    end_if_done();
}

static void on_admin_closed(void *unused)
{
    (void)unused;
    chatd_stop(chatd, CHATD_RESTART); /* its clients are told to come back */
}

static void on_terminate(uv_signal_t *signal_handle, int number)
{
    (void)number;
    uv_close((uv_handle_t *)signal_handle, NULL);
    uv_close((uv_handle_t *)&listener, NULL);
    chatd_admin_close(chatd, on_admin_closed, NULL);
}

static int fail(const char *what)
{
    fprintf(stderr, "embedded: %s\n", what);
    return EXIT_FAILURE;
}

static void print_problem(void *unused, const char *line)
{
    (void)unused;
    fail(line);
}

static bool listen_on(int port)
{
    struct sockaddr_in address;
    int length = sizeof(address);
    uv_ip4_addr("127.0.0.1", port, &address);
    uv_tcp_init(&loop, &listener);
    if (uv_tcp_bind(&listener, (struct sockaddr *)&address, 0) != 0 ||
        uv_listen((uv_stream_t *)&listener, SOMAXCONN, on_accept) != 0)
        return false;
    uv_tcp_getsockname(&listener, (struct sockaddr *)&address, &length);
    printf("port=%d\n", ntohs(address.sin_port));
    return fflush(stdout) == 0;
}

int main(int argc, char **argv)
{
    char socket_setting[128], error[256];

    if (argc != 3)
        return fail("usage: embedded PORT SOCKET");
    config = chatd_config_create();
    snprintf(socket_setting, sizeof(socket_setting), "admin.socket=%s", argv[2]);
    if (!chatd_config_set(config, socket_setting, print_problem, NULL))
        return EXIT_FAILURE;
    signal(SIGPIPE, SIG_IGN);

    /* All paths before the first context: chatd's /ws and /health, then the host's own. */
    h2o_config_init(&globalconf);
    h2o_hostconf_t *host =
        h2o_config_register_host(&globalconf, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    chatd = chatd_create(config, 1);
    chatd_register(chatd, host);
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    h2o_create_handler(path, sizeof(h2o_handler_t))->on_req = serve_page;
    accept_context.hosts = globalconf.hosts;

    uv_loop_init(&loop);
    h2o_context_init(&context, &loop, &globalconf);
    chatd_attach(chatd, &context, 0, on_chat_stopped, NULL);
    if (!chatd_admin_open(chatd, &loop, error))
        return fail(error);
    if (!listen_on(atoi(argv[1])))
        return fail("cannot listen");
    uv_signal_init(&loop, &terminate);
    uv_signal_start(&terminate, on_terminate, SIGTERM);
    uv_run(&loop, UV_RUN_DEFAULT);

    h2o_context_dispose(&context);
    uv_run(&loop, UV_RUN_DEFAULT); /* for the handles that it closed */
    uv_loop_close(&loop);
    h2o_config_dispose(&globalconf);
    chatd_destroy(chatd);
    chatd_config_destroy(config);
    return EXIT_SUCCESS;
}
