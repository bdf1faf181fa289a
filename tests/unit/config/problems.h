/* Collects the problems that the configuration reports, for tests to look at. */
#ifndef CHAT_TESTS_CONFIG_PROBLEMS_H
#define CHAT_TESTS_CONFIG_PROBLEMS_H

#include <stdio.h>
#include <string.h>

struct problems {
    char text[16384]; /* one line each, as they came */
    size_t n;
};

static void collect(void *context, const char *line)
{
    struct problems *problems = context;
    size_t used = strlen(problems->text);
    snprintf(problems->text + used, sizeof problems->text - used, "%s\n", line);
    problems->n++;
}

#endif
