/* The floor: what the kernel asks for the same work. One thread, one epoll set, one write for each
 * member and turn, and nothing else: no check of any input, no limit, no timer, JSON scanned by
 * place and by hand. It serves the load generator only; a chat server can come close to it and not
 * below. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    ROOMS = 100000,
    TURN_BYTES = 64 << 10,
    FRAME_BYTES = 64 << 10,
    EVENTS = 512,
    ANNOUNCED = 1000, /* members above which coming and going is silent */
};

struct member {
    int fd;
    uint32_t room; /* of its seat; ROOMS while it has none */
    uint32_t seat;
    uint32_t user;
    uint32_t rest_size;
    uint32_t held_size;
    bool upgraded;
    char *rest; /* what the socket did not take */
    char *held; /* the begin of a frame */
};

struct room {
    struct member **members;
    uint32_t n_members, capacity;
    char *block; /* the frames of this turn */
    size_t size, block_capacity;
    uint64_t seq;
    bool dirty;
};

struct floor {
    int epoll, listener;
    struct room rooms[ROOMS];
    uint32_t dirty[ROOMS];
    uint32_t n_dirty;
    char time[sizeof "2020-01-01T00:00:00.000Z"];
    char input[FRAME_BYTES + TURN_BYTES];
};

static void write_to(struct floor *floor, struct member *member, const char *data, size_t size)
{
    ssize_t sent = member->rest_size > 0 ? 0 : send(member->fd, data, size, MSG_NOSIGNAL);
    size_t done = sent > 0 ? (size_t)sent : 0;
    if (done == size || (sent < 0 && errno != EAGAIN))
        return;
    member->rest = realloc(member->rest, member->rest_size + size - done);
    memcpy(member->rest + member->rest_size, data + done, size - done);
    member->rest_size += (uint32_t)(size - done);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = member};
    epoll_ctl(floor->epoll, EPOLL_CTL_MOD, member->fd, &event);
}

static void write_rest(struct floor *floor, struct member *member)
{
    ssize_t sent = send(member->fd, member->rest, member->rest_size, MSG_NOSIGNAL);
    size_t done = sent > 0 ? (size_t)sent : 0;
    member->rest_size -= (uint32_t)done;
    memmove(member->rest, member->rest + done, member->rest_size);
    if (member->rest_size > 0)
        return;
    free(member->rest);
    member->rest = NULL;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = member};
    epoll_ctl(floor->epoll, EPOLL_CTL_MOD, member->fd, &event);
}

static size_t put_header(char *to, size_t size)
{
    to[0] = (char)0x81;
    to[1] = (char)(size < 126 ? size : 126);
    to[2] = (char)(size >> 8);
    to[3] = (char)size;
    return size < 126 ? 2 : 4;
}

static void reply(struct floor *floor, struct member *member, const char *json, int size)
{
    char frame[512];
    size_t header = put_header(frame, (size_t)size);
    memcpy(frame + header, json, (size_t)size);
    write_to(floor, member, frame, header + (size_t)size);
}

/* Room for one more frame at the end of the room's block. */
static char *open_block(struct floor *floor, uint32_t number, size_t more)
{
    struct room *room = &floor->rooms[number];
    if (room->size + more > room->block_capacity) {
        room->block_capacity = 2 * (room->size + more);
        room->block = realloc(room->block, room->block_capacity);
    }
    if (!room->dirty) {
        room->dirty = true;
        floor->dirty[floor->n_dirty++] = number;
    }
    return room->block + room->size;
}

/* The payload stands from start + 4 to its end; a short header moves it. */
static void close_frame(struct room *room, char *start, const char *end)
{
    size_t size = (size_t)(end - start) - 4, header = put_header(start, size);
    if (header < 4)
        memmove(start + header, start + 4, size);
    room->size += header + size;
}

static void flush(struct floor *floor)
{
    for (uint32_t i = 0; i < floor->n_dirty; i++) {
        struct room *room = &floor->rooms[floor->dirty[i]];
        for (uint32_t k = 0; k < room->n_members; k++)
            write_to(floor, room->members[k], room->block, room->size);
        free(room->block);
        room->block = NULL;
        room->size = room->block_capacity = 0;
        room->dirty = false;
    }
    floor->n_dirty = 0;
}

static void announce(struct floor *floor, uint32_t room, uint32_t user, const char *type)
{
    if (floor->rooms[room].n_members > ANNOUNCED)
        return;
    char *to = open_block(floor, room, 256);
    int size = sprintf(to + 4,
                       "{\"type\":\"%s\",\"room_id\":\"r%05u\",\"user_id\":\"u%06u\","
                       "\"user_name\":\"n%06u\",\"message_time\":\"%s\"}",
                       type, room, user, user, floor->time);
    close_frame(&floor->rooms[room], to, to + 4 + size);
}

static void leave(struct floor *floor, struct member *member)
{
    struct room *room = &floor->rooms[member->room];
    struct member *last = room->members[--room->n_members];
    room->members[member->seat] = last;
    last->seat = member->seat;
    announce(floor, member->room, member->user, "user_left");
    member->room = ROOMS;
}

static uint32_t number_after(const char *json, size_t size, const char *name)
{
    const char *at = memmem(json, size, name, strlen(name));
    return at == NULL ? 0 : (uint32_t)strtoul(at + strlen(name), NULL, 10);
}

static void enter(struct floor *floor, struct member *member, const char *json, size_t size,
                  bool creates)
{
    uint32_t number = number_after(json, size, "\"room_id\":\"r");
    struct room *room = &floor->rooms[number];
    member->user = number_after(json, size, "\"user_id\":\"u");
    member->room = number;
    member->seat = room->n_members;
    if (room->n_members == room->capacity) {
        room->capacity = room->capacity == 0 ? 8 : 2 * room->capacity;
        room->members = realloc(room->members, room->capacity * sizeof(struct member *));
    }
    char answer[128];
    int length = sprintf(answer, "{\"type\":\"%s\",\"room_id\":\"r%05u\"}",
                         creates ? "new_room" : "join_success", number);
    reply(floor, member, answer, length);
    flush(floor); /* so that it gets nothing from before */
    room->members[room->n_members++] = member;
    if (!creates)
        announce(floor, number, member->user, "user_joined");
}

static char *put(char *to, const char *text, size_t size)
{
    memcpy(to, text, size);
    return to + size;
}
#define PUT(to, literal) put(to, literal, sizeof literal - 1)

static char *put_number(char *to, unsigned digits, uint64_t value)
{
    for (unsigned i = digits; i > 0; i--, value /= 10)
        to[i - 1] = (char)('0' + value % 10);
    return to + digits;
}

/* {"type":"message","payload":{"room_id":"r00000","message":"TEXT"}}: the text has its place. */
static void say(struct floor *floor, const struct member *member, const char *json, size_t size)
{
    static const char before[] =
        "{\"type\":\"message\",\"payload\":{\"room_id\":\"r00000\",\"message\":\"";
    struct room *room = &floor->rooms[member->room];
    size_t text = size - (sizeof before - 1) - 3;
    char *start = open_block(floor, member->room, text + 320), *to = start + 4;
    unsigned digits = 1;
    for (uint64_t n = ++room->seq; n >= 10; n /= 10)
        digits++;
    to = put_number(PUT(to, "{\"type\":\"new_message\",\"room_id\":\"r"), 5, member->room);
    to = put_number(PUT(to, "\",\"user_id\":\"u"), 6, member->user);
    to = put_number(PUT(to, "\",\"user_name\":\"n"), 6, member->user);
    to = put(PUT(to, "\",\"message_time\":\""), floor->time, sizeof floor->time - 1);
    to = put_number(PUT(to, "\",\"seq\":"), digits, room->seq);
    to = put_number(PUT(to, ",\"message\":{\"room_id\":\"r"), 5, member->room);
    to = put(PUT(to, "\",\"message\":\""), json + sizeof before - 1, text);
    close_frame(room, start, PUT(to, "\"}}"));
}

static void serve(struct floor *floor, struct member *member, const char *json, size_t size)
{
    switch (json[sizeof "{\"type\":\"" - 1]) {
    case 'c':
        enter(floor, member, json, size, true);
        break;
    case 'j':
        enter(floor, member, json, size, false);
        break;
    case 'l':
        leave(floor, member);
        reply(floor, member, "{\"type\":\"leave_success\"}", 24);
        break;
    default:
        say(floor, member, json, size);
    }
}

static void part(struct floor *floor, struct member *member)
{
    if (member->room < ROOMS)
        leave(floor, member);
    close(member->fd);
    free(member->rest);
    free(member->held);
    free(member);
}

/* The generator has one key, that of RFC 6455 §1.3, so there is one answer. */
static void upgrade(struct floor *floor, struct member *member)
{
    static const char answer[] =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    member->upgraded = true;
    write_to(floor, member, answer, sizeof answer - 1);
}

/* Returns the bytes of one whole frame, 0 while it is not whole. */
static size_t read_frame(struct floor *floor, struct member *member, char *data, size_t size)
{
    const uint8_t *bytes = (const uint8_t *)data;
    if (size < 4)
        return 0;
    size_t length = bytes[1] & 0x7f, header = 6;
    if (length == 126) {
        length = (size_t)bytes[2] << 8 | bytes[3];
        header = 8;
    }
    if (size < header + length)
        return 0;
    char *payload = data + header;
    for (size_t i = 0; i < length; i++)
        payload[i] = (char)(payload[i] ^ payload[(long)(i & 3) - 4]);
    if (bytes[0] == 0x81)
        serve(floor, member, payload, length);
    if (bytes[0] == 0x88) {
        write_to(floor, member, "\x88\x02\x03\xe8", 4);
        shutdown(member->fd, SHUT_RDWR);
    }
    return header + length;
}

static void read_from(struct floor *floor, struct member *member)
{
    if (member->held_size > 0)
        memcpy(floor->input, member->held, member->held_size);
    ssize_t got = recv(member->fd, floor->input + member->held_size, TURN_BYTES, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        part(floor, member);
        return;
    }
    size_t size = member->held_size + (size_t)got, used = 0, step;
    if (!member->upgraded) {
        upgrade(floor, member);
        return;
    }
    while ((step = read_frame(floor, member, floor->input + used, size - used)) > 0)
        used += step;
    member->held_size = (uint32_t)(size - used);
    if (member->held_size == 0) {
        free(member->held);
        member->held = NULL;
    } else {
        member->held = realloc(member->held, member->held_size);
        memcpy(member->held, floor->input + used, member->held_size);
    }
}

static void accept_all(struct floor *floor)
{
    int fd, one = 1;
    while ((fd = accept4(floor->listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct member *member = calloc(1, sizeof *member);
        member->fd = fd;
        member->room = ROOMS;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = member};
        epoll_ctl(floor->epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

static void read_time(struct floor *floor)
{
    struct timespec now;
    struct tm tm;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(floor->time, sizeof floor->time, "%Y-%m-%dT%H:%M:%S.000Z", &tm);
    put_number(floor->time + 20, 3, (uint64_t)now.tv_nsec / 1000000);
}

static void turn(struct floor *floor)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(floor->epoll, events, EVENTS, -1);
    read_time(floor);
    for (int i = 0; i < n; i++) {
        struct member *member = events[i].data.ptr;
        if (member == NULL) {
            accept_all(floor);
            continue;
        }
        if ((events[i].events & EPOLLOUT) != 0 && member->rest_size > 0)
            write_rest(floor, member);
        if ((events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
            read_from(floor, member);
    }
    flush(floor);
}

int main(void)
{
    static struct floor floor;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    floor.epoll = epoll_create1(0);
    floor.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (bind(floor.listener, (struct sockaddr *)&address, size) != 0 ||
        listen(floor.listener, 4096) != 0 ||
        getsockname(floor.listener, (struct sockaddr *)&address, &size) != 0) {
        perror("floor");
        return 1;
    }
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(floor.epoll, EPOLL_CTL_ADD, floor.listener, &event);
    fprintf(stderr, "ready port=%u\n", ntohs(address.sin_port));
    for (;;)
        turn(&floor);
}
