/* What the words in command.def, column.def and error.def mean: the rows that the server and
 * chatctl each make of the tables for themselves. No dependency but libc; any thread. */
#ifndef CHAT_ADMIN_ROWS_H
#define CHAT_ADMIN_ROWS_H

#include <stddef.h>
#include <stdint.h>

enum chat_command_place { CHAT_PLACE_SERVER, CHAT_PLACE_STREAM, CHAT_PLACE_CLIENT };
enum chat_command_effect { CHAT_EFFECT_READS, CHAT_EFFECT_CHANGES };

enum chat_argument_use { CHAT_USE_REQUIRED, CHAT_USE_OPTIONAL, CHAT_USE_REPEATED, CHAT_USE_OPTION };
enum chat_argument_type {
    CHAT_TYPE_USER,
    CHAT_TYPE_ROOM,
    CHAT_TYPE_PATTERN,
    CHAT_TYPE_PATTERNS,
    CHAT_TYPE_REASON,
    CHAT_TYPE_TEXT,
    CHAT_TYPE_NUMBER,
    CHAT_TYPE_CHOICE,
    CHAT_TYPE_COMMAND,
    CHAT_TYPE_TARGET,
    CHAT_TYPE_NAME,
    CHAT_TYPE_TIME,
    CHAT_TYPE_FLAG,
    CHAT_TYPE_FILENAME,
    CHAT_TYPE_CONTENT,
};

/* The ranges of values that both sides check. */
enum {
    CHAT_ADMIN_LINE_MAX = 65536,
    CHAT_ADMIN_PATTERN_MAX = 256,
    CHAT_ADMIN_PATTERNS_MAX = 4096,
    CHAT_ADMIN_FILENAME_MAX = 4095,
    CHAT_ADMIN_CONTENT_MAX = 8192,
};
#define CHAT_ADMIN_NUMBER_MAX  4294967295u
#define CHAT_ADMIN_TIME_MAX_MS INT64_C(315360000000) /* ten years */

enum chat_column_kind {
    CHAT_COLUMN_TEXT,
    CHAT_COLUMN_COUNT,
    CHAT_COLUMN_BYTES,
    CHAT_COLUMN_TIME,
    CHAT_COLUMN_DURATION,
    CHAT_COLUMN_SINCE,
    CHAT_COLUMN_LIST,
    CHAT_COLUMN_LINES,
};

/* ARGUMENT: a command's rows follow each other. */
struct chat_argument_row {
    const char *command, *name;
    enum chat_argument_use use;
    enum chat_argument_type type;
    const char *text, *doc;
};

#endif
