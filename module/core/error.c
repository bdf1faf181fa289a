/* The rows of error.def by their number. */
#include "core/error.h"

static const struct chat_error_row rows[CHAT_ERRORS] = {
    [CHAT_OK] = {"", "", ""},
#define ERROR(symbol, code, reason, sentence) [CHAT_E_##symbol] = {#code, #reason, sentence},
#include "core/error.def"
};

const struct chat_error_row *chat_error_row(enum chat_error error)
{
    return &rows[error];
}
