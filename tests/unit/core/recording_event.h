/* What a recording port (recording_port.h) has written down, and how it writes an event: as the
 * members that its rows name. */
#ifndef CHAT_TEST_RECORDING_EVENT_H
#define CHAT_TEST_RECORDING_EVENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "core/conn_id.h"
#include "core/membership.h"

/* Each has a connection, and more where a test has further devices; all spread over the workers. */
enum person { NOBODY, ANN, BEN, CAT, DAN, EVE, PERSONS };
enum { RECORDING_WORKERS = 3, RECORDING_HOME = 1, TEXT_MAX = 10240, PAGE = 50 };

struct recording_port {
    struct chat_port port; /* first */
    struct chat_secrets secrets;
    struct chat_coordinator *coordinator;
    struct chat_time now;
    uint8_t rights;          /* of whoever asks */
    unsigned device;         /* with which: 1, 2 … */
    enum chat_error verdict; /* on every token */
    bool keeps;              /* what moderators ask for */
    unsigned audited;        /* changes by moderators */
    uint32_t rooms, rooms_max;
    const struct chat_request *asked; /* while a request is under way */
    uint64_t asker;
    unsigned completed;
    enum chat_error refused; /* of the last request */
    char tokens[1100][CHAT_TOKEN_LENGTH];
    unsigned n_tokens;
    char next[CHAT_CURSOR_LENGTH]; /* of the last page that had one */
    struct chat_listing passed;    /* with the last call */
    unsigned passed_to;
    char passed_rows[1 << 14];
    size_t length;
    char log[1 << 16];
};

static inline const char *person_id(enum person person)
{
    static const char *const ids[PERSONS] = {"nobody", "ann", "ben", "cat", "dan", "eve"};
    return ids[person];
}

static inline const char *person_name(enum person person)
{
    static const char *const names[PERSONS] = {"Nobody", "Ann", "Ben", "Cat", "Dan", "Eve"};
    return names[person];
}

static inline uint64_t person_device(enum person person, unsigned device)
{
    return chat_conn_id(((unsigned)person + device - 1) % RECORDING_WORKERS, (uint32_t)person,
                        device);
}

static inline uint64_t person_conn(enum person person)
{
    return person_device(person, 1);
}

static inline struct chat_slice slice_of(const char *text)
{
    return (struct chat_slice){text, strlen(text)};
}

__attribute__((format(printf, 2, 3))) static inline void recording_put(
    struct recording_port *recording, const char *format, ...)
{
    size_t space = sizeof(recording->log) - recording->length;
    va_list arguments;

    va_start(arguments, format);
    int n = vsnprintf(recording->log + recording->length, space, format, arguments);
    va_end(arguments);
    assert_in_range(n, 0, space - 1);
    recording->length += (size_t)n;
}

static inline void recording_put_token(struct recording_port *recording, struct chat_slice token)
{
    unsigned i = 0;

    assert_int_equal(token.length, CHAT_TOKEN_LENGTH);
    while (i < recording->n_tokens && memcmp(recording->tokens[i], token.bytes, token.length) != 0)
        i++;
    if (i == recording->n_tokens) {
        assert_in_range(i, 0, sizeof(recording->tokens) / sizeof(recording->tokens[0]) - 1);
        memcpy(recording->tokens[recording->n_tokens++], token.bytes, token.length);
    }
    recording_put(recording, "#%u", i + 1);
}

static inline void recording_put_STRING(struct recording_port *recording, const char *name,
                                        struct chat_slice value)
{
    if (value.bytes == NULL)
        return;
    if (strcmp(name, "next") == 0) {
        recording_put(recording, " next");
        memcpy(recording->next, value.bytes, CHAT_CURSOR_LENGTH);
        return;
    }
    recording_put(recording, " %s=", name);
    if (strcmp(name, "epoch") == 0 || strcmp(name, "session") == 0)
        recording_put_token(recording, value);
    else
        recording_put(recording, "%.*s", (int)value.length, value.bytes);
}

static inline void recording_put_TEXT(struct recording_port *recording, const char *name,
                                      struct chat_slice value)
{
    assert_non_null(value.bytes);
    recording_put(recording, " %s=\"%.*s\"", name, (int)value.length, value.bytes);
}

static inline void recording_put_NUMBER(struct recording_port *recording, const char *name,
                                        int64_t value)
{
    recording_put(recording, " %s=%lld", name, (long long)value);
}

static inline void recording_put_POSITIVE(struct recording_port *recording, const char *name,
                                          int64_t value)
{
    if (value != 0)
        recording_put_NUMBER(recording, name, value);
}

/* id(name) of each, and the members of a room. */
static inline void recording_put_rows(struct recording_port *recording, const char *name,
                                      struct chat_slice rows, bool with_members)
{
    struct chat_page_row row;

    recording_put(recording, " %s=[", name);
    for (bool first = true; chat_page_next(&rows, &row); first = false) {
        recording_put(recording, "%s%.*s(%.*s)", first ? "" : " ", (int)row.id.length, row.id.bytes,
                      (int)row.name.length, row.name.bytes);
        if (with_members)
            recording_put(recording, "%u", row.members);
    }
    recording_put(recording, "]");
}

static inline void recording_put_ROOMS(struct recording_port *recording, const char *name,
                                       struct chat_slice rows)
{
    recording_put_rows(recording, name, rows, true);
}

static inline void recording_put_USERS(struct recording_port *recording, const char *name,
                                       struct chat_slice rows)
{
    recording_put_rows(recording, name, rows, false);
}

static inline void recording_put_FLAG(struct recording_port *recording, const char *name,
                                      enum chat_flag value)
{
    if (value != CHAT_FLAG_ABSENT)
        recording_put(recording, " %s=%s", name, value == CHAT_FLAG_TRUE ? "true" : "false");
}

static inline void recording_put_FRAMES(struct recording_port *recording, const char *name,
                                        struct chat_run frames)
{
    recording_put(recording, " %s=%u[%.*s%.*s]", name, frames.frames, (int)frames.parts[0].length,
                  frames.parts[0].bytes, (int)frames.parts[1].length, frames.parts[1].bytes);
}

static inline void recording_put_TIME(struct recording_port *recording, const char *name,
                                      int64_t value)
{
    recording_put_NUMBER(recording, name, value);
}

static inline void recording_put_EXPIRY(struct recording_port *recording, const char *name,
                                        int64_t value)
{
    if (value != 0)
        recording_put_NUMBER(recording, name, value);
}

static inline void recording_put_event(struct recording_port *recording,
                                       const struct chat_event *event)
{
    static const char *const names[CHAT_EVENTS] = {
#define EVENT(name, doc) #name,
#include "core/event.def"
    };

    recording_put(recording, ": %s", names[event->type]);
#define MEMBER(event_name, name, kind, member)                                                     \
    if (event->type == CHAT_EVENT_##event_name)                                                    \
        recording_put_##kind(recording, #name, event->member);
#include "core/event.def"
    if (event->id.length != 0)
        recording_put(recording, " id=%.*s", (int)event->id.length, event->id.bytes);
    recording_put(recording, "\n");
}

#endif
