/* The admin server on a loop, with clients on plain sockets and a fake control behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin/rows.h"
#include "admin/server.h"
#include "fake_control.h"

static char directory[64], path[96];
static uv_loop_t loop;
static struct chat_control control;
static struct chat_admin *admin;
static bool is_over;
static char audited[1024];
static char received[1 << 16];

static void on_audit(void *context, const struct chat_admin_audit *audit)
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

/* What the log must say of this very process. */
static const char *expected_audit(const char *command_and_result, const char *arguments)
{
    static char text[1024];
    const struct passwd *user = getpwuid(getuid());

    snprintf(text, sizeof(text), "%s uid=%d pid=%d name=%s %s", command_and_result, (int)getuid(),
             (int)getpid(), user == NULL ? "" : user->pw_name, arguments);
    return text;
}

static struct chat_admin *create(char error[256])
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

static int setup(void **unused)
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

static void on_over(void *context)
{
    *(bool *)context = true;
}

static void close_admin(void)
{
    chat_admin_close(admin, on_over, &is_over);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(is_over);
    admin = NULL;
}

static int teardown(void **unused)
{
    (void)unused;
    if (admin != NULL)
        close_admin();
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(uv_loop_close(&loop), 0);
    return rmdir(directory);
}

static int connect_client(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

    memcpy(address.sun_path, path, strlen(path));
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
    return client;
}

/* One round of the loop that waits for nothing. */
static void turn(void)
{
    uv_run(&loop, UV_RUN_NOWAIT);
}

static void send_bytes(int client, const char *bytes, size_t length)
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

static void send_text(int client, const char *text)
{
    send_bytes(client, text, strlen(text));
}

/* Runs the loop until the client has `lines` lines more, or the server's end of file. Rounds, not
 * time, bound the wait: each round in which nothing came gives the loop's descriptor a moment. */
static const char *receive(int client, unsigned lines)
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
static void await_question(void)
{
    for (unsigned rounds = 0; control.open == 0; rounds++) {
        struct pollfd loop_fd = {.fd = uv_backend_fd(&loop), .events = POLLIN};
        assert_true(rounds < 1000);
        poll(&loop_fd, 1, 100);
        turn();
    }
}

static void await_end(int client)
{
    assert_string_equal(receive(client, 1), "");
    close(client);
}

#define VERSION_ANSWER "{\"ok\":true,\"data\":{\"version\":\"1.2.3\",\"protocol\":\"chat.v1\"}}\n"

static void a_command_is_answered(void **unused)
{
    (void)unused;
    int client = connect_client();
    send_text(client, "{\"command\":\"version\"}\n");
    assert_string_equal(receive(client, 1), VERSION_ANSWER);
    close(client);
}

static void a_second_server_is_refused_and_the_first_serves_on(void **unused)
{
    char error[256] = "";

    (void)unused;
    assert_null(create(error));
    assert_non_null(strstr(error, "another chatd serves it"));
    a_command_is_answered(NULL);
}

static void a_line_may_come_byte_by_byte(void **unused)
{
    const char *line = "{\"command\":\"version\"}\n";

    (void)unused;
    int client = connect_client();
    for (; *line != '\0'; line++)
        send_bytes(client, line, 1);
    assert_string_equal(receive(client, 1), VERSION_ANSWER);
    close(client);
}

static void pipelined_commands_are_answered_in_order(void **unused)
{
    (void)unused;
    int client = connect_client();
    send_text(client, "{\"command\":\"ping\",\"id\":1}\n{\"command\":\"version\",\"id\":2}\n"
                      "nonsense\n{\"command\":\"ping\",\"id\":3}\n");
    await_question();
    give_all(&control);
    await_question();
    give_all(&control);
    assert_string_equal(
        receive(client, 4),
        "{\"id\":1,\"ok\":true,\"data\":{\"reply\":\"pong\",\"workers\":0}}\n"
        "{\"id\":2,\"ok\":true,\"data\":{\"version\":\"1.2.3\",\"protocol\":\"chat.v1\"}}\n"
        "{\"ok\":false,\"error\":{\"code\":\"not_json\",\"message\":"
        "\"the line is not one JSON object in UTF-8\"}}\n"
        "{\"id\":3,\"ok\":true,\"data\":{\"reply\":\"pong\",\"workers\":0}}\n");
    close(client);
}

static void a_line_of_64_kib_is_read_and_a_longer_one_refused(void **unused)
{
    static char line[CHAT_ADMIN_LINE_MAX + 2];

    (void)unused;
    int client = connect_client();
    memset(line, ' ', sizeof(line));
    memcpy(line, "{\"command\":\"version\"}", 21);
    line[CHAT_ADMIN_LINE_MAX] = '\n';
    send_bytes(client, line, CHAT_ADMIN_LINE_MAX + 1);
    assert_string_equal(receive(client, 1), VERSION_ANSWER);

    line[CHAT_ADMIN_LINE_MAX] = ' ';
    line[CHAT_ADMIN_LINE_MAX + 1] = '\n';
    send_bytes(client, line, CHAT_ADMIN_LINE_MAX + 2);
    assert_string_equal(receive(client, 1),
                        "{\"ok\":false,\"error\":{\"code\":\"line_too_long\",\"message\":"
                        "\"a line may have 65536 bytes\"}}\n");
    close(client);
}

static void the_connection_outlives_a_line_of_any_length(void **unused)
{
    static char line[5 * CHAT_ADMIN_LINE_MAX];

    (void)unused;
    int client = connect_client();
    memset(line, 'x', sizeof(line));
    line[sizeof(line) - 1] = '\n';
    send_bytes(client, line, sizeof(line));
    send_text(client, "{\"command\":\"version\"}\n");
    assert_non_null(strstr(receive(client, 2), "line_too_long"));
    assert_non_null(strstr(received, VERSION_ANSWER));
    close(client);
}

static void who_shuts_down_his_side_still_gets_his_answers(void **unused)
{
    (void)unused;
    int client = connect_client();
    send_text(client, "{\"command\":\"ping\"}\n{\"command\":\"version\"}");
    shutdown(client, SHUT_WR);
    await_question();
    turn();
    give_all(&control);
    assert_non_null(strstr(receive(client, 2), VERSION_ANSWER));
    await_end(client);
}

static void a_question_of_one_who_went_away_is_forgotten(void **unused)
{
    (void)unused;
    int client = connect_client();
    send_text(client, "{\"command\":\"rooms\"}\n");
    await_question();
    close(client);
    for (unsigned rounds = 0; control.forgotten == 0; rounds++) {
        assert_true(rounds < 1000);
        turn();
    }
    assert_int_equal(control.open, 0);
}

static void a_change_is_logged_with_who_asked(void **unused)
{
    (void)unused;
    int client = connect_client();
    send_text(client, "{\"command\":\"kick\",\"args\":{\"user\":\"bob\",\"reason\":\"loud\"}}\n");
    await_question();
    assert_string_equal(audited, "");
    give(&control, (struct chat_row){.kind = CHAT_ROW_KICKED, .connections = 1});
    give_all(&control);
    assert_string_equal(receive(client, 1),
                        "{\"ok\":true,\"data\":{\"connections\":1,\"seats\":0}}\n");
    assert_string_equal(audited, expected_audit("kick ok", "user=bob reason=loud"));
    close(client);
}

static void a_change_that_met_nobody_is_logged_too(void **unused)
{
    (void)unused;
    int client = connect_client();
    send_text(client, "{\"command\":\"kick\",\"args\":{\"user\":\"bob\"}}\n");
    await_question();
    give_all(&control);
    assert_non_null(strstr(receive(client, 1), "not_found"));
    assert_string_equal(audited, expected_audit("kick not_found", "user=bob"));
    close(client);
}

static void a_change_of_one_who_went_away_is_logged_when_it_is_done(void **unused)
{
    (void)unused;
    int client = connect_client();
    send_text(client, "{\"command\":\"kick\",\"args\":{\"user\":\"bob\"}}\n");
    await_question();
    close(client);
    for (int i = 0; i < 10; i++)
        turn();
    assert_int_equal(control.forgotten, 0);
    give(&control, (struct chat_row){.kind = CHAT_ROW_KICKED, .connections = 1});
    give_all(&control);
    assert_string_equal(audited, expected_audit("kick ok", "user=bob"));
}

static void a_change_under_way_at_the_servers_end_is_logged_as_unknown(void **unused)
{
    (void)unused;
    int client = connect_client();
    send_text(client, "{\"command\":\"kick\",\"args\":{\"user\":\"bob\"}}\n");
    await_question();
    close_admin();
    assert_int_equal(control.forgotten, 1);
    assert_string_equal(audited, expected_audit("kick unknown", "user=bob"));
    await_end(client);
}

static void the_servers_end_ends_idle_and_asking_clients(void **unused)
{
    (void)unused;
    int idle = connect_client(), asking = connect_client();
    send_text(asking, "{\"command\":\"kick\",\"args\":{\"user\":\"bob\"}}\n");
    close_admin();
    assert_int_equal(control.open, 0);
    close(idle);
    close(asking);
}

/* The 65th is told so; when one of the others goes, there is room again. */
static void too_many_clients_are_told_so(void **unused)
{
    enum { MOST = 64 };
    int clients[MOST];

    (void)unused;
    for (int i = 0; i < MOST; i++) {
        clients[i] = connect_client();
        turn();
    }
    int late = connect_client();
    assert_string_equal(receive(late, 1), "{\"ok\":false,\"error\":{\"code\":\"busy\",\"message\":"
                                          "\"too many administrators are connected\"}}\n");
    await_end(late);
    for (int i = 0; i < MOST; i++)
        close(clients[i]);
    for (int i = 0; i < 10; i++)
        turn();
    a_command_is_answered(NULL);
}

/* Each command's answer is larger than the kernel's buffer; who reads none of them gets no more
 * commands served, and all answers once he reads. */
static void who_does_not_read_is_not_served_on(void **unused)
{
    enum { COMMANDS = 100, ROWS = 2000 };
    char name[] = "a name that makes the answer longer than it would be otherwise";

    (void)unused;
    int client = connect_client();
    for (int i = 0; i < COMMANDS; i++)
        send_text(client, "{\"command\":\"rooms\"}\n");
    for (int quiet = 0; quiet < 10; quiet++) {
        turn();
        if (control.open == 0)
            continue;
        for (int i = 0; i < ROWS; i++)
            give(&control, (struct chat_row){.kind = CHAT_ROW_ROOM,
                                             .room = CHAT_SLICE("r"),
                                             .name = {name, sizeof(name) - 1}});
        give_all(&control);
        quiet = 0;
    }
    uint32_t served = control.tickets;
    assert_in_range(served, 1, 20);

    unsigned lines = 0;
    for (unsigned rounds = 0; lines < served; rounds++) {
        assert_true(rounds < 100000);
        turn();
        ssize_t got = read(client, received, sizeof(received));
        for (ssize_t i = 0; i < got; i++)
            lines += received[i] == '\n';
        if (control.tickets > served)
            break;
    }
    assert_true(control.tickets > served);
    close(client);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_command_is_answered),
        TEST(a_second_server_is_refused_and_the_first_serves_on),
        TEST(a_line_may_come_byte_by_byte),
        TEST(pipelined_commands_are_answered_in_order),
        TEST(a_line_of_64_kib_is_read_and_a_longer_one_refused),
        TEST(the_connection_outlives_a_line_of_any_length),
        TEST(who_shuts_down_his_side_still_gets_his_answers),
        TEST(a_question_of_one_who_went_away_is_forgotten),
        TEST(a_change_is_logged_with_who_asked),
        TEST(a_change_that_met_nobody_is_logged_too),
        TEST(a_change_of_one_who_went_away_is_logged_when_it_is_done),
        TEST(a_change_under_way_at_the_servers_end_is_logged_as_unknown),
        TEST(the_servers_end_ends_idle_and_asking_clients),
        TEST(too_many_clients_are_told_so),
        TEST(who_does_not_read_is_not_served_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
