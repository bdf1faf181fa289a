/* One line of the admin socket, taken apart: `{"command": NAME, "args": {…}, "id": …}`. Knows no
 * command and no argument. Any thread. */
#ifndef CHAT_ADMIN_LINE_H
#define CHAT_ADMIN_LINE_H

#include "admin/error.h"
#include "proto/json.h"

enum { CHAT_LINE_MEMBERS_MAX = 16, CHAT_LINE_NAME_MAX = 32, CHAT_LINE_ID_MAX = 64 };

struct chat_line_member {
    char name[CHAT_LINE_NAME_MAX]; /* cut there: no argument's name is that long */
    size_t name_length;
    struct chat_json_value value;
};

struct chat_line {
    struct chat_slice command;
    struct chat_json_value id; /* ABSENT, STRING or NUMBER: an integer as it was spelled */
    struct chat_line_member members[CHAT_LINE_MEMBERS_MAX]; /* of `args`, nulls left out */
    size_t count;
};

/* Borrows the line without its end. What the result holds is borrowed from the line and the reader,
 * until the reader's next use. On an error `ret_why` is a static sentence, and the result has the
 * `id` if that was sound. Unknown members beside the three are ignored, of a repeated one the last
 * counts. */
enum chat_admin_error chat_line_read(struct chat_json_reader *reader, struct chat_slice text,
                                     struct chat_line *ret_line, const char **ret_why)
    __attribute__((warn_unused_result));

#endif
