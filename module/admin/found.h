/* The workers' rows, kept until all have answered. Admin loop. */
#ifndef CHAT_ADMIN_FOUND_H
#define CHAT_ADMIN_FOUND_H

#include "net/control.h"

/* All zero is empty. */
struct chat_found {
    struct chat_row *rows;
    size_t count, capacity;
    struct chat_found_chunk *chunks; /* the rows' strings */
};

/* Copies the row and its strings. */
void chat_found_add(struct chat_found *found, const struct chat_row *row);

void chat_found_finish(struct chat_found *found);

#endif
