/* Holds what was typed against the names in the tables. */
#define _GNU_SOURCE /* strchrnul */
#include "slip.h"

#include "admin/nearest.h"
#include "catalog.h"

#include <stdio.h>
#include <string.h>

void chat_slip_of_command(const char *first, const char *second, char *sentence, size_t size)
{
    const char *typed = second == NULL ? first : second;
    struct chat_nearest nearest = {.wanted = {typed, strlen(typed)}};

    for (size_t i = 0; i < chat_catalog_command_count; i++) {
        const char *words = chat_catalog_commands[i].words, *space = strchrnul(words, ' ');
        size_t length = (size_t)(space - words);
        if (second == NULL)
            chat_nearest_see(&nearest, (struct chat_slice){words, length});
        else if (*space == ' ' && strlen(first) == length && memcmp(first, words, length) == 0)
            chat_nearest_see(&nearest, (struct chat_slice){space + 1, strlen(space + 1)});
    }
    chat_nearest_say(&nearest, sentence, size);
}

void chat_slip_of_option(const char *word, size_t length, char *sentence, size_t size)
{
    static const char *const own[] = {
#define OPTION(name, letter, word, value, doc) word,
#include "option.def"
    };
    struct chat_nearest nearest = {.wanted = {word, length}};
    char name[CHAT_ID_MAX];

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        chat_nearest_see(&nearest, (struct chat_slice){own[i], strlen(own[i])});
    for (size_t i = 0; i < chat_catalog_command_count; i++) {
        size_t count = 0;
        const struct chat_argument_row *rows =
            chat_catalog_arguments(chat_catalog_commands[i].name, &count);
        for (size_t j = 0; j < count; j++) {
            int used = snprintf(name, sizeof(name), "--%s", rows[j].name);
            if (rows[j].use == CHAT_USE_OPTION)
                chat_nearest_see(&nearest, (struct chat_slice){name, (size_t)used});
        }
    }
    chat_nearest_say(&nearest, sentence, size);
}
