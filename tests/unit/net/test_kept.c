/* What is over leaves the state, then the workers. One loop for all, a directory of the test's own.
 */
#include "state/kept.h"

#include "net/control.h"
#include "net/kept.h"
#include "net/recording_app.h"

enum { WORKERS = 2 };

static struct {
    struct fixture fixture;
    struct chatd *chatd;
    unsigned ended;
} test;

static void set_up(void)
{
    char setting[128], error[256];
    const char *settings[] = {setting, NULL};

    memset(&test, 0, sizeof(test));
    snprintf(setting, sizeof(setting), "state=%s", directory);
    fixture_open(&test.fixture, WORKERS, &recording_app, settings);
    test.chatd = test.fixture.chatd;
    test.chatd->loop = &test.fixture.loop;
    test.chatd->control = chat_control_create(test.chatd->office, WORKERS, test.chatd->loop);
    assert_true(chatd_state_open(test.chatd, error));
    chat_state_use(test.chatd->state, test.chatd->loop);
    chat_kept_open(test.chatd);
}

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

static void tear_down(void)
{
    chat_kept_close(test.chatd);
    chat_control_destroy(test.chatd->control, on_control_destroyed, test.chatd);
    while (test.ended == 0)
        uv_run(test.chatd->loop, UV_RUN_ONCE);
    fixture_close(&test.fixture);
}

static void count_done(void *context)
{
    ++*(unsigned *)context;
}

/* As a command does: on the disk, then at the workers. */
static void give(const struct chat_record *record)
{
    char packed[CHAT_SANCTION_BYTES];
    unsigned done = 0;
    struct chat_query query = {.kind = CHAT_QUERY_BAN,
                               .user = record->sanction.user,
                               .text = chat_sanction_pack(&record->sanction, packed)};

    chat_state_write(test.chatd->state, record, NULL, NULL);
    chat_control_ask(test.chatd->control, &query, NULL, count_done, &done);
    while (done == 0 ||
           chat_sanctions_same(chat_state_sanctions(test.chatd->state), &record->sanction) == NULL)
        uv_run(test.chatd->loop, UV_RUN_ONCE);
}

static uint32_t held_by(unsigned worker)
{
    return test.chatd->workers[worker]->sanctions.table.count;
}

static void a_ban_that_is_over_is_forgotten_everywhere(void **unused)
{
    struct chat_record over = ban("bob", ""), lasting = ban("carol", "");

    (void)unused;
    set_up();
    lasting.sanction.expires_ms = 0;
    give(&over);
    give(&lasting);
    assert_int_equal(held_by(1), 2);
    chat_kept_sweep(test.chatd);
    while (held_by(0) == 2 || held_by(1) == 2)
        uv_run(test.chatd->loop, UV_RUN_ONCE);
    assert_int_equal(chat_state_sanctions(test.chatd->state)->table.count, 1);
    assert_int_equal(held_by(0), 1);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_ban_that_is_over_is_forgotten_everywhere, make_directory,
                                        remove_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
