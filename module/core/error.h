/* The errors that a request can get: an enum and its rows, made from error.def. */
#ifndef CHAT_CORE_ERROR_H
#define CHAT_CORE_ERROR_H

#include <stdint.h>

enum chat_error {
    CHAT_OK = 0,
#define ERROR(symbol, code, reason, sentence) CHAT_E_##symbol,
#include "core/error.def"
    CHAT_ERRORS
};

struct chat_error_row {
    const char *code;
    const char *reason;
    const char *sentence;
};

/* What is wrong with a request, and what its sentence needs. `field` and the texts are static. */
struct chat_fault {
    enum chat_error error;
    const char *field;
    const char *expected; /* the JSON type or the set of characters */
    const char *unit;     /* of the bounds: " bytes", " characters", or "" */
    int64_t low, high;
    uint64_t retry_after_ms; /* 0: nothing that waiting would help */
};

/* Borrows nothing, returns a static row. Any thread. `error` is not CHAT_OK. */
const struct chat_error_row *chat_error_row(enum chat_error error);

#endif
