/* The names nearest to one that is not there, for whoever mistyped it. Any thread. */
#ifndef CHAT_ADMIN_NEAREST_H
#define CHAT_ADMIN_NEAREST_H

#include "core/limits.h"
#include "core/slice.h"

enum { CHAT_NEAREST_MAX = 3, CHAT_NEAREST_TEXT_MAX = 256 };

struct chat_nearest {
    struct chat_slice wanted; /* borrowed */
    size_t count;
    struct chat_nearest_name {
        size_t distance;
        char text[CHAT_ID_MAX + 1];
    } names[CHAT_NEAREST_MAX];
};

/* Looks at one more name; the same may come again. */
void chat_nearest_see(struct chat_nearest *nearest, struct chat_slice name);

/* Behind the sentence: "; near it: a, b". Nothing where none is near. */
void chat_nearest_say(const struct chat_nearest *nearest, char *sentence, size_t size);

#endif
