/* The queue of log lines and its thread, before a pipe that the test reads or lets fill. */
#define _GNU_SOURCE /* pipe2, F_SETPIPE_SZ */
#include "host/sink.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { LINE_BYTES = 4096 };

static size_t tell_lost(unsigned long long entries, char *bytes, size_t size)
{
    return (size_t)snprintf(bytes, size, "lost %llu\n", entries);
}

static void put(struct chat_sink *sink, const char *text)
{
    chat_sink_put(sink, text, strlen(text));
}

/* What comes until the writer has gone. */
static char *read_all(int fd)
{
    size_t length = 0, size = 4 << 20;
    char *text = malloc(size);
    ssize_t n = 0;

    assert_non_null(text);
    while ((n = read(fd, text + length, size - 1 - length)) > 0)
        length += (size_t)n;
    text[length] = '\0';
    close(fd);
    return text;
}

static void what_is_put_is_written_before_the_end(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    struct chat_sink *sink = chat_sink_create(fds[1], false, tell_lost);
    put(sink, "one\n");
    put(sink, "two\n");
    chat_sink_destroy(sink);
    char *text = read_all(fds[0]);
    assert_string_equal(text, "one\ntwo\n");
    free(text);
}

static void after_the_end_others_may_put_in_vain(void **state)
{
    (void)state;
    static struct chat_sink *sink; /* it is left as it is */
    int fds[2];
    char text[8] = "";
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    sink = chat_sink_create(fds[1], false, tell_lost);
    put(sink, "one\n");
    chat_sink_end(sink);
    put(sink, "two\n");
    assert_int_equal(read(fds[0], text, sizeof(text)), 4);
    assert_string_equal(text, "one\n");
    close(fds[0]);
}

/* Nobody reads: neither does `put` wait, nor is more kept than the bound; what was lost is told
 * once somebody reads. */
static void a_reader_that_sleeps_costs_lines_and_no_time(void **state)
{
    (void)state;
    int fds[2];
    char line[LINE_BYTES + 1];
    unsigned long long lost = 0, written = 0;
    const unsigned lines = 4 * CHAT_SINK_BYTES / LINE_BYTES;

    memset(line, 'x', LINE_BYTES - 1);
    strcpy(line + LINE_BYTES - 1, "\n");
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    struct chat_sink *sink = chat_sink_create(fds[1], false, tell_lost);
    for (unsigned i = 0; i < lines; i++)
        put(sink, line);
    char first;
    assert_int_equal(read(fds[0], &first, 1), 1);
    pid_t reader = fork(); /* so that destroy has somebody who takes it */
    if (reader == 0) {
        close(fds[1]);
        char *text = read_all(fds[0]);
        for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
            written++;
        const char *told = strstr(text, "lost ");
        lost = told == NULL ? 0 : strtoull(told + 5, NULL, 10);
        bool bounded = written < 3ull * CHAT_SINK_BYTES / LINE_BYTES;
        _exit(lost > 0 && bounded && written - 1 + lost == lines ? 0 : 1);
    }
    close(fds[0]);
    chat_sink_destroy(sink);
    int status = 0;
    assert_int_equal(waitpid(reader, &status, 0), reader);
    assert_int_equal(status, 0);
}

static void after_a_turn_lines_go_to_the_other_descriptor(void **state)
{
    (void)state;
    int old[2], fresh[2];
    char text[8] = "";
    assert_int_equal(pipe2(old, O_CLOEXEC), 0);
    assert_int_equal(pipe2(fresh, O_CLOEXEC), 0);
    struct chat_sink *sink = chat_sink_create(old[1], false, tell_lost);
    put(sink, "one\n");
    assert_int_equal(read(old[0], text, sizeof(text)), 4);
    chat_sink_turn(sink, fresh[1]);
    put(sink, "two\n");
    chat_sink_destroy(sink);
    char *before = read_all(old[0]), *after = read_all(fresh[0]);
    assert_string_equal(before, "");
    assert_string_equal(after, "two\n");
    free(before);
    free(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_written_before_the_end),
        cmocka_unit_test(after_the_end_others_may_put_in_vain),
        cmocka_unit_test(a_reader_that_sleeps_costs_lines_and_no_time),
        cmocka_unit_test(after_a_turn_lines_go_to_the_other_descriptor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
