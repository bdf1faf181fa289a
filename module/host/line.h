/* A log line in its making: as text, as JSON, or as the journal's fields (INTERFACES, log lines).
 * Any thread. */
#ifndef CHAT_HOST_LINE_H
#define CHAT_HOST_LINE_H

#include "chatd.h"

#include <stdint.h>
#include <time.h>

enum chat_line_form { CHAT_LINE_TEXT, CHAT_LINE_JSON, CHAT_LINE_JOURNAL };

enum { CHAT_LINE_MAX = 8192 };

/* TEXT and JSON end with a line's end. JOURNAL is a run of `KEY=value`, each behind its length in
 * two bytes of the machine's order. */
struct chat_line {
    size_t length;
    bool cut; /* a field found no room, and those behind it */
    char bytes[CHAT_LINE_MAX];
};

void chat_line_make(struct chat_line *line, enum chat_line_form form, struct timespec time,
                    enum chatd_level level, const char *event, const struct chatd_field *fields);

#endif
