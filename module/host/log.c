/* Each line is made whole and written by one write(2), so that lines of threads never mix. */
#include "host/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048 };

static struct {
    enum chat_log_level level;
    enum chat_log_format format;
} settings = {CHAT_LOG_INFO, CHAT_LOG_TEXT};

static const char *const level_names[] = {[CHATD_ERROR] = "error",
                                          [CHATD_WARNING] = "warning",
                                          [CHATD_INFO] = "info",
                                          [CHATD_DEBUG] = "debug"};

void chat_log_set(enum chat_log_level level, enum chat_log_format format)
{
    settings.level = level;
    settings.format = format;
}

struct line {
    size_t length;
    char text[LINE_MAX_BYTES];
};

static void add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct line *line, const char *format, ...)
{
    va_list arguments;
    size_t room = sizeof(line->text) - line->length;
    va_start(arguments, format);
    int n = vsnprintf(line->text + line->length, room, format, arguments);
    va_end(arguments);
    line->length += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

/* In quotes, with what would break a line or a quote escaped as JSON has it. */
static void add_quoted(struct line *line, const char *text)
{
    add(line, "\"");
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            add(line, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            add(line, "\\u%04x", c);
        else
            add(line, "%c", c);
    }
    add(line, "\"");
}

static bool needs_quotes(const char *text)
{
    if (*text == '\0')
        return true;
    for (; *text != '\0'; text++)
        if ((unsigned char)*text <= ' ' || *text == '"' || *text == '=' || *text == '\\' ||
            *text == 0x7f)
            return true;
    return false;
}

static void add_time(struct line *line)
{
    struct timespec now;
    struct tm utc;
    char text[32];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
    add(line, "%s.%03ldZ", text, now.tv_nsec / 1000000);
}

static void add_text_field(struct line *line, const struct chatd_field *field)
{
    add(line, " %s=", field->key);
    if (field->text == NULL)
        add(line, "%lld", field->number);
    else if (needs_quotes(field->text))
        add_quoted(line, field->text);
    else
        add(line, "%s", field->text);
}

static void add_json_field(struct line *line, const struct chatd_field *field)
{
    add(line, ",\"%s\":", field->key);
    if (field->text == NULL)
        add(line, "%lld", field->number);
    else
        add_quoted(line, field->text);
}

void chat_log_write(enum chatd_level level, const char *event, const struct chatd_field *fields)
{
    struct line line = {0};
    bool json = settings.format == CHAT_LOG_JSON;

    if ((int)level > (int)settings.level)
        return;
    if (json)
        add(&line, "{\"time\":\"");
    add_time(&line);
    add(&line, json ? "\",\"level\":\"%s\",\"event\":\"%s\"" : " %s %s", level_names[level], event);
    for (const struct chatd_field *field = fields; field->key != NULL; field++) {
        if (json)
            add_json_field(&line, field);
        else
            add_text_field(&line, field);
    }
    if (json)
        add(&line, "}");
    line.text[line.length++] = '\n'; /* add leaves room for it */
    if (write(STDERR_FILENO, line.text, line.length) < 0)
        return; /* there is nobody to tell */
}
