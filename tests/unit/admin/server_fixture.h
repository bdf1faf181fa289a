/* An admin server on a loop, clients on plain sockets, a fake control behind it. */
#ifndef TESTS_UNIT_ADMIN_SERVER_FIXTURE_H
#define TESTS_UNIT_ADMIN_SERVER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin/server.h"
#include "fake_control.h"

static char directory[64], path[96];
static uv_loop_t loop;
static struct chat_control control;
static struct chat_admin *admin;
static bool is_over;
static char audited[1024];
static char received[1 << 16];

static inline void on_audit(void *context, const struct chat_admin_audit *audit)
{
    size_t used = strlen(audited);

    assert_ptr_equal(context, &control);
    used += (size_t)snprintf(audited + used, sizeof(audited) - used, "%s %s uid=%d pid=%d name=%s",
                             audit->command, audit->result, (int)audit->uid, (int)audit->pid,
                             audit->user_name);
    for (size_t i = 0; i < audit->argument_count; i++)
        used += (size_t)snprintf(audited + used, sizeof(audited) - used, " %s=%.*s",
                                 audit->arguments[i].name, (int)audit->arguments[i].value.length,
                                 audit->arguments[i].value.bytes);
}

static inline struct chat_admin *create(char error[256])
{
    struct chat_admin_options options = {.path = path,
                                         .mode = 0600,
                                         .version = "1.2.3",
                                         .pid = getpid(),
                                         .workers = 2,
                                         .audit = on_audit,
                                         .context = &control};
    return chat_admin_create(&loop, &control, &options, error);
}

static inline int setup(void **unused)
{
    char error[256] = "";

    (void)unused;
    strcpy(directory, "/tmp/chatd-test-XXXXXX");
    if (mkdtemp(directory) == NULL || uv_loop_init(&loop) != 0)
        return -1;
    signal(SIGPIPE, SIG_IGN);
    snprintf(path, sizeof(path), "%s/admin.sock", directory);
    memset(&control, 0, sizeof(control));
    audited[0] = '\0';
    is_over = false;
    admin = create(error);
    return admin == NULL ? -1 : 0;
}

static inline void on_over(void *context)
{
    *(bool *)context = true;
}

static inline void close_admin(void)
{
    chat_admin_close(admin, on_over, &is_over);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(is_over);
    admin = NULL;
}

static inline int teardown(void **unused)
{
    (void)unused;
    if (admin != NULL)
        close_admin();
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(uv_loop_close(&loop), 0);
    return rmdir(directory);
}

static inline int connect_client(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

    memcpy(address.sun_path, path, strlen(path));
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
    return client;
}

/* One round of the loop that waits for nothing. */
static inline void turn(void)
{
    uv_run(&loop, UV_RUN_NOWAIT);
}

static inline void send_bytes(int client, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = write(client, bytes, length);
        assert_true(sent > 0 || errno == EAGAIN);
        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
        }
        turn();
    }
}

static inline void send_text(int client, const char *text)
{
    send_bytes(client, text, strlen(text));
}

/* Runs the loop until the client has `lines` lines more, or the server's end of file. Rounds, not
 * time, bound the wait: each round in which nothing came gives the loop's descriptor a moment. */
static inline const char *receive(int client, unsigned lines)
{
    size_t used = 0;

    for (unsigned rounds = 0; lines > 0; rounds++) {
        assert_true(rounds < 10000);
        turn();
        ssize_t got = read(client, received + used, 1);
        if (got == 0)
            break;
        if (got < 0) {
            struct pollfd both[] = {{.fd = client, .events = POLLIN},
                                    {.fd = uv_backend_fd(&loop), .events = POLLIN}};
            poll(both, 2, 100);
            continue;
        }
        rounds = 0;
        lines -= received[used] == '\n';
        used++;
    }
    received[used] = '\0';
    return received;
}

/* Runs the loop until the question has come to the workers. */
static inline void await_question(void)
{
    for (unsigned rounds = 0; control.open == 0; rounds++) {
        struct pollfd loop_fd = {.fd = uv_backend_fd(&loop), .events = POLLIN};
        assert_true(rounds < 1000);
        poll(&loop_fd, 1, 100);
        turn();
    }
}

static inline void await_end(int client)
{
    assert_string_equal(receive(client, 1), "");
    close(client);
}

#define VERSION_ANSWER "{\"ok\":true,\"data\":{\"version\":\"1.2.3\",\"protocol\":\"chat.v1\"}}\n"

#endif
