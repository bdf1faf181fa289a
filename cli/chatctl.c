/* chatctl: asks a live chatd through its admin socket and prints what it says. Everything that can
 * go wrong ends in one sentence on standard error and an exit code of sysexits.h. */
#include "admin/must.h"
#include "codes.h"
#include "content.h"
#include "help.h"
#include "invocation.h"
#include "link.h"
#include "render.h"
#include "request.h"
#include "stream.h"
#include "text.h"
#include "token.h"
#include "top.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sysexits.h>
#include <unistd.h>

/* The sentence may quote what a user or an operator wrote. */
static int complain(int exit_code, const char *why, const char *hint)
{
    fputs("chatctl: ", stderr);
    chat_text_put(stderr, why, strlen(why));
    if (hint != NULL)
        fprintf(stderr, " (see: %s)", hint);
    fputc('\n', stderr);
    return exit_code;
}

static const char *usage_hint(const struct chat_invocation *invocation)
{
    static char hint[64];

    snprintf(hint, sizeof(hint), "chatctl help %s", invocation->command->words);
    return hint;
}

static bool is_help(const struct chat_catalog_command *command)
{
    return command != NULL && strcmp(command->name, "help") == 0;
}

/* Who used a command wrongly is shown its own help; a topic of help that is none has none. */
static int complain_of_use(const struct chat_invocation *invocation, int exit_code, const char *why)
{
    const struct chat_catalog_command *command = invocation->command;

    if (command == NULL || is_help(command))
        return complain(exit_code, why, "chatctl help");
    if (exit_code != EX_USAGE)
        return complain(exit_code, why, usage_hint(invocation));
    complain(exit_code, why, NULL);
    chat_help_put(stderr, command);
    return exit_code;
}

static int put_help(const struct chat_invocation *invocation)
{
    bool has_topic = is_help(invocation->command) && !invocation->help;

    chat_help_put(stdout, has_topic ? invocation->topic : invocation->command);
    return 0;
}

static struct chat_render_style choose_style(const struct chat_invocation *invocation,
                                             bool terminal)
{
    const char *no_colour = getenv("NO_COLOR"), *kind = getenv("TERM");

    return (struct chat_render_style){
        .header = !invocation->no_header,
        .colour = terminal && (no_colour == NULL || no_colour[0] == '\0') && kind != NULL &&
                  strcmp(kind, "dumb") != 0,
    };
}

static enum chat_output output_of(const struct chat_invocation *invocation)
{
    if (invocation->output != CHAT_OUTPUT_AUTO)
        return invocation->output;
    return isatty(STDOUT_FILENO) != 0 ? CHAT_OUTPUT_TABLE : CHAT_OUTPUT_TSV;
}

static void put_data(const struct chat_invocation *invocation, const char *answer,
                     const struct chat_node *data)
{
    enum chat_output output = output_of(invocation);
    struct chat_render_style style = choose_style(invocation, isatty(STDOUT_FILENO) != 0);

    if (invocation->command->place == CHAT_PLACE_STREAM) {
        chat_stream_put(invocation, output, answer, data);
    } else if (output == CHAT_OUTPUT_JSON) {
        fwrite(answer + data->begin, 1, data->end - data->begin, stdout);
        putchar('\n');
    } else if (output == CHAT_OUTPUT_TABLE) {
        chat_render_table(stdout, invocation->command->name, data, &style);
    } else {
        chat_render_tsv(stdout, invocation->command->name, data, &style);
    }
}

static char *copy_text(const struct chat_node *node)
{
    bool is_text = node != NULL && node->kind == CHAT_NODE_STRING;

    return chat_must(is_text ? strndup(node->text, node->length) : strdup(""));
}

/* One a line, before the sentence that sums them up. */
static void put_problems(const struct chat_node *problems)
{
    if (problems == NULL)
        return;
    for (const struct chat_node *line = problems->first; line != NULL; line = line->next) {
        chat_text_put(stderr, line->text, line->length);
        fputc('\n', stderr);
    }
}

static int put_error(const struct chat_node *error, const struct chat_invocation *invocation)
{
    char *code = copy_text(chat_node_member(error, "code"));
    char *message = copy_text(chat_node_member(error, "message"));
    const struct chat_catalog_error *known = chat_catalog_error(code);
    int exit_code = known == NULL ? EX_SOFTWARE : known->exit_code;
    const char *hint = known == NULL ? "the server's log" : known->hint;

    put_problems(chat_node_member(error, "problems"));
    if (hint[0] != '\0')
        complain(exit_code, message[0] != '\0' ? message : "the server failed and does not say why",
                 hint);
    else
        complain_of_use(invocation, exit_code, message);
    free(message);
    free(code);
    return exit_code;
}

static int put_answer(const struct chat_invocation *invocation, const char *answer, size_t length)
{
    struct chat_tree *tree = chat_tree_create(answer, length);
    const struct chat_node *top = tree == NULL ? NULL : chat_tree_top(tree);
    const struct chat_node *data = chat_node_member(top, "data");
    const struct chat_node *error = chat_node_member(top, "error");
    int exit_code = 0;

    if (error != NULL)
        exit_code = put_error(error, invocation);
    else if (data == NULL || data->kind != CHAT_NODE_OBJECT)
        exit_code = complain(EX_SOFTWARE, "the answer is none of chatd's", "chatctl -V");
    else if (!invocation->quiet)
        put_data(invocation, answer, data);
    chat_tree_destroy(tree);
    return exit_code;
}

/* The first line must come in time, each other one may take for ever. */
static void set_patience(int link, int64_t ms)
{
    struct timeval wait = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

    setsockopt(link, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
}

/* Prints what comes until either side ends; takes the link. */
static int follow(const struct chat_invocation *invocation, int link)
{
    FILE *in = chat_must(fdopen(link, "r"));
    char *line = NULL;
    size_t size = 0;
    ssize_t length = 0;
    int failed = 0;

    set_patience(link, invocation->timeout_ms);
    while (failed == 0 && (length = getline(&line, &size, in)) > 0) {
        failed = put_answer(invocation, line, (size_t)length);
        set_patience(link, 0);
    }
    if (failed == 0 && ferror(in) != 0 && errno == EAGAIN)
        failed = complain(EX_TEMPFAIL, "the server did not answer in time", "chatctl ping");
    else if (failed == 0)
        failed = complain(EX_UNAVAILABLE, "the server has ended the connection", NULL);
    free(line);
    fclose(in);
    return failed;
}

/* On the server's own machine a long list takes its time from the members: they come first. */
static void give_way(void)
{
    enum { NICER = 10 };
    (void)!nice(NICER);
}

static int ask(struct chat_invocation *invocation)
{
    int64_t deadline = chat_link_deadline(invocation->timeout_ms);
    char why[CHAT_LINK_WHY_MAX] = "", *answer = NULL;
    size_t length = 0, answer_length = 0;
    int link = -1;
    int failed = chat_content_read(invocation, why);

    if (failed != 0)
        return complain_of_use(invocation, failed, why);
    give_way();
    failed = chat_link_open(invocation->socket, deadline, &link, why);
    if (failed != 0)
        return complain(failed, why, NULL);
    char *line = chat_request_line(invocation, &length);
    bool streams = invocation->command->place == CHAT_PLACE_STREAM;
    failed = streams ? chat_link_send(link, line, length, deadline, why)
                     : chat_link_ask(link, line, length, deadline, &answer, &answer_length, why);
    free(line);
    if (failed == 0 && streams)
        return follow(invocation, link);
    close(link);
    if (failed != 0)
        return complain(failed, why, NULL);
    failed = put_answer(invocation, answer, answer_length);
    free(answer);
    return failed;
}

/* chatctl's own command, besides help. */
static int make_token(const struct chat_invocation *invocation)
{
    char why[CHAT_INVOCATION_WHY_MAX] = "";
    int failed = chat_token_make(stdout, invocation, why);

    return failed == 0 ? 0 : complain_of_use(invocation, failed, why);
}

/* What needs no command of the server's own. */
static int run_own(const struct chat_invocation *invocation)
{
    char why[CHAT_LINK_WHY_MAX] = "";
    int failed = 0;

    if (strcmp(invocation->command->name, "top") == 0) {
        failed = chat_top_run(invocation, output_of(invocation), why);
        return failed == 0 ? 0 : complain(failed, why, NULL);
    }
    if (strcmp(invocation->command->name, "codes") == 0) {
        size_t length = 0;
        char *answer = chat_codes_answer(&length);
        failed = put_answer(invocation, answer, length);
        free(answer);
        return failed;
    }
    return make_token(invocation);
}

int main(int count, char **words)
{
    struct chat_invocation invocation;
    char why[CHAT_INVOCATION_WHY_MAX] = "";
    int failed = 0;

    setlocale(LC_CTYPE, "C.UTF-8");
    failed = chat_invocation_read(count, words, &invocation, why);
    if (failed != 0)
        return complain_of_use(&invocation, failed, why);
    if (invocation.version)
        puts("chatctl " CHATD_VERSION);
    else if (invocation.help || is_help(invocation.command))
        failed = put_help(&invocation);
    else if (invocation.command->place == CHAT_PLACE_CLIENT)
        failed = run_own(&invocation);
    else
        failed = ask(&invocation);
    if (fflush(stdout) != 0 && failed == 0)
        return complain(EX_SOFTWARE, strerror(errno), NULL);
    return failed;
}
