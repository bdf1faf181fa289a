/* Tallies, and their text. */
#include "net/metric.h"
#include "net/process.h"
#include "net/shared.h"
#include "net/tally.h"
#include "wire/close.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { WORKERS = 2 };

static int set_up(void **state)
{
    struct chatd_config *config = chatd_config_create();
    if (!chatd_config_check(config, NULL, NULL))
        return -1;
    *state = chatd_create(config, WORKERS);
    return 0;
}

static int tear_down(void **state)
{
    struct chatd *chatd = *state;
    struct chatd_config *config = (struct chatd_config *)chatd->config; /* its first member */
    chatd_destroy(chatd);
    chatd_config_destroy(config);
    return 0;
}

static void assert_line(struct chatd *chatd, const char *line)
{
    size_t length = 0;
    char *text = chat_metric_text(chatd, &length), whole[256];

    snprintf(whole, sizeof(whole), "\n%s\n", line);
    assert_int_equal(strlen(text), length);
    if (strstr(text, whole) == NULL)
        fail_msg("no line %s", line);
    free(text);
}

static void a_series_for_each_worker(void **state)
{
    struct chatd *chatd = *state;
    chat_tally_add(chatd->tallies[0].messages_in, 3);
    chat_tally_add(chatd->tallies[1].messages_in, 1);
    chat_tally_add(chatd->tallies[1].messages_in, 4);
    assert_line(chatd, "chatd_messages_received_total{worker=\"0\"} 3");
    assert_line(chatd, "chatd_messages_received_total{worker=\"1\"} 5");
    assert_line(chatd, "chatd_rooms{worker=\"1\"} 0");
}

static void labelled_cells_are_summed_up_over_the_workers(void **state)
{
    struct chatd *chatd = *state;
    chat_tally_add(&chatd->tallies[0].closes[chat_tally_close(CHAT_CLOSE_SLOW_CONSUMER)], 2);
    chat_tally_add(&chatd->tallies[1].closes[chat_tally_close(CHAT_CLOSE_SLOW_CONSUMER)], 1);
    chat_tally_add(&chatd->tallies[1].errors[CHAT_E_JOIN_ROOM_FULL], 7);
    assert_line(chatd, "chatd_closes_total{code=\"4013\",reason=\"slow_consumer\"} 3");
    assert_line(chatd, "chatd_errors_total{code=\"join_room_error\",reason=\"room_full\"} 7");
}

static void every_close_code_has_its_cell(void **state)
{
    (void)state;
#define CLOSE(symbol, code, word, sentence)                                                        \
    assert_int_equal(chat_tally_close(code), CHAT_CLOSED_##symbol);
#include "wire/close.def"
    assert_int_equal(chat_tally_close(0), CHAT_CLOSED_LOST);
    assert_int_equal(chat_tally_close(1000), CHAT_CLOSED_PEER);
    assert_int_equal(chat_tally_close(4999), CHAT_CLOSED_PEER);
}

static void a_bucket_has_its_bound_and_not_one_past_it(void **state)
{
    struct chatd *chatd = *state;
    chat_tally_observe(chatd->tallies[0].flush, 1000000);
    assert_line(chatd, "chatd_flush_seconds_bucket{worker=\"0\",le=\"0.0005\"} 0");
    assert_line(chatd, "chatd_flush_seconds_bucket{worker=\"0\",le=\"0.001\"} 1");
    chat_tally_observe(chatd->tallies[0].flush, 1000001);
    assert_line(chatd, "chatd_flush_seconds_bucket{worker=\"0\",le=\"0.001\"} 1");
    assert_line(chatd, "chatd_flush_seconds_bucket{worker=\"0\",le=\"0.002\"} 2");
    chat_tally_observe(chatd->tallies[0].flush, 5000000001);
    assert_line(chatd, "chatd_flush_seconds_bucket{worker=\"0\",le=\"5\"} 2");
    assert_line(chatd, "chatd_flush_seconds_bucket{worker=\"0\",le=\"+Inf\"} 3");
    assert_line(chatd, "chatd_flush_seconds_count{worker=\"0\"} 3");
    assert_line(chatd, "chatd_flush_seconds_sum{worker=\"0\"} 5.002000002");
    assert_line(chatd, "chatd_flush_seconds_count{worker=\"1\"} 0");
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Field 22 of proc(5) is in ticks since the system started; no name of ours has a blank. */
static void the_start_is_told_as_exactly_as_the_system_knows_it(void **state)
{
    unsigned long long ticks = 0;
    FILE *stat = fopen("/proc/self/stat", "r");
    int read = fscanf(stat,
                      "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
                      "%*s %*s %*s %llu",
                      &ticks);
    double started = seconds(CLOCK_REALTIME) - seconds(CLOCK_BOOTTIME) +
                     (double)ticks / (double)sysconf(_SC_CLK_TCK);
    double told = (double)chat_process_read(*state).start_time / 1e9;

    fclose(stat);
    assert_int_equal(read, 1);
    assert_true(told > started - 0.1 && told < started + 0.1);
}

/* What is counted in nanoseconds says the same as what is written in seconds. */
static void bounds_rise_and_say_the_same_twice(void **state)
{
    (void)state;
    double before = 0;
#define BOUND(ns, seconds)                                                                         \
    assert_true(strtod(seconds, NULL) > before);                                                   \
    before = strtod(seconds, NULL);                                                                \
    assert_int_equal((long long)(before * 1e9 + 0.5), ns);
#include "net/metric.def"
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_series_for_each_worker, set_up, tear_down),
        cmocka_unit_test_setup_teardown(labelled_cells_are_summed_up_over_the_workers, set_up,
                                        tear_down),
        cmocka_unit_test(every_close_code_has_its_cell),
        cmocka_unit_test_setup_teardown(a_bucket_has_its_bound_and_not_one_past_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_start_is_told_as_exactly_as_the_system_knows_it, set_up,
                                        tear_down),
        cmocka_unit_test(bounds_rise_and_say_the_same_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
