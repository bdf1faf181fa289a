/* Each caution compares what is configured with what is in effect. */
#include "net/caution.h"

#include "net/limits.h"

#include <stdarg.h>
#include <stdio.h>

/* Listeners, mailboxes, the log, the state, what libraries open. */
enum { FILES_BESIDE = 256 };

struct telling {
    const struct chat_config *config;
    void (*caution)(void *context, const char *sentence);
    void *context;
};

__attribute__((format(printf, 2, 3))) static void tell(const struct telling *telling,
                                                       const char *format, ...)
{
    char sentence[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    telling->caution(telling->context, sentence);
}

static void look_at_files(const struct telling *telling, uint64_t files)
{
    uint64_t needed = (uint64_t)telling->config->limits_connections + FILES_BESIDE;

    if (files < needed)
        tell(telling,
             "limits.connections is %u, but the process may open only %llu files: LimitNOFILE "
             "should be at least %llu",
             telling->config->limits_connections, (unsigned long long)files,
             (unsigned long long)needed);
}

static void look_at_sizes(const struct telling *telling)
{
    const struct chat_config *config = telling->config;
    struct chat_limits limits = chat_limits_of(config, 1);

    if (limits.message_size < config->validation_message_size)
        tell(telling,
             "validation.message_size is %zu B, but %u B is the most that fits into "
             "websocket.max_message_size when all of it is escaped",
             config->validation_message_size, limits.message_size);
    if (limits.history_bytes < config->history_max_bytes)
        tell(telling,
             "history.max_bytes is %zu B, but only %u B are held: half of limits.outbound_queue",
             config->history_max_bytes, limits.history_bytes);
    if (config->history_total < config->history_max_bytes)
        tell(telling, "history.total is less than history.max_bytes of a single room");
}

static void look_at_auth(const struct telling *telling)
{
    const struct chat_config *config = telling->config;

    if (config->auth_mode == CHAT_AUTH_NONE &&
        (config->n_auth_keys > 0 || config->auth_jwks_file != NULL))
        tell(telling, "there are keys in auth, but auth.mode is none: no token is looked at");
}

void chat_caution_tell(const struct chat_config *config, uint64_t files,
                       void (*caution)(void *context, const char *sentence), void *context)
{
    struct telling telling = {config, caution, context};

    look_at_files(&telling, files);
    look_at_sizes(&telling);
    look_at_auth(&telling);
}
