/* An intrusive list in order of arrival, and cursors that stay right while items come and go: a
 * long listing is made in slices, and whatever lives throughout it appears exactly once. One
 * thread. */
#ifndef CHAT_CORE_LIST_H
#define CHAT_CORE_LIST_H

struct chat_link {
    struct chat_link *prev, *next;
};

/* Where a listing stands; it belongs to the lister, the list refers to it until it is closed. */
struct chat_cursor {
    struct chat_link *next;
    struct chat_cursor *sibling;
};

/* All zero is an empty list. */
struct chat_list {
    struct chat_link *first, *last;
    struct chat_cursor *cursors;
};

void chat_list_append(struct chat_list *list, struct chat_link *link);
void chat_list_remove(struct chat_list *list, struct chat_link *link);

void chat_cursor_open(struct chat_cursor *cursor, struct chat_list *list);

/* Returns the next item, or NULL at the end. What is appended while the cursor is not at the end is
 * seen too. */
struct chat_link *chat_cursor_next(struct chat_cursor *cursor);

/* Only while the list lives. */
void chat_cursor_close(struct chat_cursor *cursor, struct chat_list *list);

#endif
