/* The admin server: who is served, what is logged, how it ends. */
#include "server_fixture.h"

#include <pwd.h>

/* What the log must say of this very process. */
static const char *expected_audit(const char *command_and_result, const char *arguments)
{
    static char text[1024];
    const struct passwd *user = getpwuid(getuid());

    snprintf(text, sizeof(text), "%s uid=%d pid=%d name=%s %s", command_and_result, (int)getuid(),
             (int)getpid(), user == NULL ? "" : user->pw_name, arguments);
    return text;
}

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
    give_all(&control); /* then names near his are looked for */
    assert_int_equal(control.kind, CHAT_QUERY_USERS);
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_command_is_answered),
        TEST(a_second_server_is_refused_and_the_first_serves_on),
        TEST(a_change_is_logged_with_who_asked),
        TEST(a_change_that_met_nobody_is_logged_too),
        TEST(a_change_of_one_who_went_away_is_logged_when_it_is_done),
        TEST(a_change_under_way_at_the_servers_end_is_logged_as_unknown),
        TEST(the_servers_end_ends_idle_and_asking_clients),
        TEST(too_many_clients_are_told_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
