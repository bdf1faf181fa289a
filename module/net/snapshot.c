/* From what a host reads to a configuration that holds. What single options and the rules over
 * several say is config's, the keys are auth's; what the system has to have is judged here. */
#include "net/snapshot.h"

#include "config/problem.h"

#include <grp.h>
#include <stdlib.h>

struct chatd_config *chatd_config_create(void)
{
    struct chatd_config *config = calloc(1, sizeof(*config));
    if (config == NULL)
        abort();
    chat_config_init(&config->config);
    return config;
}

void chatd_config_destroy(struct chatd_config *config)
{
    if (config == NULL)
        return;
    chat_auth_destroy(config->auth);
    chat_config_finish(&config->config);
    free(config);
}

bool chatd_config_load(struct chatd_config *config, const char *path, chatd_problem_cb *problem,
                       void *context)
{
    return chat_config_load(&config->config, path, problem, context);
}

bool chatd_config_set(struct chatd_config *config, const char *assignment,
                      chatd_problem_cb *problem, void *context)
{
    return chat_config_set(&config->config, assignment, problem, context);
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

/* All problems are told, whichever part finds them. Of a text that makes no sense nothing more is
 * known. */
bool chatd_config_check(struct chatd_config *config, chatd_problem_cb *problem, void *context)
{
    struct chat_problems problems = {problem, context, false};
    bool is_right = chat_config_check(&config->config, problem, context);

    chat_auth_destroy(config->auth);
    config->auth = NULL;
    if (config->config.is_torn)
        return false;
    check_group(&config->config, &problems);
    config->auth = chat_auth_create(&config->config, problem, context);
    return is_right && !problems.any && config->auth != NULL;
}
