/* room: config */
/* The configuration from hostile text. An input that begins with '=' is one assignment behind it,
 * any other is a file. Whatever it is: problems and only they make it wrong, each is one line with
 * its place, and what was read keeps the bounds of its rows. */
#include "config/config.h"
#include "config/value.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void on_problem(void *context, const char *line)
{
    unsigned source_line, column;
    require(strncmp(line, "f:", 2) == 0 || strncmp(line, "-s:", 3) == 0);
    require(sscanf(strchr(line, ':') + 1, "%u:%u: ", &source_line, &column) == 2);
    require(source_line > 0 && column > 0);
    require(strchr(line, '\n') == NULL && strlen(line) < 1024);
    ++*(size_t *)context;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct chat_config config;
    size_t n_problems = 0;
    bool is_right;
    chat_config_init(&config);
    if (size > 0 && data[0] == '=') {
        char *assignment = chat_value_copy((const char *)data + 1, size - 1);
        is_right = chat_config_set(&config, assignment, on_problem, &n_problems);
        free(assignment);
    } else {
        is_right =
            chat_config_parse(&config, "f", (const char *)data, size, on_problem, &n_problems);
    }
    require(is_right == (n_problems == 0));
    if (is_right) {
        require(config.n_listeners >= 1 && config.n_listeners <= 64);
        for (size_t i = 0; i < config.n_listeners; i++)
            require(config.listeners[i].address != NULL);
        for (size_t i = 0; i < config.n_permanent; i++)
            require(config.permanent[i].id != NULL && config.permanent[i].name != NULL);
        require(config.rooms_max >= 1 && config.workers <= 256 && config.websocket_path[0] == '/');
    }
    require(chat_config_check(&config, on_problem, &n_problems) == (n_problems == 0));
    chat_config_finish(&config);
    return 0;
}
