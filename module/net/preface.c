/* What has come is looked at where it is, then as much of it as belongs to the header is taken: so
 * the next reader begins behind it, and what is incomplete does not keep the loop busy. */
#include "net/preface.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { LOOK_BYTES = 512 };

struct chat_preface {
    uv_poll_t poll; /* first */
    h2o_timeout_entry_t timeout;
    int fd;
    struct chat_proxy_header header;
    void (*done)(void *data, enum chat_proxy_state state, const struct chat_ip *client);
    void *data;
};

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

void chat_preface_cancel(struct chat_preface *preface)
{
    h2o_timeout_unlink(&preface->timeout);
    uv_close((uv_handle_t *)&preface->poll, on_closed); /* lets go of the descriptor at once */
}

static void finish(struct chat_preface *preface, enum chat_proxy_state state)
{
    chat_preface_cancel(preface);
    preface->done(preface->data, state, &preface->header.client);
}

static void on_timeout(h2o_timeout_entry_t *entry)
{
    struct chat_preface *preface =
        (struct chat_preface *)((char *)entry - offsetof(struct chat_preface, timeout));
    finish(preface, CHAT_PROXY_MORE);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct chat_preface *preface = (struct chat_preface *)poll;
    char bytes[LOOK_BYTES];
    size_t used;

    (void)status, (void)events;
    ssize_t n = recv(preface->fd, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        finish(preface, CHAT_PROXY_MORE);
        return;
    }
    enum chat_proxy_state state = chat_proxy_header_feed(&preface->header, bytes, (size_t)n, &used);
    if (recv(preface->fd, bytes, used, MSG_DONTWAIT) != (ssize_t)used)
        state = CHAT_PROXY_BAD; /* never: the bytes are there */
    if (state != CHAT_PROXY_MORE)
        finish(preface, state);
}

struct chat_preface *chat_preface_await(h2o_context_t *context, int fd,
                                        void (*done)(void *data, enum chat_proxy_state state,
                                                     const struct chat_ip *client),
                                        void *data)
{
    struct chat_preface *preface = calloc(1, sizeof(*preface));
    if (preface == NULL || uv_poll_init(context->loop, &preface->poll, fd) != 0)
        abort();
    preface->fd = fd;
    preface->done = done;
    preface->data = data;
    preface->timeout.cb = on_timeout;
    h2o_timeout_link(context->loop, &context->http1.req_timeout, &preface->timeout);
    uv_poll_start(&preface->poll, UV_READABLE, on_readable);
    return preface;
}
