/* From what is asked to its answer. Owns both, and the workers' rows in between; admin loop.
 * Whose line it is, and the order of answers, is left to the client. */
#include "admin/exchange.h"

#include "admin/asked.h"
#include "admin/must.h"
#include "admin/nearest.h"

#include <stdio.h>
#include <stdlib.h>

enum { BY_MAX = 64 };

struct chat_exchange {
    struct chat_errand errand; /* first */
    const struct chat_exchange_site *site;
    struct chat_asked asked;
    struct chat_found found;
    uint32_t ticket;             /* 0: nothing is asked */
    struct chat_nearest nearest; /* to what was not found */
    char why[CHAT_REPORT_WHY_MAX];
    char by[BY_MAX];
    bool begun, starting, answered;
    uint64_t missed; /* rows of a stream that were not sent */
    bool (*line)(void *context, struct chat_slice line);
    void (*done)(void *context);
    void *context;
    yajl_gen json;
    enum chat_admin_error error;
};

static void put_text(yajl_gen json, const char *text)
{
    yajl_gen_string(json, (const unsigned char *)text, strlen(text));
}

static void begin_answer(struct chat_exchange *exchange, bool ok)
{
    struct chat_slice id = exchange->asked.id.text;

    yajl_gen_map_open(exchange->json);
    if (exchange->asked.id.kind != CHAT_JSON_ABSENT)
        put_text(exchange->json, "id");
    if (exchange->asked.id.kind == CHAT_JSON_STRING)
        yajl_gen_string(exchange->json, (const unsigned char *)id.bytes, id.length);
    else if (exchange->asked.id.kind == CHAT_JSON_NUMBER)
        yajl_gen_number(exchange->json, id.bytes, id.length);
    put_text(exchange->json, "ok");
    yajl_gen_bool(exchange->json, ok);
}

static void end_answer(struct chat_exchange *exchange)
{
    yajl_gen_map_close(exchange->json);
    yajl_gen_reset(exchange->json, "\n");
    chat_found_finish(&exchange->found);
}

static void put_problems(yajl_gen json, const struct chat_errand *errand)
{
    put_text(json, "problems");
    yajl_gen_array_open(json);
    for (size_t i = 0; i < errand->n_problems; i++)
        put_text(json, errand->problems[i]);
    yajl_gen_array_close(json);
}

static void answer_error(struct chat_exchange *exchange, enum chat_admin_error error,
                         const char *why)
{
    exchange->error = error;
    exchange->answered = true;
    yajl_gen_reset(exchange->json, NULL);
    yajl_gen_clear(exchange->json);
    begin_answer(exchange, false);
    put_text(exchange->json, "error");
    yajl_gen_map_open(exchange->json);
    put_text(exchange->json, "code");
    put_text(exchange->json, chat_admin_error_code(error));
    put_text(exchange->json, "message");
    put_text(exchange->json, why[0] != '\0' ? why : chat_admin_error_sentence(error));
    if (exchange->errand.n_problems > 0)
        put_problems(exchange->json, &exchange->errand);
    yajl_gen_map_close(exchange->json);
    end_answer(exchange);
}

static void on_other(void *context, const struct chat_row *row)
{
    struct chat_exchange *exchange = context;

    chat_nearest_see(&exchange->nearest, row->kind == CHAT_ROW_ROOM ? row->room : row->user);
}

static void on_others_seen(void *context)
{
    struct chat_exchange *exchange = context;

    exchange->ticket = 0;
    chat_nearest_say(&exchange->nearest, exchange->why, sizeof(exchange->why));
    answer_error(exchange, CHAT_ADMIN_E_NOT_FOUND, exchange->why);
    exchange->done(exchange->context);
}

/* One question more, for the names of what there is. */
static void look_for_near(struct chat_exchange *exchange, const struct chat_report *report)
{
    struct chat_query query = {.kind = report->others};

    exchange->answered = false;
    exchange->nearest.wanted = report->missing;
    memcpy(exchange->why, report->why, sizeof(exchange->why));
    chat_found_finish(&exchange->found);
    exchange->ticket =
        chat_control_ask(exchange->site->control, &query, on_other, on_others_seen, exchange);
}

static void answer(struct chat_exchange *exchange)
{
    struct chat_report report = {.command = exchange->asked.row->name,
                                 .facts = &exchange->site->facts,
                                 .arguments = &exchange->asked.arguments,
                                 .errand = &exchange->errand,
                                 .found = &exchange->found,
                                 .now_ms = exchange->site->now_ms(),
                                 .json = exchange->json};

    exchange->answered = true;
    begin_answer(exchange, true);
    put_text(exchange->json, "data");
    enum chat_admin_error error = exchange->asked.row->command->answer(&report);
    if (error == CHAT_ADMIN_OK)
        end_answer(exchange);
    else if (report.missing.bytes != NULL)
        look_for_near(exchange, &report);
    else
        answer_error(exchange, error, report.why);
}

static struct chat_exchange *create(const struct chat_exchange_site *site)
{
    struct chat_exchange *exchange = chat_must(calloc(1, sizeof(*exchange)));

    exchange->site = site;
    exchange->json = chat_must(yajl_gen_alloc(NULL));
    return exchange;
}

struct chat_exchange *chat_exchange_create(const struct chat_exchange_site *site,
                                           struct chat_slice line)
{
    struct chat_exchange *exchange = create(site);
    char why[CHAT_ARGUMENT_WHY_MAX] = "";
    const char *sentence = why;
    enum chat_admin_error error =
        chat_asked_read(&exchange->asked, site->reader, line, why, &sentence);

    if (error != CHAT_ADMIN_OK)
        answer_error(exchange, error, sentence);
    return exchange;
}

struct chat_exchange *chat_exchange_refuse(const struct chat_exchange_site *site,
                                           enum chat_admin_error error)
{
    struct chat_exchange *exchange = create(site);

    answer_error(exchange, error, "");
    return exchange;
}

void chat_exchange_destroy(struct chat_exchange *exchange)
{
    if (exchange == NULL)
        return;
    if (exchange->ticket != 0)
        chat_control_forget(exchange->site->control, exchange->ticket);
    if (exchange->begun && exchange->asked.row->command->end != NULL)
        exchange->asked.row->command->end(&exchange->errand);
    chat_found_finish(&exchange->found);
    yajl_gen_free(exchange->json);
    chat_asked_finish(&exchange->asked);
    free(exchange);
}

bool chat_exchange_changes(const struct chat_exchange *exchange)
{
    return exchange->error == CHAT_ADMIN_OK && exchange->asked.row->effect == CHAT_EFFECT_CHANGES;
}

/* One line of a stream; false: the client has no room for it. */
static bool put_line(struct chat_exchange *exchange, const struct chat_row *row)
{
    struct chat_report report = {.command = exchange->asked.row->name, .json = exchange->json};

    yajl_gen_reset(exchange->json, NULL);
    yajl_gen_clear(exchange->json);
    begin_answer(exchange, true);
    put_text(exchange->json, "data");
    chat_report_put_object(&report, row);
    end_answer(exchange);
    return exchange->line(exchange->context, chat_exchange_answer(exchange));
}

/* A line without a thing that happened. */
static bool put_word(struct chat_exchange *exchange, struct chat_slice event)
{
    struct chat_row row = {
        .event = event, .missed = exchange->missed, .time_ms = exchange->site->now_ms()};
    return put_line(exchange, &row);
}

void chat_exchange_drained(struct chat_exchange *exchange)
{
    if (exchange->missed > 0 && put_word(exchange, CHAT_SLICE("missed")))
        exchange->missed = 0;
}

static void on_news(struct chat_exchange *exchange, const struct chat_row *row)
{
    exchange->missed += row->missed;
    chat_exchange_drained(exchange);
    if (row->event.length == 0)
        return;
    struct chat_row alone = *row;
    alone.missed = 0;
    if (exchange->missed > 0 || !put_line(exchange, &alone))
        exchange->missed++;
}

static void on_row(void *context, const struct chat_row *row)
{
    struct chat_exchange *exchange = context;
    const struct chat_command *command = exchange->asked.row->command;

    if (command->streams) {
        on_news(exchange, row);
        return;
    }
    if (command->keeps == NULL || command->keeps(&exchange->asked.arguments, row))
        chat_found_add(&exchange->found, row);
}

static void on_done(void *context)
{
    struct chat_exchange *exchange = context;

    if (exchange->asked.row->command->streams) {
        put_word(exchange, CHAT_SLICE("listening"));
        return;
    }
    exchange->ticket = 0;
    answer(exchange);
    if (exchange->answered)
        exchange->done(exchange->context);
}

/* A reason, or what is to be said: no command has both. */
static struct chat_slice text_of(const struct chat_command_arguments *arguments)
{
    struct chat_slice reason = chat_command_argument(arguments, "reason");
    return reason.bytes != NULL ? reason : chat_command_argument(arguments, "text");
}

void chat_errand_go_on(struct chat_errand *errand, enum chat_admin_error error, const char *why)
{
    struct chat_exchange *exchange = (struct chat_exchange *)errand;

    if (error != CHAT_ADMIN_OK)
        answer_error(exchange, error, why);
    else if (exchange->asked.row->command->asks)
        exchange->ticket =
            chat_control_ask(exchange->site->control, &errand->query, on_row, on_done, exchange);
    else
        answer(exchange);
    if (exchange->answered && !exchange->starting)
        exchange->done(exchange->context);
}

bool chat_exchange_start(struct chat_exchange *exchange, const char *by,
                         void (*done)(void *context), void *context)
{
    if (exchange->error != CHAT_ADMIN_OK)
        return true;
    const struct chat_command *command = exchange->asked.row->command;
    snprintf(exchange->by, sizeof(exchange->by), "%s", by);
    exchange->errand = (struct chat_errand){
        .chatd = exchange->site->chatd,
        .control = exchange->site->control,
        .arguments = &exchange->asked.arguments,
        .by = exchange->by,
        .now_ms = exchange->site->now_ms(),
        .query = {.kind = command->query,
                  .room = chat_command_argument(&exchange->asked.arguments, "room"),
                  .user = chat_command_argument(&exchange->asked.arguments, "user"),
                  .text = text_of(&exchange->asked.arguments)},
    };
    exchange->done = done;
    exchange->context = context;
    exchange->starting = true;
    exchange->begun = command->begin != NULL;
    if (exchange->begun)
        command->begin(&exchange->errand);
    else
        chat_errand_go_on(&exchange->errand, CHAT_ADMIN_OK, "");
    exchange->starting = false;
    return exchange->answered;
}

struct chat_slice chat_exchange_answer(const struct chat_exchange *exchange)
{
    const unsigned char *bytes = NULL;
    size_t length = 0;

    yajl_gen_get_buf(exchange->json, &bytes, &length);
    return (struct chat_slice){(const char *)bytes, length};
}

void chat_exchange_listen(struct chat_exchange *exchange,
                          bool (*line)(void *context, struct chat_slice line))
{
    exchange->line = line;
}

const char *chat_exchange_command(const struct chat_exchange *exchange)
{
    return exchange->asked.row->words;
}

const struct chat_command_arguments *chat_exchange_arguments(const struct chat_exchange *exchange)
{
    return &exchange->asked.arguments;
}

enum chat_admin_error chat_exchange_error(const struct chat_exchange *exchange)
{
    return exchange->error;
}
