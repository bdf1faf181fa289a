/* A listing request on its way: the page that it fills, and the cursor with which it began and will
 * go on. For request/list_*.c; home worker. */
#ifndef CHAT_CORE_LISTING_H
#define CHAT_CORE_LISTING_H

#include "core/coordinator.h"

/* Begins the page, or goes on with what has travelled here. False: the request's cursor was not
 * made here. *ret_from is all zero without one. */
bool chat_listing_begin(struct chat_call *call, struct chat_page_end *ret_from)
    __attribute__((warn_unused_result));
/* One more row. False: the page is full. */
bool chat_listing_show(struct chat_call *call, const struct chat_page_row *row)
    __attribute__((warn_unused_result));
/* Lent until the next page begins. */
struct chat_slice chat_listing_rows(const struct chat_call *call);
struct chat_slice chat_listing_next(const struct chat_call *call, struct chat_page_end end,
                                    char out[CHAT_CURSOR_LENGTH]);
/* The request goes on at that home, and is not complete here. */
void chat_listing_pass(struct chat_call *call, unsigned home);

#endif
