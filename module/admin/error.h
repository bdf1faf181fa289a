/* The errors of error.def by symbol. Any thread. */
#ifndef CHAT_ADMIN_ERROR_H
#define CHAT_ADMIN_ERROR_H

enum chat_admin_error {
    CHAT_ADMIN_OK,
#define ADMIN_ERROR(symbol, code, exit_code, sentence, hint) CHAT_ADMIN_E_##symbol,
#include "admin/error.def"
};

/* "ok" for none. */
const char *chat_admin_error_code(enum chat_admin_error error);
const char *chat_admin_error_sentence(enum chat_admin_error error);

#endif
