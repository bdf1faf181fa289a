/* The errors' words, from their rows. Any thread. */
#include "admin/error.h"

static const struct {
    const char *code, *sentence;
} rows[] = {
    {"ok", ""},
#define ADMIN_ERROR(symbol, code, exit_code, sentence, hint) {#code, sentence},
#include "admin/error.def"
};

const char *chat_admin_error_code(enum chat_admin_error error)
{
    return rows[error].code;
}

const char *chat_admin_error_sentence(enum chat_admin_error error)
{
    return rows[error].sentence;
}
