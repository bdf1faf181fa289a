/* Owns a connection, its line buffer, the one exchange under way and the answers that are not sent
 * yet. One command after the other, so that each sees what those before it did; the lines behind it
 * wait in the buffer, then in the kernel. Admin loop. */
#define _GNU_SOURCE /* struct ucred */
#include "admin/client.h"

#include "admin/argument.h"
#include "admin/must.h"

#include <assert.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/* A client that doesn't read is not served on while so much waits for it. */
enum { UNSENT_MAX = 1 << 20, NAME_BYTES = 64 };

enum name_state { NAME_UNASKED, NAME_ASKED, NAME_KNOWN };

struct chat_client {
    uv_pipe_t pipe;
    struct chat_client_host *host;
    struct chat_client *next, *previous;
    uid_t uid;
    pid_t pid;
    enum name_state name_state;
    char name[NAME_BYTES]; /* of the uid; written by the lookup while it is ASKED */
    uv_work_t lookup;
    struct chat_exchange *exchange; /* the one under way */
    bool exchange_changes, exchange_started;
    bool busy, reading, ended, closing, closed;
    bool skipping;     /* what is read belongs to a line that was too long */
    size_t start, end; /* what of `line` is read and not yet taken */
    char line[CHAT_ADMIN_LINE_MAX + 1];
};

struct answer {
    uv_write_t request;
    struct chat_client *client;
    struct chat_exchange *exchange; /* whose answer it is; NULL: a stream's line, which follows */
    char line[];
};

static void pump(struct chat_client *client);

/* The socket may be closed while the lookup runs, or while the workers do what was asked: then it
 * is logged all the same. */
static void free_if_over(struct chat_client *client)
{
    struct chat_client_host *host = client->host;

    if (!client->closed || client->exchange != NULL || client->name_state == NAME_ASKED)
        return;
    if (client->previous == NULL)
        host->clients = client->next;
    else
        client->previous->next = client->next;
    if (client->next != NULL)
        client->next->previous = client->previous;
    host->served -= !client->busy;
    free(client);
    host->on_gone(host);
}

static void on_closed(uv_handle_t *handle)
{
    struct chat_client *client = handle->data;

    client->closed = true;
    free_if_over(client);
}

static void drop_exchange(struct chat_client *client)
{
    chat_exchange_destroy(client->exchange);
    client->exchange = NULL;
}

/* The peer has gone. A question is forgotten, a change is waited for, as it must be logged. */
static void drop(struct chat_client *client)
{
    if (client->closing)
        return;
    client->closing = true;
    if (!client->exchange_started || !client->exchange_changes)
        drop_exchange(client);
    uv_close((uv_handle_t *)&client->pipe, on_closed);
}

static void audit(struct chat_client *client, const char *result)
{
    const struct chat_command_arguments *given = chat_exchange_arguments(client->exchange);
    struct chat_admin_audit_argument arguments[CHAT_COMMAND_ARGUMENTS_MAX];
    char times[CHAT_COMMAND_ARGUMENTS_MAX][CHAT_ARGUMENT_TIME_MAX];
    struct chat_admin_audit audit = {.command = chat_exchange_command(client->exchange),
                                     .result = result,
                                     .uid = client->uid,
                                     .pid = client->pid,
                                     .user_name = client->name,
                                     .arguments = arguments};

    for (size_t i = 0; i < given->count; i++)
        if (given->values[i].bytes != NULL)
            arguments[audit.argument_count++] = (struct chat_admin_audit_argument){
                given->rows[i].name,
                chat_argument_spell(&given->rows[i], given->values[i], times[i])};
    client->host->audit(client->host->audit_context, &audit);
}

static size_t unsent(const struct chat_client *client)
{
    return uv_stream_get_write_queue_size((const uv_stream_t *)&client->pipe);
}

static void on_written(uv_write_t *request, int status)
{
    struct answer *answer = request->data;
    struct chat_client *client = answer->client;

    bool is_line = answer->exchange == NULL;

    chat_exchange_destroy(answer->exchange);
    free(answer);
    if (status == 0 && is_line && !client->closing && client->exchange != NULL &&
        unsent(client) == 0)
        chat_exchange_drained(client->exchange);
    if (status != 0)
        drop(client);
    else
        pump(client);
}

/* One that does not read is not sent more, and learns later what it missed. */
static bool send_line(void *context, struct chat_slice line)
{
    struct chat_client *client = context;

    if (client->closing || unsent(client) > UNSENT_MAX)
        return false;
    struct answer *answer = chat_must(malloc(sizeof(*answer) + line.length));
    *answer = (struct answer){.client = client};
    answer->request.data = answer;
    memcpy(answer->line, line.bytes, line.length);
    uv_buf_t buffer = {.base = answer->line, .len = line.length};
    if (uv_write(&answer->request, (uv_stream_t *)&client->pipe, &buffer, 1, on_written) == 0)
        return true;
    free(answer);
    return false;
}

/* Takes the exchange, whose answer is there. */
static void send_answer(struct chat_client *client, struct chat_exchange *exchange)
{
    struct answer *answer = chat_must(malloc(sizeof(*answer)));
    struct chat_slice bytes = chat_exchange_answer(exchange);
    uv_buf_t buffer = {.base = (char *)bytes.bytes, .len = bytes.length};

    *answer = (struct answer){.client = client, .exchange = exchange};
    answer->request.data = answer;
    if (uv_write(&answer->request, (uv_stream_t *)&client->pipe, &buffer, 1, on_written) == 0)
        return;
    chat_exchange_destroy(exchange);
    free(answer);
    drop(client);
}

static void finish_exchange(struct chat_client *client)
{
    struct chat_exchange *exchange = client->exchange;

    if (client->exchange_changes && client->exchange_started)
        audit(client, chat_admin_error_code(chat_exchange_error(exchange)));
    client->exchange = NULL;
    client->exchange_started = false;
    if (client->closing)
        chat_exchange_destroy(exchange);
    else
        send_answer(client, exchange);
}

static void on_exchange_done(void *context)
{
    struct chat_client *client = context;

    finish_exchange(client);
    if (client->closing)
        free_if_over(client);
    else
        pump(client);
}

/* On a thread of libuv's pool: the user database may be far away. */
static void look_up(uv_work_t *work)
{
    struct chat_client *client = work->data;
    struct passwd user, *found = NULL;
    char memory[16384];

    if (getpwuid_r(client->uid, &user, memory, sizeof(memory), &found) == 0 && found != NULL)
        snprintf(client->name, sizeof(client->name), "%s", found->pw_name);
}

static void begin_exchange(struct chat_client *client);

static void on_looked_up(uv_work_t *work, int status)
{
    struct chat_client *client = work->data;

    (void)status;
    client->name_state = NAME_KNOWN;
    if (client->closing) {
        free_if_over(client);
        return;
    }
    begin_exchange(client);
    pump(client);
}

/* Who asks for a change is known by name before it is done, and logged when it is. */
static void begin_exchange(struct chat_client *client)
{
    char number[16];

    client->exchange_changes = chat_exchange_changes(client->exchange);
    if (client->exchange_changes && client->name_state != NAME_KNOWN) {
        client->name_state = NAME_ASKED;
        client->lookup.data = client;
        if (uv_queue_work(client->host->loop, &client->lookup, look_up, on_looked_up) == 0)
            return;
        client->name_state = NAME_KNOWN;
    }
    client->exchange_started = true;
    chat_exchange_listen(client->exchange, send_line);
    snprintf(number, sizeof(number), "%u", (unsigned)client->uid);
    if (chat_exchange_start(client->exchange, client->name[0] != '\0' ? client->name : number,
                            on_exchange_done, client))
        finish_exchange(client);
}

/* The next line of the buffer as an exchange, or NULL where none is whole yet. */
static struct chat_exchange *next_exchange(struct chat_client *client)
{
    const struct chat_exchange_site *site = &client->host->site;
    char *line = client->line + client->start;
    size_t length = client->end - client->start;
    char *newline = memchr(line, '\n', length);
    bool was_skipping = client->skipping;

    if (newline != NULL) {
        client->start += (size_t)(newline - line) + 1;
        client->skipping = false;
        return was_skipping ? next_exchange(client)
                            : chat_exchange_create(
                                  site, (struct chat_slice){line, (size_t)(newline - line)});
    }
    if (was_skipping || length > CHAT_ADMIN_LINE_MAX) {
        client->start = client->end = 0;
        client->skipping = true;
        return was_skipping ? NULL : chat_exchange_refuse(site, CHAT_ADMIN_E_LINE_TOO_LONG);
    }
    if (!client->ended || length == 0)
        return NULL;
    client->start = client->end;
    return chat_exchange_create(site, (struct chat_slice){line, length});
}

static void on_alloc(uv_handle_t *handle, size_t hint, uv_buf_t *buffer)
{
    struct chat_client *client = handle->data;

    (void)hint;
    client->end -= client->start;
    memmove(client->line, client->line + client->start, client->end);
    client->start = 0;
    *buffer =
        uv_buf_init(client->line + client->end, (unsigned)(sizeof(client->line) - client->end));
}

/* At its end of file a peer may still read (it sent its commands and shut its side down), or be
 * gone. */
static bool has_hung_up(const struct chat_client *client)
{
    struct pollfd hup = {.events = 0};

    return uv_fileno((const uv_handle_t *)&client->pipe, &hup.fd) != 0 ||
           (poll(&hup, 1, 0) == 1 && (hup.revents & (POLLHUP | POLLERR)) != 0);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct chat_client *client = stream->data;

    (void)buffer;
    if (count > 0) {
        client->end += (size_t)count;
    } else if (count < 0) {
        client->ended = true;
        if (count != UV_EOF || has_hung_up(client)) {
            drop(client);
            return;
        }
    }
    pump(client);
}

static void read_or_wait(struct chat_client *client)
{
    bool wanted = !client->ended && client->end - client->start < sizeof(client->line) &&
                  unsent(client) <= UNSENT_MAX;

    if (wanted && !client->reading)
        uv_read_start((uv_stream_t *)&client->pipe, on_alloc, on_read);
    else if (!wanted && client->reading)
        uv_read_stop((uv_stream_t *)&client->pipe);
    client->reading = wanted;
}

/* Goes on with whatever can be gone on with. */
static void pump(struct chat_client *client)
{
    while (!client->closing && client->exchange == NULL && unsent(client) <= UNSENT_MAX) {
        client->exchange = next_exchange(client);
        if (client->exchange == NULL)
            break;
        begin_exchange(client);
    }
    if (client->closing)
        return;
    if (client->ended && client->exchange == NULL && client->start == client->end &&
        unsent(client) == 0)
        drop(client);
    else
        read_or_wait(client);
}

/* Who connected, by the kernel's word. */
static bool take_credentials(struct chat_client *client)
{
    struct ucred peer;
    socklen_t length = sizeof(peer);
    int descriptor = -1;

    if (uv_fileno((uv_handle_t *)&client->pipe, &descriptor) != 0 ||
        getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
        return false;
    client->uid = peer.uid;
    client->pid = peer.pid;
    return true;
}

void chat_client_accept(struct chat_client_host *host, uv_stream_t *listener, bool busy)
{
    struct chat_client *client = chat_must(calloc(1, sizeof(*client)));

    client->host = host;
    client->busy = busy;
    client->next = host->clients;
    if (client->next != NULL)
        client->next->previous = client;
    host->clients = client;
    host->served += !busy;
    uv_pipe_init(host->loop, &client->pipe, 0);
    client->pipe.data = client;
    if (uv_accept(listener, (uv_stream_t *)&client->pipe) != 0 || !take_credentials(client)) {
        drop(client);
        return;
    }
    if (busy) {
        client->ended = true;
        send_answer(client, chat_exchange_refuse(&host->site, CHAT_ADMIN_E_BUSY));
    }
    if (!client->closing)
        pump(client);
}

void chat_client_abandon_all(struct chat_client_host *host)
{
    struct chat_client *next = NULL;

    for (struct chat_client *client = host->clients; client != NULL; client = next) {
        next = client->next;
        if (client->exchange != NULL && client->exchange_started && client->exchange_changes)
            audit(client, "unknown");
        client->exchange_started = false;
        drop_exchange(client);
        drop(client);
        if (client->name_state == NAME_ASKED)
            uv_cancel((uv_req_t *)&client->lookup);
        free_if_over(client);
    }
}
