/* chatd's options, by getopt_long (INTERFACES, chatd). */
#include "host/arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'}, {"set", required_argument, NULL, 's'},
    {"check", no_argument, NULL, 't'},        {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
};

void chat_arguments_usage(void)
{
    puts("usage: chatd [-c FILE] [-s OPTION=VALUE]... [-t] [-V] [-h]\n"
         "  -c, --config FILE        the configuration; default /etc/chatd/chatd.yaml\n"
         "  -s, --set OPTION=VALUE   override one option, e.g. -s listen.port=9000 (repeatable)\n"
         "  -t, --check              check the configuration, print every problem, start nothing\n"
         "  -V, --version            print the version\n"
         "  -h, --help               print this\n"
         "exit: 0 done, 64 usage, 69 cannot start, 70 failed while running,\n"
         "      78 the configuration is wrong");
}

bool chat_arguments_read(int argc, char **argv, struct chat_arguments *ret_arguments)
{
    struct chat_arguments *arguments = ret_arguments;
    int option;

    *arguments = (struct chat_arguments){.settings = calloc((size_t)argc, sizeof(char *))};
    if (arguments->settings == NULL)
        abort();
    while ((option = getopt_long(argc, argv, "c:s:tVh", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            arguments->file = optarg;
            break;
        case 's':
            if (strchr(optarg, '=') == NULL) {
                fprintf(stderr, "chatd: -s takes OPTION=VALUE, not %s; see chatd --help\n", optarg);
                return false;
            }
            arguments->settings[arguments->n_settings++] = optarg;
            break;
        case 't':
            arguments->mode = CHAT_MODE_CHECK;
            break;
        case 'V':
            arguments->mode = CHAT_MODE_VERSION;
            return true;
        case 'h':
            arguments->mode = CHAT_MODE_HELP;
            return true;
        default:
            fputs("chatd: see chatd --help\n", stderr);
            return false;
        }
    }
    if (optind == argc)
        return true;
    fprintf(stderr, "chatd: %s is not an option; see chatd --help\n", argv[optind]);
    return false;
}

void chat_arguments_finish(struct chat_arguments *arguments)
{
    free(arguments->settings);
}
