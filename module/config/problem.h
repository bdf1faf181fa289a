/* How problems of the configuration are worded and handed on, one line each. Any thread. */
#ifndef CHAT_CONFIG_PROBLEM_H
#define CHAT_CONFIG_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

struct chat_problems {
    void (*line)(void *context, const char *line);
    void *context;
    bool any; /* one was reported */
};

/* Enough for CHAT_PROBLEM_QUOTED bytes of text, each escaped, the quotes and three dots. */
enum { CHAT_PROBLEM_QUOTED = 40, CHAT_PROBLEM_QUOTE_SIZE = 4 * CHAT_PROBLEM_QUOTED + 6 };

/* Hands on `SOURCE:LINE:COLUMN: …`; without a source, a program has set the value. */
void chat_problem_report(struct chat_problems *problems, const char *source, unsigned line,
                         unsigned column, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Returns ret: the text in quotes, cut when long, so that a problem stays one readable line. */
const char *chat_problem_quote(char ret[static CHAT_PROBLEM_QUOTE_SIZE], const char *text,
                               size_t length);

#endif
