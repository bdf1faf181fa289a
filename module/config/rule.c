/* The rules over several options, for when all has been read. One thread. Each passes over what was
 * refused when it was read: its default stands there, and nobody chose that. What one option may be
 * is value.c's. */
#include "config/config.h"
#include "config/endpoint.h"
#include "config/problem.h"

#include <stdlib.h>
#include <string.h>

/* Where to point for a rule over two options: at the one that was given, at best the first. */
static struct chat_config_place place(const struct chat_config *config, enum chat_config_at first,
                                      enum chat_config_at second)
{
    struct chat_config_place at = config->set_at[first];
    return at.source != NULL ? at : config->set_at[second];
}

/* One of the two was refused. */
static bool is_wrong(const struct chat_config *config, enum chat_config_at first,
                     enum chat_config_at second)
{
    return config->set_at[first].is_wrong || config->set_at[second].is_wrong;
}

static void check_pings(const struct chat_config *config, struct chat_problems *problems)
{
    if (config->websocket_pong_timeout_ms > config->websocket_ping_interval_ms ||
        is_wrong(config, CHAT_AT_websocket_pong_timeout_ms, CHAT_AT_websocket_ping_interval_ms))
        return;
    struct chat_config_place at =
        place(config, CHAT_AT_websocket_pong_timeout_ms, CHAT_AT_websocket_ping_interval_ms);
    chat_problem_report(problems, at.source, at.line, at.column,
                        "websocket.pong_timeout (%llu ms) would end every connection before its "
                        "ping is answered, expected more than websocket.ping_interval (%llu ms)",
                        (unsigned long long)config->websocket_pong_timeout_ms,
                        (unsigned long long)config->websocket_ping_interval_ms);
}

/* Port 0 is another free one for each listener that asks; a path has no port. */
static bool are_one_place(const struct chat_config_listener *one,
                          const struct chat_config_listener *other)
{
    if (one->is_wrong || other->is_wrong || strcmp(one->address, other->address) != 0)
        return false;
    return chat_endpoint_is_unix(one->address, strlen(one->address)) ||
           (one->port != 0 && one->port == other->port);
}

static void check_listeners(const struct chat_config *config, struct chat_problems *problems)
{
    for (size_t i = 1; i < config->n_listeners; i++) {
        const struct chat_config_listener *one = &config->listeners[i];
        for (size_t j = 0; j < i; j++) {
            const struct chat_config_listener *other = &config->listeners[j];
            if (!are_one_place(one, other))
                continue;
            chat_problem_report(problems, one->source, one->line, one->column,
                                "listen.%zu has the address and port of listen.%zu, "
                                "expected others",
                                i, j);
            break;
        }
    }
}

/* What the files hold is the server's to judge. */
static void check_certificates(const struct chat_config_listener *listener,
                               struct chat_problems *problems)
{
    for (size_t i = 0; i < listener->n_tls; i++) {
        const struct chat_config_certificate *item = &listener->tls[i];
        if (item->is_wrong || (item->certificate != NULL && item->key != NULL))
            continue;
        chat_problem_report(problems, item->source, item->line, item->column,
                            "listen.tls: an item without %s, expected one",
                            item->certificate == NULL ? "certificate" : "key");
    }
}

static int compare_rooms(const void *a, const void *b)
{
    const struct chat_config_room *one = *(const struct chat_config_room *const *)a;
    const struct chat_config_room *other = *(const struct chat_config_room *const *)b;
    int order = strcmp(one->id, other->id);
    return order != 0 ? order : (one > other) - (one < other);
}

static void check_rooms(const struct chat_config *config, struct chat_problems *problems)
{
    size_t n = config->n_permanent;
    if (n > config->rooms_max && !is_wrong(config, CHAT_AT_permanent, CHAT_AT_rooms_max)) {
        struct chat_config_place at = place(config, CHAT_AT_permanent, CHAT_AT_rooms_max);
        chat_problem_report(problems, at.source, at.line, at.column,
                            "%zu rooms in rooms.permanent, expected at most rooms.max (%u)", n,
                            config->rooms_max);
    }
    const struct chat_config_room **sorted = calloc(n + 1, sizeof *sorted);
    if (sorted == NULL)
        abort();
    n = 0;
    for (size_t i = 0; i < config->n_permanent; i++)
        if (config->permanent[i].id != NULL)
            sorted[n++] = &config->permanent[i];
    qsort(sorted, n, sizeof *sorted, compare_rooms);
    for (size_t i = 1; i < n; i++)
        if (strcmp(sorted[i]->id, sorted[i - 1]->id) == 0)
            chat_problem_report(problems, sorted[i]->source, sorted[i]->line, sorted[i]->column,
                                "rooms.permanent has the id \"%s\" twice, expected another id",
                                sorted[i]->id);
    free(sorted);
}

static void check_pages(const struct chat_config *config, struct chat_problems *problems)
{
    if (config->validation_page <= config->validation_page_max ||
        is_wrong(config, CHAT_AT_validation_page, CHAT_AT_validation_page_max))
        return;
    struct chat_config_place at =
        place(config, CHAT_AT_validation_page, CHAT_AT_validation_page_max);
    chat_problem_report(problems, at.source, at.line, at.column,
                        "validation.page is %u, expected at most validation.page_max (%u)",
                        config->validation_page, config->validation_page_max);
}

/* Nobody could enter a room whose id no request may have. */
static void check_permanent(const struct chat_config *config, struct chat_problems *problems)
{
    if (config->set_at[CHAT_AT_validation_id_length].is_wrong)
        return;
    for (size_t i = 0; i < config->n_permanent; i++) {
        const struct chat_config_room *room = &config->permanent[i];
        if (room->id == NULL || strlen(room->id) <= config->validation_id_length)
            continue;
        chat_problem_report(problems, room->source, room->line, room->column,
                            "rooms.permanent: the id \"%s\" is too long, expected at most "
                            "validation.id_length (%u)",
                            room->id, config->validation_id_length);
    }
}

static void report_key(const struct chat_config_key *key, struct chat_problems *problems,
                       const char *what)
{
    chat_problem_report(problems, key->source, key->line, key->column, "auth.keys: %s", what);
}

/* What its files hold is auth's to judge. */
static void check_key(const struct chat_config_key *key, struct chat_problems *problems)
{
    bool shared = key->algorithm == CHAT_HS256 || key->algorithm == CHAT_HS384 ||
                  key->algorithm == CHAT_HS512;
    if (key->is_wrong)
        return;
    if (key->algorithm == CHAT_ALGORITHM_MISSING)
        report_key(key, problems, "an item without algorithm, expected one");
    else if (shared && (key->secret_file == NULL || key->public_key_file != NULL))
        report_key(key, problems,
                   "a key of an algorithm with a shared secret, expected secret_file and no "
                   "public_key_file");
    else if (!shared && (key->public_key_file == NULL || key->secret_file != NULL))
        report_key(key, problems,
                   "a key of an algorithm with a public key, expected public_key_file and no "
                   "secret_file");
}

static void check_auth(const struct chat_config *config, struct chat_problems *problems)
{
    for (size_t i = 0; i < config->n_auth_keys; i++) {
        const struct chat_config_key *key = &config->auth_keys[i];
        check_key(key, problems);
        for (size_t j = 0; key->id != NULL && j < i; j++)
            if (config->auth_keys[j].id != NULL && strcmp(config->auth_keys[j].id, key->id) == 0)
                report_key(key, problems, "an id that an earlier key has, expected another");
    }
    if (config->auth_mode == CHAT_AUTH_NONE || config->n_auth_keys > 0 ||
        config->auth_jwks_file != NULL || config->set_at[CHAT_AT_auth_jwks_file].is_wrong ||
        config->set_at[CHAT_AT_auth_keys].is_wrong)
        return;
    struct chat_config_place at = place(config, CHAT_AT_auth_mode, CHAT_AT_auth_keys);
    chat_problem_report(problems, at.source, at.line, at.column,
                        "auth.mode asks for tokens that no key verifies, expected auth.keys or "
                        "auth.jwks_file");
}

bool chat_config_check(const struct chat_config *config,
                       void (*problem)(void *context, const char *line), void *context)
{
    struct chat_problems problems = {problem, context, config->has_problems};
    if (config->is_torn)
        return false; /* what else it says, nobody knows */
    check_pings(config, &problems);
    check_listeners(config, &problems);
    for (size_t i = 0; i < config->n_listeners; i++)
        check_certificates(&config->listeners[i], &problems);
    check_rooms(config, &problems);
    check_permanent(config, &problems);
    check_pages(config, &problems);
    check_auth(config, &problems);
    return !problems.any;
}
