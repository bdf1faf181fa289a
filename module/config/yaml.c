/* YAML text as a series of plain steps: what chatd's files may not have (anchors, tags, a second
 * document, deep nesting) is reported here and never reaches the caller. One thread.
 * What names and values mean is config.c's. */
#include "config/yaml.h"

#include <string.h>

static void refuse(struct chat_yaml *yaml, const char *what)
{
    chat_problem_report(yaml->problems, yaml->source, yaml->line, yaml->column, "%s", what);
}

/* A problem after which reading on would only guess. */
static enum chat_yaml_kind give_up(struct chat_yaml *yaml, const char *what)
{
    refuse(yaml, what);
    yaml->is_torn = true;
    yaml->is_over = true;
    return yaml->kind = CHAT_YAML_OVER;
}

void chat_yaml_init(struct chat_yaml *yaml, const char *source, unsigned column_offset,
                    const char *input, size_t length, struct chat_problems *problems)
{
    *yaml = (struct chat_yaml){.problems = problems,
                               .source = source,
                               .column_offset = column_offset,
                               .input = input,
                               .input_length = length,
                               .line = 1,
                               .column = column_offset + 1};
    if (yaml_parser_initialize(&yaml->parser) == 0)
        abort();
    yaml_parser_set_encoding(&yaml->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&yaml->parser, (const unsigned char *)input, length);
    if (length > CHAT_YAML_SIZE_MAX)
        give_up(yaml, "larger than 1 MiB, expected a smaller file");
}

void chat_yaml_finish(struct chat_yaml *yaml)
{
    if (yaml->has_event)
        yaml_event_delete(&yaml->event);
    yaml_parser_delete(&yaml->parser);
}

static void place(struct chat_yaml *yaml, yaml_mark_t mark)
{
    yaml->line = (unsigned)mark.line + 1;
    yaml->column = (unsigned)mark.column + 1;
    if (yaml->line == 1)
        yaml->column += yaml->column_offset;
}

/* libyaml's reader counts bytes only: finds their line and column. */
static yaml_mark_t mark_of(const struct chat_yaml *yaml, size_t offset)
{
    yaml_mark_t mark = {0, 0, 0};
    for (size_t i = 0; i < offset && i < yaml->input_length; i++) {
        if (yaml->input[i] == '\n') {
            mark.line++;
            mark.column = 0;
        } else if (((unsigned char)yaml->input[i] & 0xC0) != 0x80) {
            mark.column++;
        }
    }
    return mark;
}

/* Whether a tab is among the white space that the current line begins with: the usual reason for
 * an error there, which libyaml doesn't name. */
static bool is_indented_by_tab(const struct chat_yaml *yaml)
{
    const char *at = yaml->input;
    const char *end = yaml->input + yaml->input_length;
    for (unsigned line = 1; line < yaml->line && at != NULL; line++) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at == NULL ? NULL : at + 1;
    }
    while (at != NULL && at < end && *at == ' ')
        at++;
    return at != NULL && at < end && *at == '\t';
}

static enum chat_yaml_kind give_up_on_syntax(struct chat_yaml *yaml)
{
    const yaml_parser_t *parser = &yaml->parser;
    const char *what = parser->problem == NULL ? "out of memory" : parser->problem;
    char text[300];
    if (parser->error == YAML_READER_ERROR) {
        place(yaml, mark_of(yaml, parser->problem_offset));
        snprintf(text, sizeof text, "%s, expected a text file in UTF-8", what);
        return give_up(yaml, text);
    }
    yaml_mark_t end = mark_of(yaml, yaml->input_length); /* libyaml adds a line end to the last */
    place(yaml, parser->problem_mark.line > end.line ? end : parser->problem_mark);
    if (is_indented_by_tab(yaml))
        return give_up(yaml, "the line begins with a tab, expected spaces");
    snprintf(text, sizeof text, "%s%s%s, expected valid YAML", what,
             parser->context == NULL ? "" : " ", parser->context == NULL ? "" : parser->context);
    return give_up(yaml, text);
}

static void refuse_properties(struct chat_yaml *yaml, const unsigned char *anchor,
                              const unsigned char *tag)
{
    if (anchor != NULL)
        refuse(yaml, "an anchor, expected a value without one");
    if (tag != NULL)
        refuse(yaml, "a tag, expected a value without one");
}

static enum chat_yaml_kind enter(struct chat_yaml *yaml, enum chat_yaml_kind kind)
{
    if (++yaml->depth > CHAT_YAML_DEPTH_MAX)
        return give_up(yaml, "deeper than 16 levels, expected fewer");
    return yaml->kind = kind;
}

static enum chat_yaml_kind take_scalar(struct chat_yaml *yaml)
{
    yaml->text = (const char *)yaml->event.data.scalar.value;
    yaml->length = yaml->event.data.scalar.length;
    yaml->is_plain = yaml->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    refuse_properties(yaml, yaml->event.data.scalar.anchor, yaml->event.data.scalar.tag);
    return yaml->kind = CHAT_YAML_SCALAR;
}

/* Reads libyaml's next event; false: there is none. */
static bool advance(struct chat_yaml *yaml)
{
    if (yaml->has_event)
        yaml_event_delete(&yaml->event);
    yaml->has_event = yaml_parser_parse(&yaml->parser, &yaml->event) != 0;
    if (!yaml->has_event) {
        give_up_on_syntax(yaml);
        return false;
    }
    place(yaml, yaml->event.start_mark);
    return true;
}

enum chat_yaml_kind chat_yaml_next(struct chat_yaml *yaml)
{
    bool was_document = false;
    while (!yaml->is_over && advance(yaml)) {
        switch (yaml->event.type) {
        case YAML_DOCUMENT_START_EVENT:
            if (was_document)
                return give_up(yaml, "a second document, expected only one");
            break;
        case YAML_DOCUMENT_END_EVENT:
            was_document = true;
            break;
        case YAML_ALIAS_EVENT:
            refuse(yaml, "an alias, expected the value itself");
            return yaml->kind = CHAT_YAML_REFUSED;
        case YAML_SCALAR_EVENT:
            return take_scalar(yaml);
        case YAML_MAPPING_START_EVENT:
            refuse_properties(yaml, yaml->event.data.mapping_start.anchor,
                              yaml->event.data.mapping_start.tag);
            return enter(yaml, CHAT_YAML_MAPPING);
        case YAML_SEQUENCE_START_EVENT:
            refuse_properties(yaml, yaml->event.data.sequence_start.anchor,
                              yaml->event.data.sequence_start.tag);
            return enter(yaml, CHAT_YAML_SEQUENCE);
        case YAML_MAPPING_END_EVENT:
        case YAML_SEQUENCE_END_EVENT:
            yaml->depth--;
            return yaml->kind = CHAT_YAML_END;
        case YAML_NO_EVENT:
        case YAML_STREAM_END_EVENT:
            yaml->is_over = true;
            break;
        case YAML_STREAM_START_EVENT:
            break;
        }
    }
    return yaml->kind = CHAT_YAML_OVER;
}

void chat_yaml_skip(struct chat_yaml *yaml)
{
    if (yaml->kind != CHAT_YAML_MAPPING && yaml->kind != CHAT_YAML_SEQUENCE)
        return;
    unsigned around = yaml->depth - 1;
    while (chat_yaml_next(yaml) != CHAT_YAML_OVER)
        if (yaml->kind == CHAT_YAML_END && yaml->depth == around)
            return;
}

bool chat_yaml_is_empty(const struct chat_yaml *yaml)
{
    static const char *const words[] = {"", "~", "null"};
    if (yaml->kind != CHAT_YAML_SCALAR || !yaml->is_plain)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == yaml->length && memcmp(words[i], yaml->text, yaml->length) == 0)
            return true;
    return false;
}
