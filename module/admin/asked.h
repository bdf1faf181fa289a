/* A line as a command with its arguments: read, checked by the tables, and kept. Admin loop. */
#ifndef CHAT_ADMIN_ASKED_H
#define CHAT_ADMIN_ASKED_H

#include "admin/argument.h"
#include "admin/command.h"

struct chat_json_reader;

/* All zero is nothing. */
struct chat_asked {
    const struct chat_command_row *row; /* NULL: the line names none */
    struct chat_command_arguments arguments;
    struct chat_json_value id;
    char *strings; /* of the arguments and the id, NUL after each */
};

/* Borrows the line, without its end. What of it can be read is kept even where something is wrong:
 * then `ret_sentence` says what, and may stand in `why`. */
enum chat_admin_error chat_asked_read(struct chat_asked *asked, struct chat_json_reader *reader,
                                      struct chat_slice line, char why[CHAT_ARGUMENT_WHY_MAX],
                                      const char **ret_sentence)
    __attribute__((warn_unused_result));
void chat_asked_finish(struct chat_asked *asked);

#endif
