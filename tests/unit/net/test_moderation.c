/* What moderators change, from a home to the control and back. One loop for all; nothing is kept,
 * so that each change is refused, a moment later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/control.h"
#include "net/moderation.h"
#include "net/recording_app.h"

enum { WORKERS = 2 };

static struct {
    struct fixture fixture;
    unsigned closed, ended;
    uint64_t refused[WORKERS]; /* when it was over */
} test;

static void on_state_closed(void *context)
{
    (void)context;
    test.ended++;
}

static void on_control_destroyed(void *context)
{
    struct chatd *chatd = context;
    chat_state_close(chatd->state, on_state_closed, NULL);
}

static void on_closed(void *context)
{
    struct chatd *chatd = context;
    test.closed++;
    chat_control_destroy(chatd->control, on_control_destroyed, chatd);
}

static void set_up(void)
{
    struct chatd *chatd;

    memset(&test, 0, sizeof(test));
    fixture_open(&test.fixture, WORKERS, &recording_app, NULL);
    chatd = test.fixture.chatd;
    chatd->control = chat_control_create(chatd->office, WORKERS, &test.fixture.loop);
    chat_state_use(chatd->state, &test.fixture.loop);
    chat_moderation_open(chatd);
}

/* As mute_user does at its home. */
static bool ask_to_mute(unsigned home)
{
    struct chat_worker *worker = test.fixture.chatd->workers[home];
    struct chat_request request = {
        .type = CHAT_REQUEST_mute_user, .room_id = CHAT_SLICE("tea"), .user_id = CHAT_SLICE("bob")};
    struct chat_call call = {.request = &request, .from = chat_conn_id(home, 0, 1)};
    struct chat_sanction mute = {
        .kind = CHAT_SANCTION_MUTE, .user = request.user_id, .room = request.room_id};

    return worker->port.sanction(&worker->port, &call, &mute, false);
}

static uint64_t refused_at(unsigned home)
{
    const struct chat_tally *tally = test.fixture.chatd->workers[home]->tally;
    return chat_tally_read(&tally->errors[CHAT_E_SERVER_ENGINE_UNAVAILABLE]);
}

static void tear_down(void)
{
    while (test.ended == 0)
        uv_run(&test.fixture.loop, UV_RUN_ONCE);
    assert_int_equal(test.closed, 1);
    fixture_settle(&test.fixture);
    for (unsigned home = 0; home < WORKERS; home++)
        test.refused[home] = refused_at(home);
    fixture_close(&test.fixture);
}

static void a_change_that_cannot_be_kept_is_answered(void **unused)
{
    (void)unused;
    set_up();
    assert_true(ask_to_mute(1));
    while (refused_at(1) == 0)
        uv_run(&test.fixture.loop, UV_RUN_ONCE);
    chat_moderation_close(test.fixture.chatd, on_closed, test.fixture.chatd);
    tear_down();
}

static void what_was_asked_before_the_end_is_answered(void **unused)
{
    (void)unused;
    set_up();
    for (unsigned home = 0; home < WORKERS; home++)
        for (unsigned i = 0; i < 3; i++)
            assert_true(ask_to_mute(home));
    chat_moderation_close(test.fixture.chatd, on_closed, test.fixture.chatd);
    assert_false(ask_to_mute(0));
    assert_int_equal(test.closed, 0);
    tear_down();
    for (unsigned home = 0; home < WORKERS; home++)
        assert_int_equal(test.refused[home], 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_that_cannot_be_kept_is_answered),
        cmocka_unit_test(what_was_asked_before_the_end_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
