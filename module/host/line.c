/* Fields one behind the other. What a client wrote may be in them: control characters, those that
 * turn the direction of writing and bytes that are not UTF-8 are escaped as JSON has it, so that a
 * line is one line, and JSON is JSON. A field that finds no room is left out whole. */
#include "host/line.h"

#include "wire/utf8.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TAIL_BYTES = 32 }; /* for what says that the line is cut, and its end */

static const char *const level_names[] = {[CHATD_ERROR] = "error",
                                          [CHATD_WARNING] = "warning",
                                          [CHATD_INFO] = "info",
                                          [CHATD_DEBUG] = "debug"};

__attribute__((format(printf, 2, 3))) static void add(struct chat_line *line, const char *format,
                                                      ...)
{
    va_list arguments;
    size_t room = sizeof(line->bytes) - TAIL_BYTES - line->length;

    va_start(arguments, format);
    int n = vsnprintf(line->bytes + line->length, room, format, arguments);
    va_end(arguments);
    if (n < 0 || (size_t)n >= room)
        line->cut = true;
    else
        line->length += (size_t)n;
}

/* The length of the character at the text's begin, 0 where it is none. */
static size_t character(const char *text, unsigned *ret_code)
{
    const unsigned char *c = (const unsigned char *)text;
    size_t length = c[0] < 0x80 ? 1 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;

    *ret_code = c[0];
    if (strnlen(text, length) < length || !chat_utf8_valid(text, length))
        return 0;
    if (length > 1) {
        *ret_code = c[0] & (0x7fu >> length);
        for (size_t i = 1; i < length; i++)
            *ret_code = *ret_code << 6 | (c[i] & 0x3fu);
    }
    return length;
}

static bool is_plain(unsigned code)
{
    return code >= 0x20 && !(code >= 0x7f && code < 0xa0) && !(code >= 0x2028 && code <= 0x202e) &&
           !(code >= 0x2066 && code <= 0x2069);
}

/* In quotes, with what would break a line or a quote escaped. */
static void add_quoted(struct chat_line *line, const char *text)
{
    add(line, "\"");
    while (*text != '\0') {
        unsigned code = 0;
        size_t length = character(text, &code);
        if (code == '"' || code == '\\')
            add(line, "\\%c", (int)code);
        else if (length == 0 || !is_plain(code))
            add(line, "\\u%04x", code);
        else
            add(line, "%.*s", (int)length, text);
        text += length == 0 ? 1 : length;
    }
    add(line, "\"");
}

static bool needs_quotes(const char *text)
{
    if (*text == '\0')
        return true;
    for (; *text != '\0'; text++)
        if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 0x7f || *text == '"' ||
            *text == '=' || *text == '\\')
            return true;
    return false;
}

static void add_text_field(struct chat_line *line, const struct chatd_field *field)
{
    add(line, " %s=", field->key);
    if (field->text == NULL)
        add(line, "%lld", field->number);
    else if (needs_quotes(field->text))
        add_quoted(line, field->text);
    else
        add(line, "%s", field->text);
}

static void add_json_field(struct chat_line *line, const struct chatd_field *field)
{
    add(line, ",\"%s\":", field->key);
    if (field->text == NULL)
        add(line, "%lld", field->number);
    else
        add_quoted(line, field->text);
}

/* `PREFIX`, the key in upper case, and the value as it is: the journal takes any bytes. */
static void add_entry(struct chat_line *line, const char *prefix, const char *key, const char *text,
                      long long number)
{
    size_t begin = line->length;
    uint16_t length = 0;

    add(line, "..%s", prefix);
    for (; *key != '\0'; key++)
        add(line, "%c", toupper((unsigned char)*key));
    if (text != NULL)
        add(line, "=%s", text);
    else
        add(line, "=%lld", number);
    length = (uint16_t)(line->length - begin - sizeof(length));
    memcpy(line->bytes + begin, &length, sizeof(length));
}

static void add_journal_field(struct chat_line *line, const struct chatd_field *field)
{
    add_entry(line, "CHATD_", field->key, field->text, field->number);
}

static void add_fields(struct chat_line *line, const struct chatd_field *fields,
                       void (*add_field)(struct chat_line *line, const struct chatd_field *field))
{
    for (; fields->key != NULL && !line->cut; fields++) {
        size_t before = line->length;
        add_field(line, fields);
        if (line->cut)
            line->length = before;
    }
}

static void add_time(struct chat_line *line, struct timespec time)
{
    struct tm utc;
    char text[32];

    gmtime_r(&time.tv_sec, &utc);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
    add(line, "%s.%03ldZ", text, time.tv_nsec / 1000000);
}

/* What has room behind every cut. */
static void end_with(struct chat_line *line, const char *tail)
{
    size_t length = strlen(tail);

    memcpy(line->bytes + line->length, tail, length);
    line->length += length;
}

/* Its message is the text line without what the journal knows by itself. */
static void make_journal(struct chat_line *line, enum chatd_level level, const char *event,
                         const struct chatd_field *fields)
{
    static const int priorities[] = {
        [CHATD_ERROR] = 3, [CHATD_WARNING] = 4, [CHATD_INFO] = 6, [CHATD_DEBUG] = 7};
    struct chat_line message = {.length = 0};

    add(&message, "%s", event);
    add_fields(&message, fields, add_text_field);
    message.bytes[message.length] = '\0';
    add_entry(line, "", "priority", NULL, priorities[level]);
    add_entry(line, "", "syslog_identifier", "chatd", 0);
    add_entry(line, "CHATD_", "event", event, 0);
    if (message.length < CHAT_LINE_MAX / 2)
        add_entry(line, "", "message", message.bytes, 0);
    else
        add_entry(line, "", "message", event, 0);
    add_fields(line, fields, add_journal_field);
}

void chat_line_make(struct chat_line *line, enum chat_line_form form, struct timespec time,
                    enum chatd_level level, const char *event, const struct chatd_field *fields)
{
    bool json = form == CHAT_LINE_JSON;

    line->length = 0;
    line->cut = false;
    if (form == CHAT_LINE_JOURNAL) {
        make_journal(line, level, event, fields);
        return;
    }
    if (json)
        add(line, "{\"time\":\"");
    add_time(line, time);
    add(line, json ? "\",\"level\":\"%s\",\"event\":\"%s\"" : " %s %s", level_names[level], event);
    add_fields(line, fields, json ? add_json_field : add_text_field);
    if (line->cut)
        end_with(line, json ? ",\"cut\":1" : " cut=1");
    end_with(line, json ? "}\n" : "\n");
}
