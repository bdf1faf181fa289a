/* A page of a listing: its rows, packed, so that they can travel from home to home, and the cursor
 * with which the next one begins. One thread. */
#ifndef CHAT_CORE_PAGE_H
#define CHAT_CORE_PAGE_H

#include "core/hash.h"

struct chat_page_row {
    struct chat_slice id, name;
    uint32_t members;
};

/* All zero is an empty page. */
struct chat_page {
    char *bytes;
    size_t length, capacity;
    size_t spelled; /* what its rows take in a reply, at most */
    uint32_t rows;
};

enum {
    CHAT_PAGE_ROW_MIN = 8 + 2, /* packed */
    /* What is spelled of a row beside its strings. */
    CHAT_PAGE_SHAPE_MAX =
        sizeof("{\"room_id\":\"\",\"room_name\":\"\",\"members\":4294967295},") - 1,
};

/* Empties the page, then fills it with rows that are packed already. */
void chat_page_begin(struct chat_page *page, struct chat_slice rows);
/* One more fits: the page has less than `limit`, and would not be spelled in more than `bytes`; but
 * one row always fits. */
bool chat_page_takes(const struct chat_page *page, const struct chat_page_row *row, int64_t limit,
                     size_t bytes);
void chat_page_add(struct chat_page *page, const struct chat_page_row *row);
void chat_page_finish(struct chat_page *page);

/* Lent until the next change. */
static inline struct chat_slice chat_page_rows(const struct chat_page *page)
{
    return (struct chat_slice){page->bytes, page->length};
}
/* Takes the first of packed rows, borrowed from them. False: there is none. */
bool chat_page_next(struct chat_slice *rows, struct chat_page_row *ret_row);

/* Where a page ended. */
struct chat_page_end {
    uint64_t of; /* the key of the room whose users are listed; 0: the rooms are */
    uint64_t at; /* the last user's serial, the last room's key */
};

enum { CHAT_CURSOR_LENGTH = 64 };

/* Opaque, and sealed: nobody else can make one. */
struct chat_slice chat_page_cursor(const struct chat_secrets *secrets,
                                   const struct chat_page_end *end, char out[CHAT_CURSOR_LENGTH]);
/* False: it was not made here. */
bool chat_page_resume(const struct chat_secrets *secrets, struct chat_slice cursor,
                      struct chat_page_end *ret_end);

#endif
