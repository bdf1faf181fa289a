/* JSON both ways, through yajl: a reader that reports names and values to a visitor, and a writer.
 * Pure. Each belongs to one worker, as its scratch memory does. No member name of the protocol
 * stands here: that is request.c's and event.c's knowledge. */
#ifndef CHAT_PROTO_JSON_H
#define CHAT_PROTO_JSON_H

#include "core/error.h"
#include "core/slice.h"

#include <stdint.h>

enum chat_json_kind {
    CHAT_JSON_ABSENT, /* never reported: what a slot holds before it is given a value */
    CHAT_JSON_NULL,
    CHAT_JSON_BOOLEAN,
    CHAT_JSON_NUMBER,
    CHAT_JSON_STRING,
    CHAT_JSON_OBJECT,
    CHAT_JSON_ARRAY,
};

struct chat_json_value {
    enum chat_json_kind kind;
    bool escaped; /* STRING: it was spelled with escapes; else its quotes stand around it */
    struct chat_slice text; /* STRING: decoded, may hold NUL; NUMBER, BOOLEAN: as spelled */
};

/* What is heard of a text whose top is an object, in its order. The top object itself is not
 * reported, an inner object or array when it opens. */
struct chat_json_visitor {
    /* depth: of the object that the member is in; the top object is 1. Borrows, for the call. */
    void (*on_name)(void *context, unsigned depth, struct chat_slice name);
    /* Of the name before, or an element of an array. Borrows, until the reader's next use. */
    void (*on_value)(void *context, const struct chat_json_value *value);
};

struct chat_json_reader;

/* Returns owned; destroy takes it, NULL too. */
struct chat_json_reader *chat_json_reader_create(void);
void chat_json_reader_destroy(struct chat_json_reader *reader);

/* Borrows a whole text of valid UTF-8. Returns CHAT_OK or a fault of malformed_json; then what was
 * heard of the text means nothing. */
enum chat_error chat_json_read(struct chat_json_reader *reader, struct chat_slice text,
                               const struct chat_json_visitor *visitor, void *context)
    __attribute__((warn_unused_result));

/* For a visitor: how many objects and arrays its value is in. */
unsigned chat_json_depth(const struct chat_json_reader *reader);

enum chat_json_integer {
    CHAT_JSON_INTEGER,
    CHAT_JSON_NOT_AN_INTEGER, /* a fraction or an exponent, whatever its value, or -0 */
    CHAT_JSON_BEYOND_INT64,
};

/* Borrows the text of a NUMBER. Only an INTEGER is stored. */
enum chat_json_integer chat_json_to_integer(struct chat_slice number, int64_t *ret_value);

struct chat_json_writer;

/* Returns owned; destroy takes it, NULL too. */
struct chat_json_writer *chat_json_writer_create(void);
void chat_json_writer_destroy(struct chat_json_writer *writer);

/* A new text, behind `reserve` bytes for the caller's own use. */
void chat_json_begin(struct chat_json_writer *writer, size_t reserve);
void chat_json_open_object(struct chat_json_writer *writer);
void chat_json_close_object(struct chat_json_writer *writer);
/* A value, or the name of a member. Borrows valid UTF-8. */
void chat_json_put_string(struct chat_json_writer *writer, struct chat_slice text);
void chat_json_put_integer(struct chat_json_writer *writer, int64_t value);
/* Borrows the JSON text of one value, which goes out as it is. */
void chat_json_put_text(struct chat_json_writer *writer, struct chat_slice json);
/* Lends what was written, reserved bytes included, until the writer's next use. */
char *chat_json_end(struct chat_json_writer *writer, size_t *ret_length);

#endif
