/* The flags: one table gives their names, where they go, their bounds and the help. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { COUNT, SECONDS, STRING, MODE, PROTOCOL, PIDS };

struct flag {
    const char *name;
    enum kind kind;
    size_t offset;
    double min, max;
    const char *help;
};

/* In the order of their enums. */
static const char *const modes[] = {"messages", "idle", "churn", NULL};
static const char *const protocols[] = {"chat", "raw", NULL};

#define AT(member) offsetof(struct load_options, member)

static const struct flag flags[] = {
    {"--mode", MODE, AT(mode), 0, 0, "messages, idle or churn"},
    {"--protocol", PROTOCOL, AT(protocol), 0, 0, "chat or raw"},
    {"--port", COUNT, AT(port), 1, 65535, "of the server on 127.0.0.1"},
    {"--path", STRING, AT(path), 0, 0, "of the upgrade"},
    {"--pid", PIDS, AT(pids), 0, 0, "of the server's processes, separated by commas"},
    {"--rooms", COUNT, AT(rooms), 1, 100000, "how many rooms"},
    {"--members", COUNT, AT(members), 1, 100000, "members of each room"},
    {"--idle-rooms", COUNT, AT(idle_rooms), 0, 100000, "rooms of one silent member beside them"},
    {"--senders", COUNT, AT(senders), 1, 1000, "members of each room that speak"},
    {"--in-flight", COUNT, AT(in_flight), 1, 1024, "messages of a sender, written in one go"},
    {"--text", COUNT, AT(text_bytes), LOAD_TEXT_MIN, LOAD_TEXT_MAX, "bytes of a text"},
    {"--rate", COUNT, AT(rate), 0, 100000, "messages a second of each sender; 0: as they come"},
    {"--deflate", COUNT, AT(deflate), 0, 1, "1: messages from the server come compressed"},
    {"--tls", COUNT, AT(tls), 0, 1, "1: members connect by TLS"},
    {"--stalled", COUNT, AT(stalled), 0, 100000, "members of each room that stop reading"},
    {"--sources", COUNT, AT(sources), 1, 200, "local addresses, from 127.0.0.2 on"},
    {"--warm-up", SECONDS, AT(warm_up_s), 0, 600, "seconds of work before the clock starts"},
    {"--seconds", SECONDS, AT(seconds), 0.001, 600, "seconds of measured work"},
    {"--settle", SECONDS, AT(settle_s), 0, 600, "seconds of silence before what waits for it"},
    {"--timeout", SECONDS, AT(timeout_s), 1, 3600, "seconds until the run has failed"},
};

static const struct load_options defaults = {
    .path = "/ws",
    .rooms = 1,
    .members = 10,
    .senders = 1,
    .in_flight = 1,
    .text_bytes = 64,
    .sources = 32,
    .warm_up_s = 0.5,
    .seconds = 3,
    .timeout_s = 60,
};

static _Noreturn void usage(const char *name)
{
    fprintf(stderr, "usage: %s --port N --pid N [FLAG VALUE]…\n", name);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        fprintf(stderr, "  %-12s %s\n", flags[i].name, flags[i].help);
    exit(64);
}

static double number(const struct flag *flag, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= flag->min && value <= flag->max))
        load_fail("%s takes %g to %g, not '%s'", flag->name, flag->min, flag->max, text);
    return value;
}

static unsigned choice(const struct flag *flag, const char *text, const char *const *choices)
{
    for (unsigned i = 0; choices[i] != NULL; i++)
        if (strcmp(text, choices[i]) == 0)
            return i;
    load_fail("%s takes %s, not '%s'", flag->name, flag->help, text);
}

static void parse_pids(const char *text, struct load_options *options)
{
    while (options->n_pids < LOAD_PIDS) {
        char *end;
        long pid = strtol(text, &end, 10);
        if (end == text || pid < 1 || pid > INT32_MAX || (*end != ',' && *end != '\0'))
            load_fail("--pid takes process ids separated by commas");
        options->pids[options->n_pids++] = (int)pid;
        if (*end == '\0')
            return;
        text = end + 1;
    }
    load_fail("--pid takes at most %d processes", LOAD_PIDS);
}

static void set(struct load_options *options, const struct flag *flag, const char *value)
{
    void *target = (char *)options + flag->offset;
    switch (flag->kind) {
    case COUNT:
        *(unsigned *)target = (unsigned)number(flag, value);
        break;
    case SECONDS:
        *(double *)target = number(flag, value);
        break;
    case STRING:
        *(const char **)target = value;
        break;
    case MODE:
        options->mode = (enum load_mode)choice(flag, value, modes);
        break;
    case PROTOCOL:
        options->protocol = (enum load_protocol)choice(flag, value, protocols);
        break;
    case PIDS:
        parse_pids(value, options);
        break;
    }
}

void load_options_parse(struct load_options *options, int argc, char **argv)
{
    *options = defaults;
    for (int i = 1; i < argc; i += 2) {
        const struct flag *flag = NULL;
        for (size_t k = 0; k < sizeof flags / sizeof *flags; k++)
            if (strcmp(argv[i], flags[k].name) == 0)
                flag = &flags[k];
        if (flag == NULL || i + 1 == argc)
            usage(argv[0]);
        set(options, flag, argv[i + 1]);
    }
    if (options->port == 0 || options->n_pids == 0)
        usage(argv[0]);
    if (options->senders + options->stalled > options->members)
        load_fail("a room of %u members cannot have %u senders and %u stalled ones",
                  options->members, options->senders, options->stalled);
}
