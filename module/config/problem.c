/* How problems of the configuration are worded and handed on, one line each. Any thread.
 * What is a problem is decided by the callers. */
#include "config/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void chat_problem_report(struct chat_problems *problems, const char *source, unsigned line,
                         unsigned column, const char *format, ...)
{
    char text[1024];
    int used = snprintf(text, sizeof text, "%.400s:%u:%u: ", source == NULL ? "program" : source,
                        line, column);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, sizeof text - (size_t)used, format, arguments);
    va_end(arguments);
    problems->any = true;
    problems->line(problems->context, text);
}

const char *chat_problem_quote(char ret[static CHAT_PROBLEM_QUOTE_SIZE], const char *text,
                               size_t length)
{
    size_t shown = length;
    if (shown > CHAT_PROBLEM_QUOTED) {
        shown = CHAT_PROBLEM_QUOTED;
        while (shown > 0 && ((unsigned char)text[shown] & 0xC0) == 0x80)
            shown--; /* cut between characters */
    }
    char *end = ret;
    *end++ = '"';
    for (size_t i = 0; i < shown; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte < 0x20 || byte == 0x7F)
            end += sprintf(end, "\\x%02X", byte);
        else
            *end++ = (char)byte;
    }
    strcpy(end, shown < length ? "…\"" : "\"");
    return ret;
}
