/* One connection to the admin socket: lines however they come, answers in order. */
#include "server_fixture.h"

#include "admin/rows.h"

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
        TEST(a_line_may_come_byte_by_byte),
        TEST(pipelined_commands_are_answered_in_order),
        TEST(a_line_of_64_kib_is_read_and_a_longer_one_refused),
        TEST(the_connection_outlives_a_line_of_any_length),
        TEST(who_shuts_down_his_side_still_gets_his_answers),
        TEST(a_question_of_one_who_went_away_is_forgotten),
        TEST(who_does_not_read_is_not_served_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
