/* What a frame parser made of a stream, as one line that does not depend on how the stream was cut:
 * pieces of one message stand joined. Shared by the tests and the fuzz target of frames; it ends
 * the process when the parser breaks a promise, so that both see it the same way.
 *
 *   text "Hello"            a whole message; binary, ping, pong and close likewise
 *   ~text "…"               a compressed message, as it is on the wire
 *   text "Hel"+ ping "" +"lo"   a control frame between the pieces
 *   error 1002              the end; what an invalid text had delivered before 1007 is left out,
 *                           as only that depends on the cut
 *   open                    the stream ended within a message or a frame */
#ifndef CHAT_TEST_FRAME_LOG_H
#define CHAT_TEST_FRAME_LOG_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/deflate.h"
#include "wire/frame.h"
#include "wire/utf8.h"

struct frame_log {
    struct chat_frame_parser parser;
    uint64_t max_message;
    char *line;
    size_t length, space;
    size_t piece; /* where the joined piece under way stands in the line */
    bool joining; /* the last piece did not end its message or frame */
    bool failed;  /* an error was reported */
    enum chat_frame_kind kind;
    uint64_t delivered; /* payload of the message so far */
    uint32_t utf8;      /* of the text message so far */
};

#define FRAME_LOG_MUST(claim)                                                                      \
    do {                                                                                           \
        if (!(claim)) {                                                                            \
            fprintf(stderr, "%s:%d: the parser breaks: %s\n", __FILE__, __LINE__, #claim);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static inline void frame_log_init(struct frame_log *log, uint64_t max_message)
{
    *log = (struct frame_log){.max_message = max_message, .line = calloc(1, 64), .space = 64};
    FRAME_LOG_MUST(log->line != NULL);
}

static inline void frame_log_finish(struct frame_log *log)
{
    free(log->line);
}

static inline void frame_log_put(struct frame_log *log, const char *bytes, size_t length)
{
    if (length >= log->space - log->length) {
        log->space = 2 * (log->length + length + 1);
        log->line = realloc(log->line, log->space);
        FRAME_LOG_MUST(log->line != NULL);
    }
    if (length > 0)
        memcpy(log->line + log->length, bytes, length);
    log->length += length;
    log->line[log->length] = '\0';
}

static inline void frame_log_word(struct frame_log *log, const char *word)
{
    frame_log_put(log, " ", log->length > 0);
    frame_log_put(log, word, strlen(word));
}

/* Closes the joined piece for now; the message goes on later. */
static inline void frame_log_interrupt(struct frame_log *log)
{
    if (log->joining)
        frame_log_put(log, "\"+", 2);
    log->joining = false;
}

static inline void frame_log_error(struct frame_log *log, unsigned code)
{
    char word[16];

    FRAME_LOG_MUST(code == 1002 || code == 1007 || code == 1009);
    if (code == 1007 && log->joining) {
        log->length = log->piece;
        log->joining = false;
    }
    frame_log_interrupt(log);
    snprintf(word, sizeof(word), "error %u", code);
    frame_log_word(log, word);
    log->failed = true;
}

/* What holds for each piece of a message, whatever the cut. */
static inline void frame_log_check(struct frame_log *log, const struct chat_frame_event *event)
{
    if (event->first) {
        log->delivered = 0;
        log->utf8 = 0;
    }
    log->delivered += event->length;
    FRAME_LOG_MUST(log->delivered <= event->declared);
    FRAME_LOG_MUST(event->declared <= (event->compressed ? chat_inflate_wire_max(log->max_message)
                                                         : log->max_message));
    FRAME_LOG_MUST(!event->last || log->delivered == event->declared);
    FRAME_LOG_MUST(!event->compressed || log->parser.inflates);
    if (event->opcode == CHAT_OPCODE_TEXT && event->compressed) {
        FRAME_LOG_MUST(log->utf8 == 0);
    } else if (event->opcode == CHAT_OPCODE_TEXT) {
        FRAME_LOG_MUST(chat_utf8_feed(&log->utf8, event->bytes, event->length));
        FRAME_LOG_MUST(!event->last || log->utf8 == 0);
    } else {
        FRAME_LOG_MUST(event->opcode == CHAT_OPCODE_BINARY);
    }
}

static inline const char *frame_log_opcode(enum chat_opcode opcode)
{
    switch (opcode) {
    case CHAT_OPCODE_TEXT:
        return "text";
    case CHAT_OPCODE_BINARY:
        return "binary";
    case CHAT_OPCODE_CLOSE:
        return "close";
    case CHAT_OPCODE_PING:
        return "ping";
    case CHAT_OPCODE_PONG:
        return "pong";
    case CHAT_OPCODE_CONTINUATION:
        break;
    }
    abort();
}

static inline const char *frame_log_compressed(enum chat_opcode opcode)
{
    FRAME_LOG_MUST(opcode == CHAT_OPCODE_TEXT || opcode == CHAT_OPCODE_BINARY);
    return opcode == CHAT_OPCODE_TEXT ? "~text" : "~binary";
}

static inline void frame_log_piece(struct frame_log *log, const struct chat_frame_event *event)
{
    if (event->kind == CHAT_FRAME_DATA)
        frame_log_check(log, event);
    else
        FRAME_LOG_MUST(event->opcode >= CHAT_OPCODE_CLOSE && event->declared == 0);

    if (log->joining && log->kind == event->kind) {
        FRAME_LOG_MUST(!event->first);
    } else {
        frame_log_interrupt(log);
        log->piece = log->length;
        frame_log_word(log, !event->first       ? "+\""
                            : event->compressed ? frame_log_compressed(event->opcode)
                                                : frame_log_opcode(event->opcode));
        frame_log_put(log, " \"", event->first ? 2 : 0);
        log->kind = event->kind;
    }
    frame_log_put(log, event->bytes, event->length);
    log->joining = !event->last;
    if (event->last)
        frame_log_put(log, "\"", 1);
}

/* Feeds one segment of the stream as the network would bring it: in memory of just its size, of
 * which the parser may change the pieces that it reports and nothing else. */
static inline void frame_log_feed(struct frame_log *log, const char *bytes, size_t length)
{
    char *segment = malloc(length);
    struct chat_frame_event event = {.kind = CHAT_FRAME_DATA};
    size_t at = 0;

    FRAME_LOG_MUST(segment != NULL || length == 0);
    if (length > 0)
        memcpy(segment, bytes, length);
    while (!log->failed && (at < length || event.kind != CHAT_FRAME_MORE)) {
        size_t used =
            chat_frame_feed(&log->parser, log->max_message, segment + at, length - at, &event);
        FRAME_LOG_MUST(used <= length - at);
        at += used;
        if (event.kind == CHAT_FRAME_ERROR) {
            frame_log_error(log, event.error);
        } else if (event.kind == CHAT_FRAME_MORE) {
            FRAME_LOG_MUST(at == length);
            FRAME_LOG_MUST(memcmp(segment + at - used, bytes + at - used, used) == 0);
        } else {
            size_t header = used - event.length;
            FRAME_LOG_MUST(event.bytes == segment + at - event.length);
            FRAME_LOG_MUST(memcmp(segment + at - used, bytes + at - used, header) == 0);
            FRAME_LOG_MUST(memcmp(segment + at, bytes + at, length - at) == 0);
            frame_log_piece(log, &event);
        }
    }
    free(segment);
}

/* No more comes. */
static inline void frame_log_end(struct frame_log *log)
{
    if (log->failed)
        return;
    frame_log_interrupt(log);
    if (chat_frame_in_message(&log->parser))
        frame_log_word(log, "open");
}

#endif
