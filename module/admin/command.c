/* The COMMAND rows of the server. Any thread. What a command does is in the file of its group. */
#include "admin/command.h"

#define COMMAND(name, words, place, effect, doc)                                                   \
    extern const struct chat_command chat_command_##name;
#define ARGUMENT(command, name, use, type, text, doc)
#include "admin/command.def"

/* chatctl's own commands are none of the server's, so their definitions need not be there. */
#define ROW_SERVER(name, words, effect) {#name, words, CHAT_EFFECT_##effect, &chat_command_##name},
#define ROW_STREAM(name, words, effect) ROW_SERVER(name, words, effect)
#define ROW_CLIENT(name, words, effect)

static const struct chat_command_row rows[] = {
#define COMMAND(name, words, place, effect, doc) ROW_##place(name, words, effect)
#include "admin/command.def"
};

const struct chat_command_row *chat_command_find(struct chat_slice words)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (chat_slice_equal((struct chat_slice){rows[i].words, strlen(rows[i].words)}, words))
            return &rows[i];
    return NULL;
}
