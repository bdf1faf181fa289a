/* The list and its cursors. A removed item moves the cursors that stood before it. */
#include "core/list.h"

#include <stddef.h>

void chat_list_append(struct chat_list *list, struct chat_link *link)
{
    link->prev = list->last;
    link->next = NULL;
    if (list->last != NULL)
        list->last->next = link;
    else
        list->first = link;
    list->last = link;
}

void chat_list_remove(struct chat_list *list, struct chat_link *link)
{
    for (struct chat_cursor *c = list->cursors; c != NULL; c = c->sibling)
        if (c->next == link)
            c->next = link->next;
    if (link->prev != NULL)
        link->prev->next = link->next;
    else
        list->first = link->next;
    if (link->next != NULL)
        link->next->prev = link->prev;
    else
        list->last = link->prev;
}

void chat_cursor_open(struct chat_cursor *cursor, struct chat_list *list)
{
    cursor->next = list->first;
    cursor->sibling = list->cursors;
    list->cursors = cursor;
}

struct chat_link *chat_cursor_next(struct chat_cursor *cursor)
{
    struct chat_link *link = cursor->next;
    if (link != NULL)
        cursor->next = link->next;
    return link;
}

void chat_cursor_close(struct chat_cursor *cursor, struct chat_list *list)
{
    struct chat_cursor **at = &list->cursors;
    while (*at != cursor)
        at = &(*at)->sibling;
    *at = cursor->sibling;
}
