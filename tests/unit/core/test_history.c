/* What a room holds, against a plain model: a list of events that are dropped from its front. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "core/history.h"
#include "core/random.h"

enum { PLENTY = 1 << 20 };

static struct chat_histories make_shared(uint32_t max_bytes, uint64_t ttl_ms, uint64_t total)
{
    return (struct chat_histories){.max_bytes = max_bytes, .ttl_ms = ttl_ms, .total = total};
}

/* A frame of event `seq`, as long as is asked, that no other event has. */
static struct chat_slice frame_of(uint64_t seq, size_t length, char out[PLENTY])
{
    char mark[24];
    int n = snprintf(mark, sizeof(mark), "<%llu>", (unsigned long long)seq);
    for (size_t i = 0; i < length; i++)
        out[i] = mark[i % (size_t)n];
    return (struct chat_slice){out, length};
}

static char scratch[PLENTY];

static void add(struct chat_history *history, uint64_t seq, size_t length, uint64_t now_ms)
{
    chat_history_add(history, seq, frame_of(seq, length, scratch), 1000 + seq, now_ms);
#ifndef NDEBUG
    chat_history_check(history);
#endif
}

static void assert_run(struct chat_run run, const char *expected, size_t length, uint32_t frames)
{
    assert_int_equal(run.frames, frames);
    assert_int_equal(chat_run_length(&run), length);
    assert_memory_equal(run.parts[0].bytes, expected, run.parts[0].length);
    if (run.parts[1].length > 0)
        assert_memory_equal(run.parts[1].bytes, expected + run.parts[0].length,
                            run.parts[1].length);
}

static void it_holds_the_last_size_events_and_not_one_more(void **state)
{
    (void)state;
    struct chat_histories shared = make_shared(PLENTY, 1000, PLENTY);
    struct chat_history *history = chat_history_create(&shared, 3);

    for (uint64_t seq = 1; seq <= 3; seq++)
        add(history, seq, 10, 0);
    assert_int_equal(chat_history_count(history, 0), 3);
    assert_int_equal(chat_history_find(history, 1001, 0), 1);
    add(history, 4, 10, 0);
    assert_int_equal(chat_history_count(history, 0), 3);
    assert_int_equal(chat_history_find(history, 1001, 0), 0);
    assert_int_equal(chat_history_find(history, 1002, 0), 2);
    chat_history_destroy(history);
    assert_int_equal(shared.bytes, 0);
}

static void an_event_is_held_until_its_ttl_and_forgotten_with_its_key(void **state)
{
    (void)state;
    struct chat_histories shared = make_shared(PLENTY, 1000, PLENTY);
    struct chat_history *history = chat_history_create(&shared, 3);

    add(history, 1, 10, 50);
    add(history, 2, 10, 60);
    assert_int_equal(chat_history_count(history, 1049), 2);
    assert_int_equal(chat_history_find(history, 1001, 1049), 1);
    assert_int_equal(chat_history_find(history, 1001, 1050), 0);
    assert_int_equal(chat_history_find(history, 1002, 1050), 2);
    assert_int_equal(chat_history_count(history, 1059), 1);
    assert_int_equal(chat_history_count(history, 1060), 0);
    assert_int_equal(chat_history_find(history, 1002, 1060), 0);
    chat_history_destroy(history);
}

static void the_sweep_frees_what_holds_nothing_any_more(void **state)
{
    (void)state;
    struct chat_histories shared = make_shared(PLENTY, 1000, PLENTY);
    struct chat_history *early = chat_history_create(&shared, 3);
    struct chat_history *late = chat_history_create(&shared, 3);

    add(early, 1, 10, 0);
    add(late, 1, 10, 1);
    add(early, 2, 10, 2);
    chat_histories_sweep(&shared, 1000);
    assert_int_not_equal(chat_history_bytes(late), 0);
    chat_histories_sweep(&shared, 1001);
    assert_int_equal(chat_history_bytes(late), 0);
    assert_int_equal(shared.bytes, chat_history_bytes(early));
    chat_histories_sweep(&shared, 1002);
    assert_int_equal(shared.bytes, 0);
    add(late, 2, 10, 2000);
    assert_int_equal(chat_history_count(late, 2000), 1);
    chat_history_destroy(early);
    chat_history_destroy(late);
    assert_int_equal(shared.bytes, 0);
}

static void the_frames_are_at_most_max_bytes(void **state)
{
    (void)state;
    struct chat_histories shared = make_shared(100, 1000, PLENTY);
    struct chat_history *history = chat_history_create(&shared, 1000);
    char expected[PLENTY];

    add(history, 1, 40, 0);
    add(history, 2, 60, 0);
    assert_int_equal(chat_history_count(history, 0), 2);
    add(history, 3, 1, 0);
    assert_int_equal(chat_history_count(history, 0), 2);
    assert_int_equal(chat_history_find(history, 1001, 0), 0);
    add(history, 4, 100, 0);
    assert_int_equal(chat_history_count(history, 0), 1);
    frame_of(4, 100, expected);
    assert_run(chat_history_run(history, 4, 4), expected, 100, 1);
    chat_history_destroy(history);
}

static void one_that_is_too_long_leaves_nothing_and_no_hole(void **state)
{
    (void)state;
    struct chat_histories shared = make_shared(100, 1000, PLENTY);
    struct chat_history *history = chat_history_create(&shared, 1000);

    add(history, 1, 40, 0);
    add(history, 2, 101, 0);
    assert_int_equal(chat_history_count(history, 0), 0);
    assert_int_equal(chat_history_find(history, 1002, 0), 0);
    assert_int_equal(shared.bytes, 0);
    add(history, 3, 40, 0);
    assert_int_equal(chat_history_count(history, 0), 1);
    assert_int_equal(chat_history_find(history, 1003, 0), 3);
    chat_history_destroy(history);
}

static void the_one_that_was_idle_longest_gives_up_first(void **state)
{
    (void)state;
    enum { ROOMS = 5 };
    struct chat_histories shared = make_shared(PLENTY, 1000, PLENTY);
    struct chat_history *rooms[ROOMS];

    for (unsigned i = 0; i < ROOMS; i++)
        add(rooms[i] = chat_history_create(&shared, 100), 1, 1000, i);
    add(rooms[0], 2, 10, ROOMS); /* now room 1 is the idlest */
    shared.total = shared.bytes;
    assert_int_equal(chat_history_count(rooms[1], ROOMS), 1);
    add(rooms[4], 2, 1000, ROOMS);
    assert_int_equal(chat_history_count(rooms[1], ROOMS), 0);
    assert_int_equal(chat_history_bytes(rooms[1]), 0);
    assert_int_equal(chat_history_count(rooms[0], ROOMS), 2);
    assert_int_equal(chat_history_count(rooms[2], ROOMS), 1);
    assert_int_equal(chat_history_count(rooms[4], ROOMS), 2);
    assert_true(shared.bytes <= shared.total);
    for (unsigned i = 0; i < ROOMS; i++)
        chat_history_destroy(rooms[i]);
    assert_int_equal(shared.bytes, 0);
}

static void alone_it_holds_what_fits_the_total_and_no_more(void **state)
{
    (void)state;
    for (uint64_t total = 0; total < 6000; total += 37) {
        struct chat_histories shared = make_shared(PLENTY, 1000, total);
        struct chat_history *history = chat_history_create(&shared, 1000);
        for (uint64_t seq = 1; seq <= 40; seq++) {
            add(history, seq, 200, 0);
            assert_true(shared.bytes <= total);
        }
        uint32_t held = chat_history_count(history, 0);
        assert_true(total < 600 || held >= 1);
        assert_true(held * 200u <= total);
        assert_true(total < 3000 || held * 200u >= total / 3);
        chat_history_destroy(history);
        assert_int_equal(shared.bytes, 0);
    }
}

static void what_a_history_is_itself_counts_while_it_holds_something(void **state)
{
    enum { RINGS = 1024 + 8 * (24 + 4), ITSELF_MIN = 64 };
    (void)state;
    struct chat_histories shared = make_shared(PLENTY, 1000, PLENTY);
    struct chat_history *history = chat_history_create(&shared, 3);

    assert_int_equal(shared.bytes, 0);
    add(history, 1, 10, 0);
    assert_true(shared.bytes >= RINGS + ITSELF_MIN);
    chat_histories_sweep(&shared, 1000);
    assert_int_equal(shared.bytes, 0);
    chat_history_destroy(history);
}

static void size_0_holds_nothing_and_needs_no_memory(void **state)
{
    (void)state;
    struct chat_histories shared = make_shared(PLENTY, 1000, PLENTY);
    struct chat_history *history = chat_history_create(&shared, 0);

    add(history, 1, 10, 0);
    assert_int_equal(chat_history_count(history, 0), 0);
    assert_int_equal(shared.bytes, 0);
    chat_history_destroy(history);
    assert_int_equal(chat_history_count(NULL, 0), 0);
    assert_int_equal(chat_history_find(NULL, 5, 0), 0);
    assert_int_equal(chat_history_bytes(NULL), 0);
    assert_int_equal(chat_history_run(NULL, 1, 0).frames, 0);
}

/* The model: all that was ever added, and which of it is held. */
enum { STEPS = 3000, KEYS = 40 };

struct model {
    size_t lengths[STEPS + 1];
    uint64_t times[STEPS + 1], keys[STEPS + 1];
    uint64_t oldest, newest;
    size_t bytes;
};

static void drop(struct model *model)
{
    model->bytes -= model->lengths[model->oldest++];
}

static uint64_t model_find(const struct model *model, uint64_t key)
{
    for (uint64_t seq = model->oldest; key != 0 && seq <= model->newest; seq++)
        if (model->keys[seq] == key)
            return seq;
    return 0;
}

static void compare(const struct model *model, struct chat_history *history, uint64_t now_ms,
                    struct random *random)
{
    static char expected[PLENTY], bytes[PLENTY];
    uint64_t held = model->newest - model->oldest + 1;
    size_t length = 0;

    assert_int_equal(chat_history_count(history, now_ms), held);
    for (uint64_t key = 1; key <= KEYS; key++)
        assert_int_equal(chat_history_find(history, key, now_ms), model_find(model, key));
    if (held == 0)
        return;
    uint64_t from = model->oldest + random_below(random, (uint32_t)held);
    uint64_t to = from + random_below(random, (uint32_t)(model->newest - from + 1));
    for (uint64_t seq = from; seq <= to; length += model->lengths[seq++]) {
        frame_of(seq, model->lengths[seq], bytes);
        memcpy(expected + length, bytes, model->lengths[seq]);
    }
    assert_run(chat_history_run(history, from, to), expected, length, (uint32_t)(to - from + 1));
}

static void live(uint64_t seed)
{
    struct random random = {seed};
    uint32_t size = 1 + random_below(&random, 60), max_bytes = 1 + random_below(&random, 5000);
    uint64_t ttl_ms = 1 + random_below(&random, 400), now_ms = 0;
    struct chat_histories shared = make_shared(max_bytes, ttl_ms, PLENTY);
    struct chat_history *history = chat_history_create(&shared, size);
    static struct model model;

    model = (struct model){.oldest = 1};
    while (model.newest < STEPS) {
        now_ms +=
            random_below(&random, 20) == 0 ? random_below(&random, 300) : random_below(&random, 3);
        while (model.oldest <= model.newest && model.times[model.oldest] + ttl_ms <= now_ms)
            drop(&model);
        uint64_t key = random_below(&random, KEYS + 1), seq = model.newest + 1;
        if (model_find(&model, key) != 0)
            key = 0;
        size_t length = 1 + random_below(&random, random_below(&random, 50) == 0 ? 5500 : 300);
        model.lengths[seq] = length;
        model.times[seq] = now_ms;
        model.keys[seq] = key;
        model.newest = seq;
        model.bytes += length;
        while (model.oldest <= seq && (model.bytes > max_bytes || seq - model.oldest + 1 > size))
            drop(&model);
        chat_history_add(history, seq, frame_of(seq, length, scratch), key, now_ms);
#ifndef NDEBUG
        chat_history_check(history);
#endif
        if (random_below(&random, 8) == 0)
            compare(&model, history, now_ms, &random);
        if (random_below(&random, 100) == 0)
            chat_histories_sweep(&shared, now_ms);
    }
    chat_history_destroy(history);
    assert_int_equal(shared.bytes, 0);
    assert_null(shared.idle.first);
}

static void it_holds_what_a_plain_model_holds(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++)
        live(seed);
}

static void narrower_bounds_hold_for_what_is_there(void **state)
{
    (void)state;
    struct chat_histories shared = make_shared(1000, 1000, PLENTY);
    struct chat_history *history = chat_history_create(&shared, 1000);

    for (uint64_t seq = 1; seq <= 10; seq++)
        add(history, seq, 100, 0);
    shared.max_bytes = 250;
    assert_int_equal(chat_history_count(history, 0), 2);
    add(history, 11, 100, 0);
    assert_int_equal(chat_history_count(history, 0), 2);
    shared.ttl_ms = 500;
    assert_int_equal(chat_history_count(history, 500), 0);
    chat_history_destroy(history);
}

static void a_smaller_total_is_met_a_few_histories_at_a_time(void **state)
{
    (void)state;
    enum { ROOMS = 200, AT_ONCE = 64 };
    struct chat_histories shared = make_shared(PLENTY, 1000, PLENTY);
    struct chat_history *rooms[ROOMS];

    for (unsigned i = 0; i < ROOMS; i++)
        add(rooms[i] = chat_history_create(&shared, 100), 1, 1000, 0);
    shared.total = chat_history_bytes(rooms[0]);
    chat_histories_sweep(&shared, 0);
    assert_int_equal(chat_history_count(rooms[AT_ONCE - 1], 0), 0);
    assert_int_equal(chat_history_count(rooms[AT_ONCE], 0), 1);
    for (unsigned i = 0; i < ROOMS / AT_ONCE; i++)
        chat_histories_sweep(&shared, 0);
    assert_true(shared.bytes <= shared.total);
    for (unsigned i = 0; i < ROOMS; i++)
        chat_history_destroy(rooms[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(narrower_bounds_hold_for_what_is_there),
        cmocka_unit_test(a_smaller_total_is_met_a_few_histories_at_a_time),
        cmocka_unit_test(it_holds_the_last_size_events_and_not_one_more),
        cmocka_unit_test(an_event_is_held_until_its_ttl_and_forgotten_with_its_key),
        cmocka_unit_test(the_sweep_frees_what_holds_nothing_any_more),
        cmocka_unit_test(the_frames_are_at_most_max_bytes),
        cmocka_unit_test(one_that_is_too_long_leaves_nothing_and_no_hole),
        cmocka_unit_test(the_one_that_was_idle_longest_gives_up_first),
        cmocka_unit_test(alone_it_holds_what_fits_the_total_and_no_more),
        cmocka_unit_test(size_0_holds_nothing_and_needs_no_memory),
        cmocka_unit_test(it_holds_what_a_plain_model_holds),
        cmocka_unit_test(what_a_history_is_itself_counts_while_it_holds_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
