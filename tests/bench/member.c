/* One member's connection: TCP, upgrade, frames both ways, and its way into the room. Leaves the
 * events of a room to room.c and what follows from coming and going to load.c. */
#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* The key and its answer are those of RFC 6455 §1.3, so no SHA-1 is needed here. */
static const char key[] = "dGhlIHNhbXBsZSBub25jZQ==";
static const char accept_line[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
static const char offer[] = "Sec-WebSocket-Extensions: permessage-deflate\r\n";

static void bytes_set(struct load_bytes *bytes, const uint8_t *data, size_t size)
{
    if (size > bytes->capacity) {
        bytes->data = realloc(bytes->data, size);
        if (bytes->data == NULL)
            load_fail("out of memory");
        bytes->capacity = size;
    }
    if (size > 0)
        memmove(bytes->data, data, size);
    bytes->size = size;
}

static void watch(struct load *load, struct load_member *member, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = member};
    if (epoll_ctl(load->epoll, operation, member->fd, &event) != 0)
        load_fail("epoll_ctl: %s", strerror(errno));
}

void load_member_open(struct load *load, struct load_member *member)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)load->options.port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    /* Many sources: a server may bound the connections of one address. The port is chosen at
     * connect(), so each source has all ephemeral ports. */
    struct sockaddr_in from = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + member->number % load->options.sources)};
    int one = 1;
    member->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (member->fd < 0)
        load_fail("member %u: socket: %s", member->number, strerror(errno));
    setsockopt(member->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    setsockopt(member->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    /* So that what a member leaves unread soon fills the server's queue, not the kernel's: that one
     * grows with the segments, which are of 64 KiB on a loopback and of this size elsewhere. */
    if (member->stalls) {
        setsockopt(member->fd, SOL_SOCKET, SO_RCVBUF, &(int){4096}, sizeof(int));
        setsockopt(member->fd, IPPROTO_TCP, TCP_MAXSEG, &(int){1460}, sizeof(int));
    }
    if (bind(member->fd, (struct sockaddr *)&from, sizeof from) != 0)
        load_fail("member %u: bind: %s", member->number, strerror(errno));
    if (connect(member->fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS)
        load_fail("member %u: connect: %s", member->number, strerror(errno));
    member->state = LOAD_CONNECTING;
    watch(load, member, EPOLL_CTL_ADD, EPOLLOUT);
}

static void send_bytes(struct load *load, struct load_member *member, const void *data, size_t size)
{
    if (member->waits_to_write) {
        size_t before = member->out.size;
        bytes_set(&member->out, member->out.data, before + size);
        memcpy(member->out.data + before, data, size);
        return;
    }
    ssize_t sent = load_secure_send(member, data, size);
    /* A stalled member's server may be gone before its close frame is read and answered. */
    if (sent < 0 && errno != EAGAIN && member->state != LOAD_STALLED)
        load_fail("member %u of room %s: send: %s", member->number, member->room->id,
                  strerror(errno));
    size_t done = sent > 0 ? (size_t)sent : 0;
    if (done < size) {
        bytes_set(&member->out, (const uint8_t *)data + done, size - done);
        member->waits_to_write = true;
        watch(load, member, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    }
}

static void write_ready(struct load *load, struct load_member *member)
{
    ssize_t sent = load_secure_send(member, member->out.data, member->out.size);
    if (sent < 0 && errno != EAGAIN)
        load_fail("member %u of room %s: send: %s", member->number, member->room->id,
                  strerror(errno));
    size_t done = sent > 0 ? (size_t)sent : 0;
    bytes_set(&member->out, member->out.data + done, member->out.size - done);
    if (member->out.size == 0) {
        member->waits_to_write = false;
        watch(load, member, EPOLL_CTL_MOD, EPOLLIN);
    }
}

static void append_frame(struct load *load, uint8_t first, const void *payload, size_t size)
{
    uint8_t *frame = load->scratch + load->scratch_size;
    size_t header = 2;
    frame[0] = first;
    if (size < 126) {
        frame[1] = (uint8_t)(0x80 | size);
    } else {
        frame[1] = 0x80 | 126;
        frame[2] = (uint8_t)(size >> 8);
        frame[3] = (uint8_t)size;
        header = 4;
    }
    load->mask_state ^= load->mask_state << 13;
    load->mask_state ^= load->mask_state >> 7;
    load->mask_state ^= load->mask_state << 17;
    uint8_t mask[4];
    memcpy(mask, &load->mask_state, sizeof mask);
    memcpy(frame + header, mask, sizeof mask);
    uint8_t *to = frame + header + 4;
    const uint8_t *from = payload;
    for (size_t i = 0; i < size; i++)
        to[i] = from[i] ^ mask[i & 3];
    load->scratch_size += header + 4 + size;
}

void load_member_append(struct load *load, const char *payload, size_t size)
{
    append_frame(load, 0x81, payload, size);
}

void load_member_flush(struct load *load, struct load_member *member)
{
    send_bytes(load, member, load->scratch, load->scratch_size);
    load->scratch_size = 0;
}

static void send_request(struct load *load, struct load_member *member, const char *json)
{
    load_member_append(load, json, strlen(json));
    load_member_flush(load, member);
}

static void upgrade(struct load *load, struct load_member *member)
{
    char request[1024];
    bool is_raw = load->options.protocol == LOAD_RAW;
    int length = snprintf(request, sizeof request,
                          "GET %s%s%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
                          "Sec-WebSocket-Version: 13\r\n%s\r\n",
                          load->options.path, is_raw ? "/" : "", is_raw ? member->room->id : "",
                          load->options.port, key, load->options.deflate ? offer : "");
    if (length >= (int)sizeof request)
        load_fail("--path is too long");
    member->state = LOAD_UPGRADING;
    send_bytes(load, member, request, (size_t)length);
}

static void connected(struct load *load, struct load_member *member)
{
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(member->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0)
        load_fail("member %u: connect to port %u: %s", member->number, load->options.port,
                  strerror(error));
    watch(load, member, EPOLL_CTL_MOD, EPOLLIN);
    member->state = LOAD_SHAKING;
    if (load->options.tls)
        load_secure_begin(member);
}

static void say_goodbye(struct load *load, struct load_member *member)
{
    member->state = LOAD_CLOSING;
    append_frame(load, 0x88, "\x03\xe8", 2);
    load_member_flush(load, member);
}

static void entered(struct load *load, struct load_member *member)
{
    member->state = LOAD_IN;
    load_member_entered(load, member);
    if (load->options.mode != LOAD_CHURN || member->creates)
        return;
    if (load->options.protocol == LOAD_RAW) {
        say_goodbye(load, member);
        return;
    }
    char request[128];
    snprintf(request, sizeof request, "{\"type\":\"leave\",\"payload\":{\"room_id\":\"%s\"}}",
             member->room->id);
    member->state = LOAD_LEAVING;
    send_request(load, member, request);
}

static void enter(struct load *load, struct load_member *member)
{
    char request[256];
    unsigned n = member->number;
    if (member->creates)
        snprintf(request, sizeof request,
                 "{\"type\":\"create_room\",\"payload\":{\"room_id\":\"%s\",\"room_name\":\"%s\","
                 "\"user_id\":\"u%06u\",\"user_name\":\"n%06u\"}}",
                 member->room->id, member->room->id, n, n);
    else
        snprintf(request, sizeof request,
                 "{\"type\":\"join\",\"payload\":{\"room_id\":\"%s\",\"user_id\":\"u%06u\","
                 "\"user_name\":\"n%06u\"}}",
                 member->room->id, n, n);
    member->state = LOAD_ENTERING;
    send_request(load, member, request);
}

/* Returns the bytes used, 0 while the answer to the upgrade is not whole. */
static size_t read_answer(struct load *load, struct load_member *member, const uint8_t *data,
                          size_t size)
{
    const uint8_t *end = memmem(data, size, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    size_t length = (size_t)(end - data) + 4;
    if (memcmp(data, "HTTP/1.1 101 ", 13) != 0 ||
        memmem(data, length, accept_line, sizeof accept_line - 1) == NULL)
        load_fail("member %u: the upgrade was answered: %.*s", member->number, (int)length, data);
    if (load->options.deflate && memmem(data, length, "server_no_context_takeover", 26) == NULL)
        load_fail("member %u: no compression was agreed on: %.*s", member->number, (int)length,
                  data);
    if (load->options.protocol == LOAD_RAW)
        entered(load, member);
    else
        enter(load, member);
    return length;
}

static bool has_type(const uint8_t *event, size_t size, const char *type)
{
    char wanted[64];
    int length = snprintf(wanted, sizeof wanted, "\"type\":\"%s\"", type);
    return memmem(event, size, wanted, (size_t)length) != NULL;
}

static void on_text(struct load *load, struct load_member *member, const uint8_t *event,
                    size_t size)
{
    switch (member->state) {
    case LOAD_IN:
        load_room_event(load, member, (const char *)event, size);
        break;
    case LOAD_ENTERING:
        if (has_type(event, size, member->creates ? "new_room" : "join_success")) {
            entered(load, member);
        } else if (has_type(event, size, "error")) {
            load_fail("member %u cannot enter room %s: %.*s", member->number, member->room->id,
                      (int)size, event);
        }
        break;
    case LOAD_LEAVING:
        if (has_type(event, size, "leave_success"))
            say_goodbye(load, member);
        break;
    default:
        break; /* a leaver still gets what was on its way, a stalled member what it left unread */
    }
}

static void hang_up(struct load *load, struct load_member *member)
{
    load_secure_end(member);
    close(member->fd);
    member->fd = -1;
    member->in.size = member->out.size = 0;
    member->waits_to_write = false;
    load_member_gone(load, member);
}

static void on_close(struct load *load, struct load_member *member, const uint8_t *payload,
                     size_t size)
{
    unsigned code = size >= 2 ? (unsigned)payload[0] << 8 | payload[1] : 1005;
    if (member->state == LOAD_STALLED) {
        load->stalled_told += code == 4013;
        append_frame(load, 0x88, payload, size < 2 ? 0 : 2);
        load_member_flush(load, member);
    } else if (member->state != LOAD_CLOSING || code != 1000) {
        load_fail("member %u of room %s: the server closed with %u %.*s", member->number,
                  member->room->id, code, size > 2 ? (int)size - 2 : 0, payload + 2);
    }
    member->state = LOAD_CLOSED;
}

static void on_frame(struct load *load, struct load_member *member, uint8_t first,
                     const uint8_t *payload, size_t size)
{
    if (first == 0x81) {
        on_text(load, member, payload, size);
    } else if (first == 0xc1 && load->options.deflate) {
        const uint8_t *event = load_inflate(payload, size, &size);
        on_text(load, member, event, size);
    } else if (first == 0x88) {
        on_close(load, member, payload, size);
    } else if (first == 0x89) {
        append_frame(load, 0x8a, payload, size);
        load_member_flush(load, member);
    } else {
        load_fail("member %u: a frame that starts with 0x%02x", member->number, first);
    }
}

/* Returns the bytes of one whole frame, 0 while it is not whole. */
static size_t read_frame(struct load *load, struct load_member *member, const uint8_t *data,
                         size_t size)
{
    size_t header = 2;
    if (size < header)
        return 0;
    size_t length = data[1];
    if (length == 126) {
        header = 4;
        if (size < header)
            return 0;
        length = (size_t)data[2] << 8 | data[3];
    } else if (length > 126) {
        load_fail("member %u: a masked frame, or one over 64 KiB", member->number);
    }
    if (size - header < length)
        return 0;
    on_frame(load, member, data[0], data + header, length);
    return header + length;
}

static void read_ready(struct load *load, struct load_member *member)
{
    size_t kept = member->in.size;
    if (kept > 0)
        memcpy(load->buffer, member->in.data, kept);
    ssize_t got = load_secure_receive(member, load->buffer + kept, LOAD_BUFFER_BYTES - kept);
    if (got < 0 && errno == EAGAIN)
        return;
    load->now = load_now();
    if (got <= 0) {
        if (member->state != LOAD_CLOSED && member->state != LOAD_STALLED)
            load_fail("member %u of room %s: the server hung up%s%s", member->number,
                      member->room->id, got < 0 ? ": " : "", got < 0 ? strerror(errno) : "");
        hang_up(load, member);
        return;
    }
    load->heard_ns = load->now;
    load->bytes += (uint64_t)got;
    size_t size = kept + (size_t)got, used = 0, step = 1;
    if (member->state == LOAD_UPGRADING)
        used = step = read_answer(load, member, load->buffer, size);
    while (step > 0 && used < size) {
        step = read_frame(load, member, load->buffer + used, size - used);
        used += step;
    }
    bytes_set(&member->in, load->buffer + used, size - used);
}

void load_member_ready(struct load *load, struct load_member *member, uint32_t events)
{
    if (member->state == LOAD_CONNECTING)
        connected(load, member);
    if (member->state == LOAD_SHAKING) {
        if (load_secure_shake(member))
            upgrade(load, member);
        return;
    }
    if ((events & EPOLLOUT) != 0 && member->waits_to_write)
        write_ready(load, member);
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
        read_ready(load, member);
}

void load_member_stall(struct load *load, struct load_member *member)
{
    member->state = LOAD_STALLED;
    watch(load, member, EPOLL_CTL_DEL, 0);
}

void load_member_resume(struct load *load, struct load_member *member)
{
    watch(load, member, EPOLL_CTL_ADD, EPOLLIN);
}
