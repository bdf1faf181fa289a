/* What each kind of payload member asks for (PROTOCOL §6), and the words in which its faults say
 * so. Pure; any thread. */
#ifndef CHAT_PROTO_KIND_H
#define CHAT_PROTO_KIND_H

#include "core/error.h"
#include "proto/json.h"

/* As request.def explains them. */
enum chat_kind {
    CHAT_KIND_ID,
    CHAT_KIND_NAME,
    CHAT_KIND_TEXT,
    CHAT_KIND_KEY,
    CHAT_KIND_WORDS,
    CHAT_KIND_TOKEN,
    CHAT_KIND_COUNT,
    CHAT_KIND_SHARE,
    CHAT_KIND_SEQ,
    CHAT_KIND_AFTER,
    CHAT_KIND_OBJECT,
};

/* What every client's numbers can hold (PROTOCOL §2). */
#define CHAT_INTEGER_MAX (INT64_C(1) << 53)

struct chat_kind_row {
    enum chat_json_kind json;
    const char *type, *characters, *unit;
    int64_t low, high;
    bool is_configured; /* the high bound comes from the configuration */
};

/* Returns a static row. */
const struct chat_kind_row *chat_kind_row(enum chat_kind kind);

/* Stores the value, in the kind's C type of request.h, when it is what the kind asks for. `high`
 * is its bound, the row's or the configured one. */
enum chat_error chat_kind_judge(enum chat_kind kind, int64_t high,
                                const struct chat_json_value *value, void *ret_target)
    __attribute__((warn_unused_result));

#endif
