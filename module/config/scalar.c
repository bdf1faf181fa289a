/* Words, numbers, and numbers with a unit, by the type and bounds of their row. Pure; any thread.
 */
#include "config/scalar.h"

#include "config/config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
    const char *word;
    uint64_t number;
};

static const struct word booleans[] = {{"on", 1},  {"off", 0}, {"true", 1}, {"false", 0},
                                       {"yes", 1}, {"no", 0},  {NULL, 0}};
static const struct word workers[] = {{"auto", 0}, {NULL, 0}};
static const struct word sizes[] = {
    {"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {NULL, 0}};
static const struct word times[] = {{"ms", 1},      {"s", 1000},     {"min", 60000},
                                    {"h", 3600000}, {"d", 86400000}, {NULL, 0}};

#define WORD_LOG_LEVEL(value, word)
#define WORD_LOG_FORMAT(value, word)
#define WORD_AUTH_MODE(value, word)
#define WORD_ALGORITHM(value, word)
#define WORD_CHOSEN(type, value, word) WORD_##type(value, word)
static const struct word levels[] = {
#undef WORD_LOG_LEVEL
#define WORD_LOG_LEVEL(value, word) {word, CHAT_LOG_##value},
#define WORD(type, value, word)     WORD_CHOSEN(type, value, word)
#include "config/option.def"
#undef WORD_LOG_LEVEL
#define WORD_LOG_LEVEL(value, word)
    {NULL, 0}};
static const struct word formats[] = {
#undef WORD_LOG_FORMAT
#define WORD_LOG_FORMAT(value, word) {word, CHAT_LOG_##value},
#define WORD(type, value, word)      WORD_CHOSEN(type, value, word)
#include "config/option.def"
#undef WORD_LOG_FORMAT
#define WORD_LOG_FORMAT(value, word)
    {NULL, 0}};
static const struct word modes[] = {
#undef WORD_AUTH_MODE
#define WORD_AUTH_MODE(value, word) {word, CHAT_AUTH_##value},
#define WORD(type, value, word)     WORD_CHOSEN(type, value, word)
#include "config/option.def"
#undef WORD_AUTH_MODE
#define WORD_AUTH_MODE(value, word)
    {NULL, 0}};
static const struct word algorithms[] = {
#undef WORD_ALGORITHM
#define WORD_ALGORITHM(value, word) {word, CHAT_##value},
#define WORD(type, value, word)     WORD_CHOSEN(type, value, word)
#include "config/option.def"
#undef WORD_ALGORITHM
#define WORD_ALGORITHM(value, word)
    {NULL, 0}};

static const struct word *find_word(const struct word *words, const char *text, size_t length)
{
    for (; words->word != NULL; words++)
        if (strlen(words->word) == length && memcmp(words->word, text, length) == 0)
            return words;
    return NULL;
}

/* The words of a type and what else it is made of. A unit's number is its factor; a type with units
 * takes no bare number but 0, so that nobody's seconds are read as milliseconds. */
static const struct kind {
    const struct word *words; /* taken instead of a number */
    const struct word *units;
    unsigned base; /* of digits; 0: no digits are taken */
} kinds[] = {
    [CHAT_TYPE_BOOL] = {booleans, NULL, 0},
    [CHAT_TYPE_COUNT] = {NULL, NULL, 10},
    [CHAT_TYPE_PORT] = {NULL, NULL, 10},
    [CHAT_TYPE_WORKERS] = {workers, NULL, 10},
    [CHAT_TYPE_MODE] = {NULL, NULL, 8},
    [CHAT_TYPE_SIZE] = {NULL, sizes, 10},
    [CHAT_TYPE_DURATION] = {NULL, times, 10},
    [CHAT_TYPE_LOG_LEVEL] = {levels, NULL, 0},
    [CHAT_TYPE_LOG_FORMAT] = {formats, NULL, 0},
    [CHAT_TYPE_AUTH_MODE] = {modes, NULL, 0},
    [CHAT_TYPE_ALGORITHM] = {algorithms, NULL, 0},
};

static const char *read_digits(unsigned base, const char *text, size_t length, uint64_t *ret)
{
    uint64_t number = 0;
    bool fits = true;
    for (size_t i = 0; i < length; i++) {
        unsigned digit = (unsigned)(text[i] - '0');
        if (digit >= base)
            return base == 8 ? "is not made of octal digits" : "is not a whole number";
        fits = fits && !__builtin_mul_overflow(number, base, &number) &&
               !__builtin_add_overflow(number, digit, &number);
    }
    if (length == 0)
        return "is not a whole number";
    if (base == 10 && length > 1 && text[0] == '0')
        return "has a leading 0";
    *ret = number;
    return fits ? NULL : "is too large";
}

static const char *read_number(const struct kind *kind, const char *text, size_t length,
                               uint64_t *ret)
{
    size_t digits = 0;
    if (kind->units == NULL)
        return read_digits(kind->base, text, length, ret);
    while (digits < length && text[digits] >= '0' && text[digits] <= '9')
        digits++;
    if (digits < length && (text[digits] == '.' || text[digits] == ','))
        return "is not a whole number";
    const char *wrong = read_digits(kind->base, text, digits, ret);
    if (wrong != NULL)
        return wrong;
    if (digits == length)
        return *ret == 0 ? NULL : "has no unit";
    const struct word *unit = find_word(kind->units, text + digits, length - digits);
    if (unit == NULL)
        return "has an unknown unit";
    return __builtin_mul_overflow(*ret, unit->number, ret) ? "is too large" : NULL;
}

/* A bound of a row: our own text, so it is right. */
static uint64_t bound(const struct kind *kind, const char *text)
{
    uint64_t number = 0;
    if (read_number(kind, text, strlen(text), &number) != NULL)
        abort();
    return number;
}

const char *chat_scalar_read(const struct chat_option *row, const char *text, size_t length,
                             uint64_t *ret)
{
    const struct kind *kind = &kinds[row->type];
    const struct word *word = NULL;
    if (kind->words != NULL)
        word = find_word(kind->words, text, length);
    if (word != NULL) {
        *ret = word->number;
        return NULL;
    }
    if (kind->base == 0)
        return "is not one of its words";
    const char *wrong = read_number(kind, text, length, ret);
    if (wrong != NULL)
        return wrong;
    if (*ret == 0 && row->zero != NULL)
        return NULL;
    if (*ret < bound(kind, row->min))
        return "is too small";
    return *ret > bound(kind, row->max) ? "is too large" : NULL;
}

/* The largest unit of which it is a whole number. */
static const struct word *unit_of(const struct kind *kind, uint64_t number)
{
    const struct word *unit = kind->units;
    while (unit[1].word != NULL && number % unit[1].number == 0)
        unit++;
    return unit;
}

void chat_scalar_spell(const struct chat_option *row, uint64_t number,
                       char ret[static CHAT_SCALAR_TEXT_MAX])
{
    const struct kind *kind = &kinds[row->type];
    for (const struct word *word = kind->words; word != NULL && word->word != NULL; word++)
        if (word->number == number) {
            snprintf(ret, CHAT_SCALAR_TEXT_MAX, "%s", word->word);
            return;
        }
    if (kind->base == 8) {
        snprintf(ret, CHAT_SCALAR_TEXT_MAX, "%04llo", (unsigned long long)number);
    } else if (kind->units == NULL || number == 0) {
        snprintf(ret, CHAT_SCALAR_TEXT_MAX, "%llu", (unsigned long long)number);
    } else {
        const struct word *unit = unit_of(kind, number);
        snprintf(ret, CHAT_SCALAR_TEXT_MAX, "%llu%s", (unsigned long long)(number / unit->number),
                 unit->word);
    }
}

static size_t describe_words(const struct word *words, const char *before, char *ret, size_t size)
{
    size_t used = 0;
    for (; words->word != NULL && used < size; words++) {
        used += (size_t)snprintf(ret + used, size - used, "%s%s", before, words->word);
        before = ", ";
    }
    return used < size ? used : size;
}

void chat_scalar_describe(const struct chat_option *row, char *ret, size_t size)
{
    size_t used = 0;
    const struct kind *kind = &kinds[row->type];
    if (kind->words != NULL)
        used += describe_words(kind->words, "", ret, size);
    if (kind->base != 0 && used < size)
        used += (size_t)snprintf(ret + used, size - used, "%s%s to %s", used > 0 ? " or " : "",
                                 row->min, row->max);
    if (kind->units != NULL && used < size) {
        used += describe_words(kind->units, " (", ret + used, size - used);
        used += (size_t)snprintf(ret + used, size - used, ")");
    }
    if (row->zero != NULL && used < size)
        snprintf(ret + used, size - used, ", or 0 = %s", row->zero);
}
