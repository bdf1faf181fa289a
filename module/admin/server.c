/* Owns the listening socket and its file; the connections are the clients'. Admin loop. */
#include "admin/server.h"

#include "admin/client.h"
#include "admin/must.h"
#include "admin/socket.h"
#include "proto/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS_MAX = 64, BACKLOG = 64 };

struct chat_admin {
    struct chat_client_host host;
    uv_pipe_t listener;
    bool listener_closed, closing;
    char *path, *version;
    struct chat_socket_file file;
    void (*done)(void *context);
    void *context;
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void free_if_over(struct chat_admin *admin)
{
    void (*done)(void *context) = admin->done;
    void *context = admin->context;

    if (!admin->closing || !admin->listener_closed || admin->host.clients != NULL)
        return;
    chat_json_reader_destroy(admin->host.site.reader);
    free(admin->path);
    free(admin->version);
    free(admin);
    if (done != NULL)
        done(context);
}

/* The host is the server's first member. */
static void on_gone(struct chat_client_host *host)
{
    free_if_over((struct chat_admin *)host);
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct chat_admin *admin = handle->data;

    admin->listener_closed = true;
    free_if_over(admin);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct chat_admin *admin = listener->data;

    if (status == 0)
        chat_client_accept(&admin->host, listener, admin->host.served >= CLIENTS_MAX);
}

static struct chat_admin *create(uv_loop_t *loop, struct chat_control *control,
                                 const struct chat_admin_options *options)
{
    struct chat_admin *admin = chat_must(calloc(1, sizeof(*admin)));

    admin->path = chat_must(strdup(options->path));
    admin->version = chat_must(strdup(options->version));
    admin->host = (struct chat_client_host){
        .loop = loop,
        .site = {.chatd = options->chatd,
                 .control = control,
                 .facts = {.version = admin->version,
                           .pid = (uint64_t)options->pid,
                           .workers = options->workers,
                           .started_ms = options->started_ms},
                 .now_ms = now_ms,
                 .reader = chat_json_reader_create()},
        .audit = options->audit,
        .audit_context = options->context,
        .on_gone = on_gone,
    };
    uv_pipe_init(loop, &admin->listener, 0);
    admin->listener.data = admin;
    return admin;
}

struct chat_admin *chat_admin_create(uv_loop_t *loop, struct chat_control *control,
                                     const struct chat_admin_options *options, char error[256])
{
    struct chat_socket_file file;
    int descriptor = chat_socket_open(options->path, options->mode, options->group, &file, error);

    if (descriptor < 0)
        return NULL;
    struct chat_admin *admin = create(loop, control, options);
    admin->file = file;
    int status = uv_pipe_open(&admin->listener, descriptor);
    if (status == 0)
        status = uv_listen((uv_stream_t *)&admin->listener, BACKLOG, on_connection);
    else
        close(descriptor);
    if (status == 0)
        return admin;
    snprintf(error, CHAT_SOCKET_ERROR_MAX, "admin socket %.128s: %s", options->path,
             uv_strerror(status));
    chat_admin_close(admin, NULL, NULL);
    return NULL;
}

void chat_admin_close(struct chat_admin *admin, void (*done)(void *context), void *context)
{
    admin->done = done;
    admin->context = context;
    admin->closing = true;
    chat_socket_remove(admin->path, &admin->file);
    chat_client_abandon_all(&admin->host);
    uv_close((uv_handle_t *)&admin->listener, on_listener_closed);
}
