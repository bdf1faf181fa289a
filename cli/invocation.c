/* Owns the way from argv to an invocation. What needs no server to be judged is judged here: names
 * of commands and options, how many arguments, numbers and choices; identifiers and texts are left
 * to the server. */
#define _GNU_SOURCE /* strchrnul */
#include "invocation.h"

#include "slip.h"
#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { WORDS_MAX = 32, TIMEOUT_MAX_MS = 7 * 86400 * 1000 };

enum option_name {
#define OPTION(name, letter, word, value, doc) OPTION_##name,
#include "option.def"
};

static const struct {
    enum option_name name;
    char letter;
    const char *word, *value;
} options[] = {
#define OPTION(name, letter, word, value, doc) {OPTION_##name, letter, word, value},
#include "option.def"
};
enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

struct typed {
    const char *name; /* without the dashes */
    size_t length;
    const char *value;
};

struct reading {
    struct chat_invocation *invocation;
    char *const *words;
    int count, at;
    const char *places[WORDS_MAX]; /* the command, then its arguments without a name */
    size_t place_count;
    struct typed typed[WORDS_MAX]; /* the command's options, which may stand before it */
    size_t typed_count;
    char *why;
};

__attribute__((format(printf, 3, 4))) static int refuse(struct reading *reading, int exit_code,
                                                        const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reading->why, CHAT_INVOCATION_WHY_MAX, format, arguments);
    va_end(arguments);
    return exit_code;
}

bool chat_invocation_read_time(const char *text, int64_t most_ms, int64_t *ret_ms)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000}};
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > 9)
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        int64_t ms = strtoll(text, NULL, 10) * units[i].ms;
        if (strcmp(text + digits, units[i].name) != 0)
            continue;
        if (ms < 1 || ms > most_ms)
            return false;
        *ret_ms = ms;
        return true;
    }
    return false;
}

static int set_output(struct reading *reading, const char *value)
{
    static const char *const names[] = {"", "table", "tsv", "json"};

    for (size_t i = CHAT_OUTPUT_TABLE; i <= CHAT_OUTPUT_JSON; i++)
        if (strcmp(value, names[i]) == 0) {
            reading->invocation->output = (enum chat_output)i;
            return 0;
        }
    return refuse(reading, EX_DATAERR, "-o takes table, tsv or json, not %.40s", value);
}

static void set_switch(struct chat_invocation *invocation, enum option_name name)
{
    invocation->no_header |= name == OPTION_NO_HEADER;
    invocation->quiet |= name == OPTION_QUIET;
    invocation->help |= name == OPTION_HELP;
    invocation->version |= name == OPTION_VERSION;
}

static int set_value(struct reading *reading, enum option_name name, const char *value)
{
    if (name == OPTION_OUTPUT)
        return set_output(reading, value);
    if (name == OPTION_SOCKET)
        reading->invocation->socket = value;
    else if (!chat_invocation_read_time(value, TIMEOUT_MAX_MS, &reading->invocation->timeout_ms))
        return refuse(reading, EX_DATAERR,
                      "-T takes a time from 1ms to 7d such as 500ms, 5s or 2min, not %.40s", value);
    return 0;
}

/* The value of an option: what follows in the same word, else the next word; NULL for none. */
static const char *value_of(struct reading *reading, const char *rest)
{
    if (rest != NULL)
        return rest;
    return reading->at < reading->count ? reading->words[reading->at++] : NULL;
}

/* -abc, -ovalue, -o value. */
static int read_letters(struct reading *reading, const char *letters)
{
    for (; *letters != '\0'; letters++) {
        size_t i = 0;
        while (i < OPTIONS && options[i].letter != *letters)
            i++;
        if (i == OPTIONS)
            return refuse(reading, EX_USAGE, "there is no option -%c", *letters);
        if (options[i].value[0] == '\0') {
            set_switch(reading->invocation, options[i].name);
            continue;
        }
        const char *value = value_of(reading, letters[1] != '\0' ? letters + 1 : NULL);
        if (value == NULL)
            return refuse(reading, EX_USAGE, "-%c needs %s", *letters, options[i].value);
        return set_value(reading, options[i].name, value);
    }
    return 0;
}

/* --name, --name=value, --name value; one of chatctl's own, else one that some command has. */
static int read_word(struct reading *reading, const char *word)
{
    size_t length = (size_t)(strchrnul(word, '=') - word), i = 0;
    const char *rest = word[length] == '=' ? word + length + 1 : NULL;

    while (i < OPTIONS &&
           (strlen(options[i].word) != length || memcmp(options[i].word, word, length) != 0))
        i++;
    if (i < OPTIONS && options[i].value[0] == '\0') {
        if (rest != NULL)
            return refuse(reading, EX_USAGE, "%s takes no value", options[i].word);
        set_switch(reading->invocation, options[i].name);
        return 0;
    }
    const struct chat_argument_row *row =
        i < OPTIONS ? NULL : chat_catalog_option(word + 2, length - 2);
    if (i == OPTIONS && row == NULL) {
        refuse(reading, EX_USAGE, "there is no option %.*s", (int)length, word);
        chat_slip_of_option(word, length, reading->why, CHAT_INVOCATION_WHY_MAX);
        return EX_USAGE;
    }
    bool is_flag = row != NULL && row->type == CHAT_TYPE_FLAG;
    if (is_flag && rest != NULL)
        return refuse(reading, EX_USAGE, "%.*s takes no value", (int)length, word);
    const char *value = is_flag ? "" : value_of(reading, rest);
    if (value == NULL)
        return refuse(reading, EX_USAGE, "%.*s needs a value", (int)length, word);
    if (i < OPTIONS)
        return set_value(reading, options[i].name, value);
    if (reading->typed_count == WORDS_MAX)
        return refuse(reading, EX_USAGE, "too many options");
    reading->typed[reading->typed_count++] = (struct typed){word + 2, length - 2, value};
    return 0;
}

static int read_words(struct reading *reading)
{
    bool options_end = false;

    while (reading->at < reading->count) {
        const char *word = reading->words[reading->at++];
        int failed = 0;
        if (!options_end && strcmp(word, "--") == 0) {
            options_end = true;
        } else if (!options_end && strncmp(word, "--", 2) == 0) {
            failed = read_word(reading, word);
        } else if (!options_end && word[0] == '-' && word[1] != '\0') {
            failed = read_letters(reading, word + 1);
        } else if (reading->place_count == WORDS_MAX) {
            failed = refuse(reading, EX_USAGE, "too many arguments");
        } else {
            reading->places[reading->place_count++] = word;
        }
        if (failed != 0)
            return failed;
    }
    return 0;
}

static bool is_choice(const char *words, const char *value)
{
    size_t length = strlen(value);

    for (const char *at = words; at != NULL; at = strchr(at, '|')) {
        at += *at == '|';
        if (length > 0 && strcspn(at, "|") == length && memcmp(at, value, length) == 0)
            return true;
    }
    return false;
}

static bool is_number(const char *value)
{
    size_t digits = strspn(value, "0123456789");

    return digits > 0 && digits <= 10 && value[digits] == '\0' && value[0] != '0' &&
           strtoull(value, NULL, 10) <= CHAT_ADMIN_NUMBER_MAX;
}

/* As it is written on the command line. */
static const char *dashes(const struct chat_argument_row *row)
{
    return row->use == CHAT_USE_OPTION ? "--" : "";
}

static int judge_value(struct reading *reading, const struct chat_argument_row *row,
                       const char *value)
{
    const char *name = row->use == CHAT_USE_OPTION ? row->name : row->text;

    if (!chat_text_is_valid(value))
        return refuse(reading, EX_DATAERR, "%s%s is not UTF-8", dashes(row), name);
    if (row->type == CHAT_TYPE_NUMBER && !is_number(value))
        return refuse(reading, EX_DATAERR, "%s%s takes a whole number from 1 to %u, not %.40s",
                      dashes(row), name, CHAT_ADMIN_NUMBER_MAX, value);
    int64_t ms;
    if (row->type == CHAT_TYPE_TIME &&
        !chat_invocation_read_time(value, CHAT_ADMIN_TIME_MAX_MS, &ms))
        return refuse(reading, EX_DATAERR,
                      "%s%s takes a time from 1ms to 3650d such as 30s, 10min or 7d, not %.40s",
                      dashes(row), name, value);
    if (row->type == CHAT_TYPE_CHOICE && !is_choice(row->text, value))
        return refuse(reading, EX_DATAERR, "%s%s takes one of %s, not %.40s", dashes(row), name,
                      row->text, value);
    return 0;
}

static int refuse_command(struct reading *reading, const char *first, const char *second)
{
    const struct chat_catalog_command *longer = chat_catalog_begins(first);

    if (longer != NULL && second == NULL)
        return refuse(reading, EX_USAGE, "%.40s needs a second word, as in %s", first,
                      longer->words);
    if (longer == NULL)
        second = NULL;
    refuse(reading, EX_USAGE, "there is no command %.40s%s%.40s", first, second == NULL ? "" : " ",
           second == NULL ? "" : second);
    chat_slip_of_command(first, second, reading->why, CHAT_INVOCATION_WHY_MAX);
    return EX_USAGE;
}

/* The command at a place; moves behind its words. */
static int find_command(struct reading *reading, size_t *at,
                        const struct chat_catalog_command **ret_command)
{
    const char *first = reading->places[*at];
    const char *second = *at + 1 < reading->place_count ? reading->places[*at + 1] : NULL;

    *ret_command = chat_catalog_find(first, second);
    if (*ret_command == NULL)
        return refuse_command(reading, first, second);
    *at += strchr((*ret_command)->words, ' ') == NULL ? 1 : 2;
    return 0;
}

/* All that is left, with blanks between. */
static int take_repeated(struct reading *reading, size_t row, size_t *at)
{
    struct chat_invocation *invocation = reading->invocation;
    size_t used = 0;

    for (; *at < reading->place_count; ++*at) {
        const char *word = reading->places[*at];
        int length = snprintf(invocation->joined + used, sizeof(invocation->joined) - used, "%s%s",
                              used > 0 ? " " : "", word);
        if (length < 0 || (size_t)length >= sizeof(invocation->joined) - used)
            return refuse(reading, EX_USAGE, "too many arguments");
        used += (size_t)length;
    }
    invocation->values[row] = invocation->joined;
    return 0;
}

static int take_places(struct reading *reading, const struct chat_argument_row *rows, size_t count,
                       size_t at)
{
    struct chat_invocation *invocation = reading->invocation;
    const char *words = invocation->command->words;

    for (size_t i = 0; i < count; i++) {
        int failed = 0;
        if (rows[i].use == CHAT_USE_OPTION)
            continue;
        if (at < reading->place_count && rows[i].type == CHAT_TYPE_COMMAND)
            failed = find_command(reading, &at, &invocation->topic);
        else if (at < reading->place_count && rows[i].use == CHAT_USE_REPEATED)
            failed = take_repeated(reading, i, &at);
        else if (at < reading->place_count)
            invocation->values[i] = reading->places[at++];
        else if (rows[i].use == CHAT_USE_REQUIRED && !invocation->help)
            failed = refuse(reading, EX_USAGE, "%s needs %s", words, rows[i].text);
        if (failed != 0)
            return failed;
    }
    if (at < reading->place_count)
        return refuse(reading, EX_USAGE, "%s takes no argument %.40s", words, reading->places[at]);
    return 0;
}

static int take_typed(struct reading *reading, const struct chat_argument_row *rows, size_t count)
{
    for (size_t t = 0; t < reading->typed_count; t++) {
        const struct typed *typed = &reading->typed[t];
        size_t i = 0;
        while (i < count &&
               (rows[i].use != CHAT_USE_OPTION || strlen(rows[i].name) != typed->length ||
                memcmp(rows[i].name, typed->name, typed->length) != 0))
            i++;
        if (i == count)
            return refuse(reading, EX_USAGE, "%s has no option --%.*s",
                          reading->invocation->command->words, (int)typed->length, typed->name);
        reading->invocation->values[i] = typed->value;
    }
    return 0;
}

static int take_command(struct reading *reading)
{
    struct chat_invocation *invocation = reading->invocation;
    size_t count = 0, at = 0;

    if (reading->place_count == 0)
        return invocation->help || invocation->version
                   ? 0
                   : refuse(reading, EX_USAGE, "which command?");
    int failed = find_command(reading, &at, &invocation->command);
    if (failed != 0)
        return failed;
    const struct chat_argument_row *rows =
        chat_catalog_arguments(invocation->command->name, &count);
    failed = take_places(reading, rows, count, at);
    if (failed == 0)
        failed = take_typed(reading, rows, count);
    for (size_t i = 0; i < count && failed == 0; i++)
        if (invocation->values[i] != NULL)
            failed = judge_value(reading, &rows[i], invocation->values[i]);
    return failed;
}

int chat_invocation_read(int count, char *const *words, struct chat_invocation *ret_invocation,
                         char ret_why[CHAT_INVOCATION_WHY_MAX])
{
    struct reading reading = {
        .invocation = ret_invocation, .words = words, .count = count, .at = 1, .why = ret_why};

    *ret_invocation = (struct chat_invocation){.timeout_ms = 10000};
    int failed = read_words(&reading);
    if (failed == 0)
        return take_command(&reading);
    if (reading.place_count > 0) /* whose help may say what is right */
        ret_invocation->command = chat_catalog_find(
            reading.places[0], reading.place_count > 1 ? reading.places[1] : NULL);
    return failed;
}

const char *chat_invocation_value(const struct chat_invocation *invocation, const char *name)
{
    size_t count = 0, i = 0;
    const struct chat_argument_row *rows =
        chat_catalog_arguments(invocation->command->name, &count);

    while (i < count && strcmp(rows[i].name, name) != 0)
        i++;
    return i < count ? invocation->values[i] : NULL;
}
