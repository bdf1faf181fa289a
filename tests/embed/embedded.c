/* Chat as a part of another program: a page of its own at /, chat rooms at /ws, chatctl at SOCKET.
 * One thread, one loop; all that it needs of chatd is in chatd.h.
 *
 *   embedded PORT SOCKET [OPTION=VALUE]...
 *
 * With PORT 0 the kernel chooses; SIGTERM ends it. */
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

static int serve_page(h2o_handler_t *self, h2o_req_t *req)
{
    static const h2o_iovec_t page = {H2O_STRLIT("a page of the host\n")};
    (void)self;
    req->res.status = 200;
    req->res.reason = "OK";
    req->res.content_length = page.len;
    h2o_send_inline(req, page.base, page.len);
    return 0;
}

static void on_accept(uv_stream_t *stream, int status)
{
    uv_tcp_t *tcp = malloc(sizeof(*tcp));
    if (status != 0 || tcp == NULL || uv_tcp_init(&loop, tcp) != 0)
        abort();
    if (uv_accept(stream, (uv_stream_t *)tcp) == 0)
        h2o_accept(&accept_context, h2o_uv_socket_create((uv_stream_t *)tcp, (uv_close_cb)free));
    else
        uv_close((uv_handle_t *)tcp, (uv_close_cb)free);
}

static void fail(void *unused, const char *what)
{
    (void)unused;
    fprintf(stderr, "embedded: %s\n", what);
    exit(EXIT_FAILURE);
}

static void listen_on(int port)
{
    struct sockaddr_in address;
    int length = sizeof(address);
    uv_ip4_addr("127.0.0.1", port, &address);
    uv_tcp_init(&loop, &listener);
    if (uv_tcp_bind(&listener, (struct sockaddr *)&address, 0) != 0 ||
        uv_listen((uv_stream_t *)&listener, SOMAXCONN, on_accept) != 0)
        fail(NULL, "cannot listen");
    uv_tcp_getsockname(&listener, (struct sockaddr *)&address, &length);
    printf("port=%d\n", ntohs(address.sin_port));
    fflush(stdout);
}

/* The end, from the outside in: connections, administrators, the chat. */
static void on_chat_stopped(void *unused)
{
    (void)unused;
    uv_stop(&loop);
}

static void on_admin_closed(void *unused)
{
    (void)unused;
    chatd_stop(chatd, CHATD_RESTART); /* clients are told to come back */
}

static void on_terminate(uv_signal_t *handle, int number)
{
    (void)handle, (void)number;
    uv_close((uv_handle_t *)&terminate, NULL);
    uv_close((uv_handle_t *)&listener, NULL);
    chatd_admin_close(chatd, on_admin_closed, NULL);
}

int main(int argc, char **argv)
{
    char socket_setting[128], error[256];

    if (argc < 3)
        fail(NULL, "usage: embedded PORT SOCKET [OPTION=VALUE]...");
    signal(SIGPIPE, SIG_IGN);
    config = chatd_config_create();
    snprintf(socket_setting, sizeof(socket_setting), "admin.socket=%s", argv[2]);
    chatd_config_set(config, socket_setting, fail, NULL);
    for (int i = 3; i < argc; i++)
        chatd_config_set(config, argv[i], fail, NULL);
    chatd_config_check(config, fail, NULL);
    chatd = chatd_create(config, 1);

    /* All paths before the first context: chatd's /ws and /health, then the host's own. */
    h2o_config_init(&globalconf);
    h2o_hostconf_t *host =
        h2o_config_register_host(&globalconf, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    chatd_register(chatd, host);
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    h2o_create_handler(path, sizeof(h2o_handler_t))->on_req = serve_page;
    accept_context.hosts = globalconf.hosts;

    uv_loop_init(&loop);
    h2o_context_init(&context, &loop, &globalconf);
    chatd_attach(chatd, &context, 0, on_chat_stopped, NULL);
    if (!chatd_admin_open(chatd, &loop, error))
        fail(NULL, error);
    listen_on(atoi(argv[1]));
    uv_signal_init(&loop, &terminate);
    uv_signal_start(&terminate, on_terminate, SIGTERM);
    uv_run(&loop, UV_RUN_DEFAULT);

    chatd_destroy(chatd);
    chatd_config_destroy(config);
    return EXIT_SUCCESS; /* visitors of the page that are still there go with the process */
}
