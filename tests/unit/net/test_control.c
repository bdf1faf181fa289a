/* The control's rounds, with two ends that the test plays as workers: what they are asked, when,
 * and when a question is done. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "net/control.h"
#include "net/letter.h"
#include "net/mailbox.h"
#include "net/row.h"

enum { WORKERS = 2 };

struct house {
    uv_loop_t loop;
    struct chat_post_office *office;
    struct chat_mailbox *workers[WORKERS];
    struct chat_control *control;
    char asked[WORKERS][256]; /* since the last look, as words */
    char done[64];            /* the names of questions, in order */
};

struct asked {
    struct house *house;
    const char *name;
};

static void ignore(void *context)
{
    (void)context;
}

static void set_up(struct house *house)
{
    *house = (struct house){0};
    uv_loop_init(&house->loop);
    house->office = chat_post_office_create(WORKERS + 1, 1024 * 1024);
    for (unsigned i = 0; i < WORKERS; i++)
        house->workers[i] = chat_mailbox_open(house->office, i, &house->loop, ignore, NULL);
    house->control = chat_control_create(house->office, WORKERS, &house->loop);
}

static void tear_down(struct house *house)
{
    chat_control_destroy(house->control, ignore, NULL);
    for (unsigned i = 0; i < WORKERS; i++)
        chat_mailbox_close(house->workers[i], ignore);
    uv_run(&house->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&house->loop), 0);
    chat_post_office_destroy(house->office);
}

static void on_row(void *context, const struct chat_row *row)
{
    (void)context, (void)row;
}

static void on_done(void *context)
{
    const struct asked *asked = context;
    strcat(asked->house->done, asked->name);
}

static uint32_t ask(struct house *house, struct asked *asked, const char *name,
                    enum chat_query_kind kind, const char *user)
{
    *asked = (struct asked){house, name};
    struct chat_query query = {
        .kind = kind, .user = {user, strlen(user)}, .text = CHAT_SLICE("why")};
    return chat_control_ask(house->control, &query, on_row, on_done, asked);
}

struct look {
    struct house *house;
    unsigned worker;
};

static void on_letter(void *context, const struct chat_letter *letter)
{
    struct look *look = context;
    char *asked = look->house->asked[look->worker];
    size_t at = strlen(asked);
    const char *kind = letter->conn == CHAT_QUERY_KICK           ? "kick"
                       : letter->conn == CHAT_QUERY_KICK_WAITING ? "kick-waiting"
                       : letter->conn == CHAT_QUERY_BAN          ? "ban"
                       : letter->conn == CHAT_QUERY_BAN_WAITING  ? "ban-waiting"
                                                                 : "other";
    assert_int_equal(letter->kind, CHAT_LETTER_QUERY);
    snprintf(asked + at, sizeof(look->house->asked[0]) - at, "%s%s:%.*s", at > 0 ? " " : "", kind,
             (int)letter->parts[1].length, letter->parts[1].bytes);
}

static bool always(void *context)
{
    (void)context;
    return true;
}

static void expect_asked(struct house *house, unsigned worker, const char *words)
{
    struct look look = {house, worker};
    house->asked[worker][0] = '\0';
    chat_mailbox_take(house->workers[worker], on_letter, always, &look);
    assert_string_equal(house->asked[worker], words);
}

static void tell(struct house *house, unsigned worker, struct chat_letter letter)
{
    chat_mailbox_send(house->workers[worker], WORKERS, &letter);
    chat_mailbox_post(house->workers[worker]);
    uv_run(&house->loop, UV_RUN_NOWAIT);
}

static void tell_done(struct house *house, unsigned worker, uint32_t ticket, uint64_t ending)
{
    tell(house, worker,
         (struct chat_letter){.kind = CHAT_LETTER_DONE, .number = ticket, .conn = ending});
}

static void tell_kicked(struct house *house, unsigned worker, uint32_t ticket, unsigned connections,
                        unsigned seats)
{
    struct chat_row row = {
        .kind = CHAT_ROW_KICKED, .connections = connections, .seats = seats, .worker = worker};
    char strings[CHAT_ROW_STRINGS_MAX];
    struct chat_letter letter;
    chat_row_pack(&row, strings, &letter);
    letter.number = ticket;
    tell(house, worker, letter);
}

static void expect_all_asked(struct house *house, const char *words)
{
    for (unsigned i = 0; i < WORKERS; i++)
        expect_asked(house, i, words);
}

static void those_who_wait_are_kicked_when_all_workers_have_told_who_is_lost(void **unused)
{
    struct house house;
    struct asked kick;

    (void)unused;
    set_up(&house);
    uint32_t ticket = ask(&house, &kick, "K", CHAT_QUERY_KICK, "ann");
    expect_all_asked(&house, "kick:ann");
    tell_done(&house, 0, ticket, 0);
    expect_all_asked(&house, "");
    tell_done(&house, 1, ticket, 0);
    expect_all_asked(&house, "kick-waiting:ann");
    tell_kicked(&house, 0, ticket, 0, 2);
    tell_done(&house, 0, ticket, 0);
    assert_string_equal(house.done, "");
    tell_done(&house, 1, ticket, 0);
    assert_string_equal(house.done, "K");
    expect_all_asked(&house, "");
    tear_down(&house);
}

static void a_kick_is_done_when_its_connections_and_their_seats_have_ended(void **unused)
{
    struct house house;
    struct asked kick;

    (void)unused;
    set_up(&house);
    uint32_t ticket = ask(&house, &kick, "K", CHAT_QUERY_KICK, "ann");
    expect_all_asked(&house, "kick:ann");
    tell_done(&house, 0, ticket, 1);
    tell_done(&house, 1, ticket, 0);
    expect_all_asked(&house, "");
    tell_kicked(&house, 0, ticket, 1, 1);
    expect_all_asked(&house, "");
    tell(&house, 1, (struct chat_letter){.kind = CHAT_LETTER_SETTLED, .number = ticket});
    expect_all_asked(&house, "kick-waiting:ann");
    for (unsigned i = 0; i < WORKERS; i++)
        tell_done(&house, i, ticket, 0);
    assert_string_equal(house.done, "K");
    tear_down(&house);
}

/* The second finds nobody whom the first has not found. */
static void a_second_kick_is_answered_after_the_first(void **unused)
{
    struct house house;
    struct asked first, ban, other;

    (void)unused;
    set_up(&house);
    uint32_t slow = ask(&house, &first, "K", CHAT_QUERY_KICK, "ann");
    uint32_t quick = ask(&house, &ban, "B", CHAT_QUERY_BAN, "ann");
    uint32_t status = ask(&house, &other, "S", CHAT_QUERY_STATUS, "");
    expect_all_asked(&house, "kick:ann ban:ann other:");
    tell_done(&house, 0, slow, 1);
    tell_done(&house, 1, slow, 0);
    for (unsigned i = 0; i < WORKERS; i++)
        tell_done(&house, i, quick, 0);
    expect_all_asked(&house, "ban-waiting:ann");
    for (unsigned i = 0; i < WORKERS; i++)
        tell_done(&house, i, quick, 0);
    for (unsigned i = 0; i < WORKERS; i++)
        tell_done(&house, i, status, 0);
    assert_string_equal(house.done, "S");
    tell_kicked(&house, 0, slow, 1, 0);
    expect_all_asked(&house, "kick-waiting:ann");
    for (unsigned i = 0; i < WORKERS; i++)
        tell_done(&house, i, slow, 0);
    assert_string_equal(house.done, "SKB");
    tear_down(&house);
}

static void a_ban_of_an_address_has_one_round(void **unused)
{
    struct house house;
    struct asked ban;

    (void)unused;
    set_up(&house);
    uint32_t ticket = ask(&house, &ban, "B", CHAT_QUERY_BAN, "");
    expect_all_asked(&house, "ban:");
    for (unsigned i = 0; i < WORKERS; i++)
        tell_done(&house, i, ticket, 0);
    assert_string_equal(house.done, "B");
    tear_down(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_who_wait_are_kicked_when_all_workers_have_told_who_is_lost),
        cmocka_unit_test(a_kick_is_done_when_its_connections_and_their_seats_have_ended),
        cmocka_unit_test(a_second_kick_is_answered_after_the_first),
        cmocka_unit_test(a_ban_of_an_address_has_one_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
