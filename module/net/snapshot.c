/* From what a host reads to a configuration that holds. What single options and the rules over
 * several say is config's, the keys are auth's; what the system has to have is judged here. */
#include "net/snapshot.h"

#include "config/problem.h"

#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct chatd_config *chatd_config_create(void)
{
    struct chatd_config *config = calloc(1, sizeof(*config));
    if (config == NULL)
        abort();
    chat_config_init(&config->config);
    atomic_init(&config->references, 1);
    return config;
}

struct chatd_config *chat_snapshot_ref(struct chatd_config *config)
{
    atomic_fetch_add(&config->references, 1);
    return config;
}

void chat_snapshot_unref(struct chatd_config *config)
{
    if (config == NULL || atomic_fetch_sub(&config->references, 1) != 1)
        return;
    chat_auth_destroy(config->auth);
    chat_certificates_destroy(config->certificates);
    chat_config_finish(&config->config);
    for (size_t i = 0; i < config->n_steps; i++)
        free(config->steps[i].text);
    free(config->steps);
    free(config);
}

void chatd_config_destroy(struct chatd_config *config)
{
    chat_snapshot_unref(config);
}

static void remember(struct chatd_config *config, enum chat_snapshot_kind kind, const char *text)
{
    size_t size = (config->n_steps + 1) * sizeof(*config->steps);
    struct chat_snapshot_step *larger = realloc(config->steps, size);
    char *copy = strdup(text);
    if (larger == NULL || copy == NULL)
        abort();
    config->steps = larger;
    larger[config->n_steps++] = (struct chat_snapshot_step){kind, copy};
}

bool chatd_config_load(struct chatd_config *config, const char *path, chatd_problem_cb *problem,
                       void *context)
{
    remember(config, CHAT_SNAPSHOT_FILE, path);
    return chat_config_load(&config->config, path, problem, context);
}

bool chatd_config_load_if_there(struct chatd_config *config, const char *path,
                                chatd_problem_cb *problem, void *context)
{
    remember(config, CHAT_SNAPSHOT_FILE_IF_THERE, path);
    return access(path, F_OK) != 0 || chat_config_load(&config->config, path, problem, context);
}

bool chatd_config_set(struct chatd_config *config, const char *assignment,
                      chatd_problem_cb *problem, void *context)
{
    remember(config, CHAT_SNAPSHOT_SETTING, assignment);
    return chat_config_set(&config->config, assignment, problem, context);
}

static void take_step(struct chatd_config *config, const struct chat_snapshot_step *step,
                      chatd_problem_cb *problem, void *context)
{
    switch (step->kind) {
    case CHAT_SNAPSHOT_FILE:
        chatd_config_load(config, step->text, problem, context);
        break;
    case CHAT_SNAPSHOT_FILE_IF_THERE:
        chatd_config_load_if_there(config, step->text, problem, context);
        break;
    case CHAT_SNAPSHOT_SETTING:
        chatd_config_set(config, step->text, problem, context);
        break;
    }
}

/* Who reads it may wait for ever: a named pipe, a terminal. What is not there others complain of.
 */
static bool may_hang(const char *path)
{
    struct stat status;

    return path != NULL && stat(path, &status) == 0 && !S_ISREG(status.st_mode) &&
           !S_ISDIR(status.st_mode);
}

static void load_other(struct chatd_config *config, const char *file, chatd_problem_cb *problem,
                       void *context)
{
    struct chat_problems problems = {problem, context, false};

    if (!may_hang(file)) {
        chatd_config_load(config, file, problem, context);
        return;
    }
    chat_problem_report(&problems, file, 1, 1, "it is not a regular file, expected one");
    config->config.has_problems = config->config.is_torn = true;
}

struct chatd_config *chat_snapshot_again(const struct chatd_config *config, const char *file,
                                         chatd_problem_cb *problem, void *context,
                                         bool *ret_is_right)
{
    struct chatd_config *again = chatd_config_create();

    if (file != NULL)
        load_other(again, file, problem, context);
    for (size_t i = 0; i < config->n_steps; i++)
        if (file == NULL || config->steps[i].kind == CHAT_SNAPSHOT_SETTING)
            take_step(again, &config->steps[i], problem, context);
    *ret_is_right = chatd_config_check(again, problem, context);
    return again;
}

static void check_group(const struct chat_config *config, struct chat_problems *problems)
{
    const struct chat_config_place *at = &config->set_at[CHAT_AT_admin_group];
    struct group group, *found = NULL;
    char memory[16384];

    if (config->admin_group == NULL)
        return;
    getgrnam_r(config->admin_group, &group, memory, sizeof(memory), &found);
    if (found == NULL)
        chat_problem_report(problems, at->source, at->line, at->column,
                            "admin.group: there is no group %s, expected one of this system",
                            config->admin_group);
}

static void check_file(struct chat_problems *problems, struct chat_config_place at,
                       const char *option, const char *path)
{
    if (may_hang(path))
        chat_problem_report(problems, at.source, at.line, at.column,
                            "%s %s: is not a regular file, expected one", option, path);
}

/* False: one of the files that are named is not to be read. */
static bool check_files(const struct chat_config *config, struct chat_problems *problems)
{
    struct chat_problems found = *problems;

    found.any = false;
    check_file(&found, config->set_at[CHAT_AT_auth_jwks_file], "auth.jwks_file",
               config->auth_jwks_file);
    for (size_t i = 0; i < config->n_auth_keys; i++) {
        const struct chat_config_key *key = &config->auth_keys[i];
        struct chat_config_place at = {key->source, key->line, key->column, false, false};
        check_file(&found, at, "auth.keys.secret_file", key->secret_file);
        check_file(&found, at, "auth.keys.public_key_file", key->public_key_file);
    }
    for (size_t i = 0; i < config->n_listeners; i++) {
        const struct chat_config_listener *listener = &config->listeners[i];
        for (size_t j = 0; j < listener->n_tls; j++) {
            const struct chat_config_certificate *item = &listener->tls[j];
            struct chat_config_place at = {item->source, item->line, item->column, false, false};
            check_file(&found, at, "listen.tls.certificate", item->certificate);
            check_file(&found, at, "listen.tls.key", item->key);
        }
    }
    return !found.any;
}

/* All problems are told, whichever part finds them. Of a text that makes no sense nothing more is
 * known. */
bool chatd_config_check(struct chatd_config *config, chatd_problem_cb *problem, void *context)
{
    struct chat_problems problems = {problem, context, false};
    bool is_right = chat_config_check(&config->config, problem, context);

    chat_auth_destroy(config->auth);
    chat_certificates_destroy(config->certificates);
    config->auth = NULL;
    config->certificates = NULL;
    if (config->config.is_torn)
        return false;
    check_group(&config->config, &problems);
    if (!check_files(&config->config, &problems))
        return false;
    config->auth = chat_auth_create(&config->config, problem, context);
    config->certificates = chat_certificates_load(&config->config, problem, context);
    return is_right && !problems.any && config->auth != NULL && config->certificates != NULL;
}
