/* An exchange with a fake control behind it and a clock that stands. */
#ifndef TESTS_UNIT_ADMIN_EXCHANGE_FIXTURE_H
#define TESTS_UNIT_ADMIN_EXCHANGE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "admin/exchange.h"
#include "fake_control.h"
#include "net/shared.h"
#include "proto/json.h"

#define NOW 1700000000000 /* 2023-11-14T22:13:20Z */

static struct chatd chatd; /* keeps nothing */
static struct chat_control control;
static struct chat_exchange_site site;
static char answer[65536];
static unsigned done_count;

static inline int64_t fixed_now(void)
{
    return NOW;
}

static inline int setup(void **unused)
{
    (void)unused;
    memset(&control, 0, sizeof(control));
    done_count = 0;
    chatd.state = chat_state_open(NULL, &chatd.secrets, NULL);
    site = (struct chat_exchange_site){
        .chatd = &chatd,
        .control = &control,
        .facts = {.version = "1.2.3", .pid = 42, .workers = 2, .started_ms = NOW - 90000},
        .now_ms = fixed_now,
        .reader = chat_json_reader_create(),
    };
    return 0;
}

static inline int teardown(void **unused)
{
    (void)unused;
    chat_state_destroy(chatd.state);
    chat_json_reader_destroy(site.reader);
    return 0;
}

static inline void on_done(void *context)
{
    (void)context;
    done_count++;
}

static inline struct chat_exchange *create(const char *line)
{
    return chat_exchange_create(&site, (struct chat_slice){line, strlen(line)});
}

/* Takes the exchange. */
static inline const char *answer_of(struct chat_exchange *exchange)
{
    struct chat_slice bytes = chat_exchange_answer(exchange);

    memcpy(answer, bytes.bytes, bytes.length);
    answer[bytes.length] = '\0';
    chat_exchange_destroy(exchange);
    return answer;
}

static inline const char *ask_at_once(const char *line)
{
    struct chat_exchange *exchange = create(line);

    assert_true(chat_exchange_start(exchange, "root", on_done, NULL));
    assert_int_equal(control.tickets, 0);
    return answer_of(exchange);
}

static inline struct chat_exchange *start(const char *line)
{
    struct chat_exchange *exchange = create(line);

    assert_false(chat_exchange_start(exchange, "root", on_done, NULL));
    return exchange;
}

static inline const char *finish(struct chat_exchange *exchange)
{
    give_all(&control);
    if (control.open != 0) /* for names near what was not found */
        give_all(&control);
    assert_int_equal(done_count, 1);
    return answer_of(exchange);
}

static inline struct chat_slice slice(const char *text)
{
    return (struct chat_slice){text, strlen(text)};
}

static inline struct chat_row room_row(const char *id, uint64_t members, uint64_t messages,
                                       int64_t age_ms)
{
    return (struct chat_row){.kind = CHAT_ROW_ROOM,
                             .room = slice(id),
                             .name = slice("N"),
                             .epoch = slice("e1"),
                             .members = members,
                             .messages = messages,
                             .seq = messages,
                             .created_ms = NOW - age_ms,
                             .last_ms = messages > 0 ? NOW - 1 : 0};
}

#endif
