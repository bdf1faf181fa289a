/* Pages of one worker: a request fills one and answers, or sends it on, before the next begins. */
#include "core/listing.h"

bool chat_listing_begin(struct chat_call *call, struct chat_page_end *ret_from)
{
    struct chat_slice cursor = call->request->cursor;

    *ret_from = (struct chat_page_end){0};
    if (cursor.length != 0 &&
        !chat_page_resume(chat_coordinator_spec(call->coordinator)->secrets, cursor, ret_from))
        return false;
    chat_page_begin(chat_coordinator_page(call->coordinator), call->listing.rows);
    return true;
}

bool chat_listing_show(struct chat_call *call, const struct chat_page_row *row)
{
    enum { SHAPE_MAX = 512 }; /* all members of a reply but its id and its rows */
    const struct chat_limits *limits = chat_coordinator_limits(call->coordinator);
    struct chat_page *page = chat_coordinator_page(call->coordinator);
    int64_t limit = call->request->limit != 0 ? call->request->limit : limits->page;
    size_t shape = SHAPE_MAX + call->request->id.length, bytes = limits->history_reply_bytes;

    if (!chat_page_takes(page, row, limit, bytes > shape ? bytes - shape : 0))
        return false;
    chat_page_add(page, row);
    return true;
}

struct chat_slice chat_listing_rows(const struct chat_call *call)
{
    return chat_page_rows(chat_coordinator_page(call->coordinator));
}

struct chat_slice chat_listing_next(const struct chat_call *call, struct chat_page_end end,
                                    char out[CHAT_CURSOR_LENGTH])
{
    return chat_page_cursor(chat_coordinator_spec(call->coordinator)->secrets, &end, out);
}

void chat_listing_pass(struct chat_call *call, unsigned home)
{
    struct chat_port *port = chat_coordinator_port(call->coordinator);

    call->listing.rows = chat_listing_rows(call);
    call->listing.begun = true;
    port->pass(port, home, call);
    call->passed = true;
}
