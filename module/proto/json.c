/* yajl both ways, made as strict as PROTOCOL §2: depth, control characters and surrogate escapes
 * are judged here, as yajl lets them pass. Owns the memory for decoded strings and for the text
 * that is written, both bounded by the message they belong to. Any thread, one at a time. */
#include "proto/json.h"

#include "core/limits.h"
#include "proto/arena.h"
#include "proto/spell.h"

#include <assert.h>
#include <stdlib.h>
#include <yajl/yajl_gen.h>
#include <yajl/yajl_parse.h>

/* Memory is exhausted: nothing can be promised any more. */
static void *must(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

struct chat_json_reader {
    /* strings that had escapes; the others stay in the text */
    char *decoded;
    size_t decoded_size, decoded_used;
    /* the text being read */
    const struct chat_json_visitor *visitor;
    void *context;
    struct chat_slice text;
    unsigned depth;
    bool is_object, is_too_deep;
    struct chat_arena arena; /* yajl's own memory */
};

struct chat_json_reader *chat_json_reader_create(void)
{
    return must(calloc(1, sizeof(struct chat_json_reader)));
}

void chat_json_reader_destroy(struct chat_json_reader *reader)
{
    if (reader == NULL)
        return;
    free(reader->decoded);
    free(reader);
}

unsigned chat_json_depth(const struct chat_json_reader *reader)
{
    return reader->depth;
}

static int report(struct chat_json_reader *reader, const struct chat_json_value *value)
{
    if (reader->is_object)
        reader->visitor->on_value(reader->context, value);
    return 1;
}

static int on_null(void *context)
{
    return report(context, &(struct chat_json_value){.kind = CHAT_JSON_NULL});
}

static int on_boolean(void *context, int is_true)
{
    struct chat_slice text = is_true ? CHAT_SLICE("true") : CHAT_SLICE("false");
    return report(context, &(struct chat_json_value){.kind = CHAT_JSON_BOOLEAN, .text = text});
}

static int on_number(void *context, const char *bytes, size_t length)
{
    return report(context,
                  &(struct chat_json_value){.kind = CHAT_JSON_NUMBER, .text = {bytes, length}});
}

/* yajl points into the text where a string has no escapes, else into a buffer that it uses again.
 */
static int on_string(void *context, const unsigned char *bytes, size_t length)
{
    struct chat_json_reader *reader = context;
    struct chat_json_value value = {.kind = CHAT_JSON_STRING,
                                    .text = {(const char *)bytes, length}};

    value.escaped = (uintptr_t)bytes - (uintptr_t)reader->text.bytes >= reader->text.length;
    if (value.escaped && reader->is_object) {
        assert(length <= reader->decoded_size - reader->decoded_used);
        value.text.bytes = memcpy(reader->decoded + reader->decoded_used, bytes, length);
        reader->decoded_used += length;
    }
    return report(reader, &value);
}

static int on_name(void *context, const unsigned char *bytes, size_t length)
{
    struct chat_json_reader *reader = context;

    if (reader->is_object)
        reader->visitor->on_name(reader->context, reader->depth,
                                 (struct chat_slice){(const char *)bytes, length});
    return 1;
}

/* Returning 0 ends the parse: what is nested too deeply is not read on, so it costs no memory. */
static int open(struct chat_json_reader *reader, enum chat_json_kind kind)
{
    if (reader->depth == 0)
        reader->is_object = kind == CHAT_JSON_OBJECT;
    else
        report(reader, &(struct chat_json_value){.kind = kind});
    reader->depth++;
    reader->is_too_deep = reader->depth > CHAT_JSON_DEPTH_MAX;
    return !reader->is_too_deep;
}

static int on_open_object(void *context)
{
    return open(context, CHAT_JSON_OBJECT);
}

static int on_open_array(void *context)
{
    return open(context, CHAT_JSON_ARRAY);
}

static int on_close(void *context)
{
    struct chat_json_reader *reader = context;
    reader->depth--;
    return 1;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number, /* as text: yajl's own integers lack one value, its doubles many */
    .yajl_string = on_string,
    .yajl_start_map = on_open_object,
    .yajl_map_key = on_name,
    .yajl_end_map = on_close,
    .yajl_start_array = on_open_array,
    .yajl_end_array = on_close,
};

static bool parse(struct chat_json_reader *reader)
{
    yajl_alloc_funcs memory = {chat_arena_take, chat_arena_resize, chat_arena_give, &reader->arena};
    chat_arena_reset(&reader->arena);
    yajl_handle handle = must(yajl_alloc(&callbacks, &memory, reader));

    yajl_config(handle, yajl_dont_validate_strings,
                1); /* the text is valid; yajl's check is not strict */
    yajl_status status =
        yajl_parse(handle, (const unsigned char *)reader->text.bytes, reader->text.length);
    if (status == yajl_status_ok)
        status = yajl_complete_parse(handle);
    yajl_free(handle);
    return status == yajl_status_ok;
}

static unsigned hex(const char *digits)
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++)
        value = value * 16 + ((unsigned)digits[i] & 0xf) + (digits[i] > '9' ? 9 : 0);
    return value;
}

/* Of a text that parsed: each backslash begins a whole escape, and a quote follows at the latest.
 */
static bool surrogates_are_paired(struct chat_slice text)
{
    const char *p = text.bytes, *end = p + text.length;

    while ((p = memchr(p, '\\', (size_t)(end - p))) != NULL) {
        if (p[1] != 'u') {
            p += 2;
            continue;
        }
        unsigned unit = hex(p + 2);
        p += 6;
        if (unit < 0xd800 || unit > 0xdfff)
            continue;
        if (unit > 0xdbff || p[0] != '\\' || p[1] != 'u')
            return false;
        unit = hex(p + 2);
        if (unit < 0xdc00 || unit > 0xdfff)
            return false;
        p += 6;
    }
    return true;
}

/* All that a text decodes to is shorter than the text. */
static void make_room_to_decode(struct chat_json_reader *reader, size_t length)
{
    reader->decoded_used = 0;
    if (length <= reader->decoded_size)
        return;
    free(reader->decoded);
    reader->decoded = must(malloc(length));
    reader->decoded_size = length;
}

/* yajl takes these two for white space, and refuses all other control characters. */
static bool has_false_space(struct chat_slice text)
{
    return memchr(text.bytes, '\v', text.length) != NULL ||
           memchr(text.bytes, '\f', text.length) != NULL;
}

enum chat_error chat_json_read(struct chat_json_reader *reader, struct chat_slice text,
                               const struct chat_json_visitor *visitor, void *context)
{
    if (text.length == 0 || has_false_space(text))
        return CHAT_E_JSON_NOT_JSON;

    bool has_escapes = memchr(text.bytes, '\\', text.length) != NULL;
    if (has_escapes)
        make_room_to_decode(reader, text.length);
    reader->visitor = visitor;
    reader->context = context;
    reader->text = text;
    reader->depth = 0;
    reader->is_object = reader->is_too_deep = false;
    if (!parse(reader) && !reader->is_too_deep)
        return CHAT_E_JSON_NOT_JSON;
    if (!reader->is_object)
        return CHAT_E_JSON_NOT_AN_OBJECT;
    if (reader->is_too_deep)
        return CHAT_E_JSON_TOO_DEEP;
    return has_escapes && !surrogates_are_paired(text) ? CHAT_E_JSON_BAD_UNICODE : CHAT_OK;
}

enum chat_json_integer chat_json_to_integer(struct chat_slice number, int64_t *ret_value)
{
    bool is_negative = number.bytes[0] == '-';
    int64_t value = 0; /* kept negative, as there is one negative more */
    bool fits = true;

    for (size_t i = is_negative; i < number.length; i++) {
        if (number.bytes[i] < '0' || number.bytes[i] > '9')
            return CHAT_JSON_NOT_AN_INTEGER;
        fits = fits && !__builtin_mul_overflow(value, 10, &value) &&
               !__builtin_sub_overflow(value, number.bytes[i] - '0', &value);
    }
    if (is_negative && fits && value == 0)
        return CHAT_JSON_NOT_AN_INTEGER;
    if (!fits || (!is_negative && value == INT64_MIN))
        return CHAT_JSON_BEYOND_INT64;
    *ret_value = is_negative ? value : -value;
    return CHAT_JSON_INTEGER;
}

struct chat_json_writer {
    yajl_gen generator;
    char *bytes;
    size_t size, used;
};

/* yajl prints here. What is written is bounded by the event, so this stops growing early. */
static void append(void *context, const char *bytes, size_t length)
{
    struct chat_json_writer *writer = context;

    if (length == 0) /* also of a slice that has no bytes */
        return;
    if (length > writer->size - writer->used) {
        writer->size = (writer->used + length) * 2;
        writer->bytes = must(realloc(writer->bytes, writer->size));
    }
    memcpy(writer->bytes + writer->used, bytes, length);
    writer->used += length;
}

struct chat_json_writer *chat_json_writer_create(void)
{
    struct chat_json_writer *writer = must(calloc(1, sizeof(*writer)));

    writer->size = 1024;
    writer->bytes = must(malloc(writer->size));
    writer->generator = must(yajl_gen_alloc(NULL));
    yajl_gen_config(writer->generator, yajl_gen_print_callback, append, writer);
    return writer;
}

void chat_json_writer_destroy(struct chat_json_writer *writer)
{
    if (writer == NULL)
        return;
    yajl_gen_free(writer->generator);
    free(writer->bytes);
    free(writer);
}

void chat_json_begin(struct chat_json_writer *writer, size_t reserve)
{
    assert(reserve <= writer->size);
    yajl_gen_reset(writer->generator, NULL);
    writer->used = reserve;
}

/* The generator refuses only calls in a wrong order, which are ours. */
static void promise(yajl_gen_status status)
{
    assert(status == yajl_gen_status_ok);
    (void)status;
}

void chat_json_open_object(struct chat_json_writer *writer)
{
    promise(yajl_gen_map_open(writer->generator));
}

void chat_json_close_object(struct chat_json_writer *writer)
{
    promise(yajl_gen_map_close(writer->generator));
}

void chat_json_put_string(struct chat_json_writer *writer, struct chat_slice text)
{
    promise(yajl_gen_string(writer->generator, (const unsigned char *)text.bytes, text.length));
}

void chat_json_put_text(struct chat_json_writer *writer, struct chat_slice json)
{
    promise(yajl_gen_number(writer->generator, json.bytes, json.length));
}

void chat_json_put_integer(struct chat_json_writer *writer, int64_t value)
{
    char digits[20];
    size_t length = (size_t)(chat_spell_integer(digits, value) - digits);
    chat_json_put_text(writer, (struct chat_slice){digits, length});
}

char *chat_json_end(struct chat_json_writer *writer, size_t *ret_length)
{
    *ret_length = writer->used;
    return writer->bytes;
}
