/* Another configuration while workers run: one loop for all, files of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/control.h"
#include "net/recording_app.h"
#include "net/reload.h"

#include <sys/stat.h>

enum { WORKERS = 3 };

static struct {
    struct fixture fixture;
    char file[64];
    char told[4096]; /* what each result says, one line a fact */
    unsigned done, ended;
} test;

static void write_file(const char *text)
{
    FILE *file = fopen(test.file, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void set_up(const char *text)
{
    struct fixture *fixture = &test.fixture;

    memset(&test, 0, sizeof(test));
    snprintf(test.file, sizeof(test.file), "/tmp/chatd-reload-XXXXXX");
    close(mkstemp(test.file));
    write_file(text);
    fixture->n_workers = WORKERS;
    uv_loop_init(&fixture->loop);
    fixture->config = chatd_config_create();
    chatd_config_load(fixture->config, test.file, fixture_problem, NULL);
    chatd_config_set(fixture->config, "rooms.linger=7s", fixture_problem, NULL);
    assert_true(chatd_config_check(fixture->config, fixture_problem, NULL));
    fixture->chatd = chatd_create(fixture->config, WORKERS);
    fixture_attach(fixture, &recording_app, fixture_destroyed);
    fixture->chatd->loop = &fixture->loop;
    fixture->chatd->control = chat_control_create(fixture->chatd->office, WORKERS, &fixture->loop);
}

static void on_control_destroyed(void *context)
{
    (void)context;
    test.ended++;
}

static void on_reloads_ended(void *context)
{
    (void)context;
    chat_control_destroy(test.fixture.chatd->control, on_control_destroyed, NULL);
}

static void tear_down(void)
{
    chat_reload_end(test.fixture.chatd, on_reloads_ended, NULL);
    while (test.ended == 0)
        uv_run(&test.fixture.loop, UV_RUN_ONCE);
    fixture_close(&test.fixture);
    unlink(test.file);
}

static void on_done(void *context, const struct chat_reload_result *result)
{
    (void)context;
    size_t at = 0;
    for (size_t i = 0; i < result->n_problems; i++)
        at += (size_t)snprintf(test.told + at, sizeof(test.told) - at, "%s\n", result->problems[i]);
    for (size_t i = 0; i < result->n_changes; i++) {
        const struct chat_reload_change *change = &result->changes[i];
        at += (size_t)snprintf(test.told + at, sizeof(test.told) - at, "%s %s -> %s%s\n",
                               change->option, change->from, change->to,
                               change->restart ? " (restart)" : "");
    }
    assert_int_equal(result->is_right, result->n_problems == 0);
    test.done++;
}

static void reload(enum chat_reload_kind kind, const char *file)
{
    test.told[0] = '\0';
    test.done = 0;
    chat_reload_begin(test.fixture.chatd, kind, file, on_done, NULL);
    assert_int_equal(test.done, 0);
    while (test.done == 0)
        uv_run(&test.fixture.loop, UV_RUN_ONCE);
}

static const struct chat_config *of_worker(unsigned index)
{
    return test.fixture.chatd->workers[index]->config;
}

static void each_worker_has_what_was_read(void **unused)
{
    (void)unused;
    set_up("rooms: {max: 5}");
    write_file("rooms: {max: 6, linger: 1s}\nlimits: {violations: 9}\nworkers: 4");
    reload(CHAT_RELOAD_APPLY, NULL);
    assert_string_equal(test.told, "workers auto -> 4 (restart)\nrooms.max 5 -> 6\n"
                                   "limits.violations 100 -> 9\n");
    for (unsigned i = 0; i < WORKERS; i++) {
        assert_int_equal(of_worker(i)->rooms_max, 6);
        assert_int_equal(of_worker(i)->rooms_linger_ms, 7000); /* as with -s at the start */
        assert_int_equal(of_worker(i)->workers, 0);
        assert_int_equal(test.fixture.chatd->workers[i]->pace.violations, 9);
    }
    write_file("");
    reload(CHAT_RELOAD_APPLY, NULL);
    assert_string_equal(test.told, "rooms.max 6 -> 100000\nlimits.violations 9 -> 100\n");
    assert_int_equal(of_worker(0)->rooms_max, 100000);
    tear_down();
}

/* Else a thread of the pool would wait for who writes to it, and whoever needs one for that. */
static void what_is_no_file_is_not_read(void **unused)
{
    char pipe[80], text[160], expected[512];

    (void)unused;
    set_up("rooms: {max: 5}");
    snprintf(pipe, sizeof(pipe), "%s.pipe", test.file);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    reload(CHAT_RELOAD_CHECK, pipe);
    snprintf(expected, sizeof(expected), "%s:1:1: it is not a regular file, expected one\n", pipe);
    assert_string_equal(test.told, expected);
    snprintf(text, sizeof(text), "auth:\n  jwks_file: %s\n", pipe);
    write_file(text);
    reload(CHAT_RELOAD_APPLY, NULL);
    snprintf(expected, sizeof(expected),
             "%s:2:14: auth.jwks_file %s: is not a regular file, expected one\n", test.file, pipe);
    assert_string_equal(test.told, expected);
    unlink(pipe);
    tear_down();
}

static void what_is_wrong_changes_nothing(void **unused)
{
    char expected[512];

    (void)unused;
    set_up("rooms: {max: 5}");
    write_file("rooms: {max: 6}\nvalidation: {page: 101}\nworkers: no");
    reload(CHAT_RELOAD_APPLY, NULL);
    snprintf(expected, sizeof(expected),
             "%s:3:10: workers: \"no\" is not a whole number, expected auto or 1 to 256\n"
             "%s:2:20: validation.page is 101, expected at most validation.page_max (100)\n",
             test.file, test.file);
    assert_string_equal(test.told, expected);
    assert_int_equal(of_worker(2)->rooms_max, 5);
    unlink(test.file);
    reload(CHAT_RELOAD_APPLY, NULL);
    assert_non_null(strstr(test.told, "No such file"));
    assert_int_equal(of_worker(2)->rooms_max, 5);
    tear_down();
}

/* The file is right by itself. */
static void what_is_kept_and_what_is_new_must_hang_together(void **unused)
{
    (void)unused;
    set_up("rooms: {permanent: [{id: a}, {id: b}]}");
    write_file("rooms: {permanent: [{id: a}], max: 1}");
    reload(CHAT_RELOAD_APPLY, NULL);
    assert_non_null(strstr(test.told, "2 rooms in rooms.permanent, expected at most rooms.max"));
    assert_int_equal(of_worker(0)->rooms_max, 100000);
    tear_down();
}

static void to_look_changes_nothing(void **unused)
{
    char other[80];

    (void)unused;
    set_up("rooms: {max: 5}");
    write_file("rooms: {max: 6}");
    reload(CHAT_RELOAD_DIFFER, NULL);
    assert_string_equal(test.told, "rooms.max 5 -> 6\n");
    reload(CHAT_RELOAD_CHECK, NULL);
    assert_string_equal(test.told, "");
    snprintf(other, sizeof(other), "%s.none", test.file);
    reload(CHAT_RELOAD_CHECK, other);
    assert_non_null(strstr(test.told, "No such file"));
    assert_int_equal(of_worker(0)->rooms_max, 5);
    tear_down();
}

static void the_last_of_two_at_once_is_in_effect(void **unused)
{
    (void)unused;
    set_up("rooms: {max: 5}");
    write_file("rooms: {max: 6}");
    for (unsigned i = 0; i < 4; i++)
        chat_reload_begin(test.fixture.chatd, CHAT_RELOAD_APPLY, NULL, on_done, NULL);
    while (test.done < 4)
        uv_run(&test.fixture.loop, UV_RUN_ONCE);
    assert_int_equal(of_worker(1)->rooms_max, 6);
    tear_down();
}

static void one_that_is_under_way_at_the_end_is_waited_for(void **unused)
{
    (void)unused;
    set_up("rooms: {max: 5}");
    write_file("rooms: {max: 6}");
    chat_reload_forget(
        chat_reload_begin(test.fixture.chatd, CHAT_RELOAD_APPLY, NULL, on_done, NULL));
    tear_down();
    assert_int_equal(test.done, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_worker_has_what_was_read),
        cmocka_unit_test(what_is_no_file_is_not_read),
        cmocka_unit_test(what_is_wrong_changes_nothing),
        cmocka_unit_test(what_is_kept_and_what_is_new_must_hang_together),
        cmocka_unit_test(to_look_changes_nothing),
        cmocka_unit_test(the_last_of_two_at_once_is_in_effect),
        cmocka_unit_test(one_that_is_under_way_at_the_end_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
