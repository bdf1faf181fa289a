/* room: admin */
/* The admin line parser and what follows it: whatever a line says, it becomes one answer, which is
 * one line of JSON; a wrong one asks the workers nothing, and who was asked is never left without
 * an end. */
#include "../unit/admin/fake_control.h"

#include "admin/exchange.h"
#include "net/shared.h"
#include "proto/json.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(claim)                                                                                \
    do {                                                                                           \
        if (!(claim))                                                                              \
            abort();                                                                               \
    } while (0)

static int64_t now_ms(void)
{
    return 1700000000000;
}

static void on_name(void *context, unsigned depth, struct chat_slice name)
{
    (void)context;
    (void)depth;
    (void)name;
}

static void on_value(void *context, const struct chat_json_value *value)
{
    (void)context;
    (void)value;
}

static void on_done(void *context)
{
    ++*(unsigned *)context;
}

/* One row of each kind, its strings from the query: what a worker would answer. */
static void answer_question(struct chat_control *control)
{
    for (int kind = CHAT_ROW_WORKER; kind <= CHAT_ROW_HITS; kind++)
        give(control, (struct chat_row){.kind = (enum chat_row_kind)kind,
                                        .conn = 1,
                                        .room = {control->room, strlen(control->room)},
                                        .user = {control->user, strlen(control->user)},
                                        .name = {control->text, strlen(control->text)}});
    give_all(control);
}

/* A server that keeps nothing: what would have to be kept is refused, later. */
static struct chatd *server(void)
{
    static struct chatd chatd;
    static uv_loop_t loop;

    if (chatd.state == NULL) {
        uv_loop_init(&loop);
        chatd.state = chat_state_open(NULL, &chatd.secrets, NULL);
        chat_state_use(chatd.state, &loop);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    return &chatd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct chat_json_visitor visitor = {on_name, on_value};
    struct chat_control control = {.open = 0};
    struct chat_json_reader *reader = chat_json_reader_create();
    struct chat_exchange_site site = {.chatd = server(),
                                      .control = &control,
                                      .facts = {.version = "1", .workers = 1},
                                      .now_ms = now_ms,
                                      .reader = reader};
    unsigned done = 0;

    struct chat_exchange *exchange =
        chat_exchange_create(&site, (struct chat_slice){(const char *)data, size});
    bool is_wrong = chat_exchange_error(exchange) != CHAT_ADMIN_OK;
    bool is_ready = chat_exchange_start(exchange, "root", on_done, &done);
    MUST(is_ready || !is_wrong);
    server(); /* what was begun goes on */
    while (control.open != 0)
        answer_question(&control);
    MUST(done == !is_ready);

    struct chat_slice answer = chat_exchange_answer(exchange);
    MUST(answer.length > 0 && answer.bytes[answer.length - 1] == '\n');
    answer.length--;
    MUST(memchr(answer.bytes, '\n', answer.length) == NULL);
    MUST(chat_json_read(reader, answer, &visitor, NULL) == CHAT_OK);
    chat_exchange_destroy(exchange);
    MUST(control.forgotten == 0);
    chat_json_reader_destroy(reader);
    return 0;
}
