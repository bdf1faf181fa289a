/* From a line to its answer. Owns the arguments, the workers' rows and the answer; admin loop.
 * Whose line it is, and the order of answers, is left to the client. */
#include "admin/call.h"

#include "admin/argument.h"
#include "admin/line.h"

#include <stdio.h>
#include <stdlib.h>

struct chat_call {
    const struct chat_call_site *site;
    const struct chat_command_row *row; /* NULL: the line names none */
    struct chat_command_arguments arguments;
    struct chat_json_value id;
    char *strings; /* of the arguments and the id, NUL after each */
    struct chat_found found;
    uint32_t ticket; /* 0: nothing is asked */
    void (*done)(void *context);
    void *context;
    yajl_gen json;
    enum chat_admin_error error;
};

/* Memory is exhausted: nothing can be promised any more. */
static void *must(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

static void put_text(yajl_gen json, const char *text)
{
    yajl_gen_string(json, (const unsigned char *)text, strlen(text));
}

static void begin_answer(struct chat_call *call, bool ok)
{
    struct chat_slice id = call->id.text;

    yajl_gen_map_open(call->json);
    if (call->id.kind != CHAT_JSON_ABSENT)
        put_text(call->json, "id");
    if (call->id.kind == CHAT_JSON_STRING)
        yajl_gen_string(call->json, (const unsigned char *)id.bytes, id.length);
    else if (call->id.kind == CHAT_JSON_NUMBER)
        yajl_gen_number(call->json, id.bytes, id.length);
    put_text(call->json, "ok");
    yajl_gen_bool(call->json, ok);
}

static void end_answer(struct chat_call *call)
{
    yajl_gen_map_close(call->json);
    yajl_gen_reset(call->json, "\n");
    chat_found_finish(&call->found);
}

static void answer_error(struct chat_call *call, enum chat_admin_error error, const char *why)
{
    call->error = error;
    yajl_gen_reset(call->json, NULL);
    yajl_gen_clear(call->json);
    begin_answer(call, false);
    put_text(call->json, "error");
    yajl_gen_map_open(call->json);
    put_text(call->json, "code");
    put_text(call->json, chat_admin_error_code(error));
    put_text(call->json, "message");
    put_text(call->json, why[0] != '\0' ? why : chat_admin_error_sentence(error));
    yajl_gen_map_close(call->json);
    end_answer(call);
}

static void answer(struct chat_call *call)
{
    struct chat_report report = {.command = call->row->name,
                                 .facts = &call->site->facts,
                                 .arguments = &call->arguments,
                                 .found = &call->found,
                                 .now_ms = call->site->now_ms(),
                                 .json = call->json};

    begin_answer(call, true);
    put_text(call->json, "data");
    enum chat_admin_error error = call->row->command->answer(&report);
    if (error != CHAT_ADMIN_OK)
        answer_error(call, error, report.why);
    else
        end_answer(call);
}

static struct chat_call *create(const struct chat_call_site *site)
{
    struct chat_call *call = must(calloc(1, sizeof(*call)));

    call->site = site;
    call->json = must(yajl_gen_alloc(NULL));
    return call;
}

/* Copies a value's text behind what the strings hold already. */
static struct chat_slice keep(char **at, struct chat_slice text)
{
    struct chat_slice kept = {memcpy(*at, text.bytes, text.length), text.length};

    (*at)[text.length] = '\0';
    *at += text.length + 1;
    return kept;
}

/* The row that a member of `args` is for, or the number of rows. */
static size_t row_of(const struct chat_command_arguments *arguments,
                     const struct chat_line_member *member)
{
    struct chat_slice name = {member->name, member->name_length};
    size_t i = 0;

    while (i < arguments->count &&
           !chat_slice_equal(
               (struct chat_slice){arguments->rows[i].name, strlen(arguments->rows[i].name)}, name))
        i++;
    return i;
}

/* An unknown member is refused: `{"rom": …}` must not make a kick one from the whole server. */
static enum chat_admin_error take_member(struct chat_call *call, char **at,
                                         const struct chat_line_member *member,
                                         char why[CHAT_ARGUMENT_WHY_MAX])
{
    struct chat_command_arguments *arguments = &call->arguments;
    size_t i = row_of(arguments, member);

    if (i == arguments->count) {
        snprintf(why, CHAT_ARGUMENT_WHY_MAX, "%s has no argument %.*s", call->row->name,
                 (int)member->name_length, member->name);
        return CHAT_ADMIN_E_USAGE;
    }
    enum chat_admin_error error = chat_argument_check(&arguments->rows[i], &member->value, why);
    if (error == CHAT_ADMIN_OK)
        arguments->values[i] = keep(at, member->value.text);
    return error;
}

static enum chat_admin_error find_missing(const struct chat_call *call,
                                          char why[CHAT_ARGUMENT_WHY_MAX])
{
    const struct chat_command_arguments *arguments = &call->arguments;

    for (size_t i = 0; i < arguments->count; i++)
        if (arguments->rows[i].use == CHAT_USE_REQUIRED && arguments->values[i].bytes == NULL) {
            snprintf(why, CHAT_ARGUMENT_WHY_MAX, "%s needs the argument %s", call->row->name,
                     arguments->rows[i].name);
            return CHAT_ADMIN_E_USAGE;
        }
    return CHAT_ADMIN_OK;
}

/* All strings that the call may keep fit into one allocation. */
static char *keep_id(struct chat_call *call, const struct chat_line *line)
{
    size_t length = line->id.text.length + 1;

    for (size_t i = 0; i < line->count; i++)
        length += line->members[i].value.text.length + 1;
    char *at = call->strings = must(malloc(length));
    call->id.kind = line->id.kind;
    if (line->id.kind != CHAT_JSON_ABSENT)
        call->id.text = keep(&at, line->id.text);
    return at;
}

static enum chat_admin_error take_command(struct chat_call *call, const struct chat_line *line,
                                          char *at, char why[CHAT_ARGUMENT_WHY_MAX])
{
    struct chat_command_arguments *arguments = &call->arguments;

    call->row = chat_command_find(line->command);
    if (call->row == NULL)
        return CHAT_ADMIN_E_UNKNOWN_COMMAND;
    arguments->rows = chat_argument_rows(call->row->name, &arguments->count);
    for (size_t i = 0; i < line->count; i++) {
        enum chat_admin_error error = take_member(call, &at, &line->members[i], why);
        if (error != CHAT_ADMIN_OK)
            return error;
    }
    return find_missing(call, why);
}

struct chat_call *chat_call_create(const struct chat_call_site *site, struct chat_slice line)
{
    struct chat_call *call = create(site);
    struct chat_line parts;
    char why[CHAT_ARGUMENT_WHY_MAX] = "";
    const char *sentence = "";
    enum chat_admin_error error = chat_line_read(site->reader, line, &parts, &sentence);
    char *at = keep_id(call, &parts);

    if (error == CHAT_ADMIN_OK) {
        sentence = why;
        error = take_command(call, &parts, at, why);
    }
    if (error != CHAT_ADMIN_OK)
        answer_error(call, error, sentence);
    return call;
}

struct chat_call *chat_call_refuse(const struct chat_call_site *site, enum chat_admin_error error)
{
    struct chat_call *call = create(site);

    answer_error(call, error, "");
    return call;
}

void chat_call_destroy(struct chat_call *call)
{
    if (call == NULL)
        return;
    if (call->ticket != 0)
        chat_control_forget(call->site->control, call->ticket);
    chat_found_finish(&call->found);
    yajl_gen_free(call->json);
    free(call->strings);
    free(call);
}

bool chat_call_changes(const struct chat_call *call)
{
    return call->error == CHAT_ADMIN_OK && call->row->effect == CHAT_EFFECT_CHANGES;
}

static void on_row(void *context, const struct chat_row *row)
{
    struct chat_call *call = context;
    const struct chat_command *command = call->row->command;

    if (command->keeps == NULL || command->keeps(&call->arguments, row))
        chat_found_add(&call->found, row);
}

static void on_done(void *context)
{
    struct chat_call *call = context;

    call->ticket = 0;
    answer(call);
    call->done(call->context);
}

bool chat_call_start(struct chat_call *call, void (*done)(void *context), void *context)
{
    if (call->error != CHAT_ADMIN_OK)
        return true;
    if (!call->row->command->asks) {
        answer(call);
        return true;
    }
    struct chat_query query = {
        .kind = call->row->command->query,
        .room = chat_command_argument(&call->arguments, "room"),
        .user = chat_command_argument(&call->arguments, "user"),
        .reason = chat_command_argument(&call->arguments, "reason"),
    };
    call->done = done;
    call->context = context;
    call->ticket = chat_control_ask(call->site->control, &query, on_row, on_done, call);
    return false;
}

struct chat_slice chat_call_answer(const struct chat_call *call)
{
    const unsigned char *bytes = NULL;
    size_t length = 0;

    yajl_gen_get_buf(call->json, &bytes, &length);
    return (struct chat_slice){(const char *)bytes, length};
}

const char *chat_call_command(const struct chat_call *call)
{
    return call->row->name;
}

const struct chat_command_arguments *chat_call_arguments(const struct chat_call *call)
{
    return &call->arguments;
}

enum chat_admin_error chat_call_error(const struct chat_call *call)
{
    return call->error;
}
