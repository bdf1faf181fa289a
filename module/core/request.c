/* The rows of request.def by their number. */
#include "core/request.h"

static const struct chat_request_row rows[CHAT_REQUESTS] = {
#define REQUEST(name, route, identity, charge, doc)                                                \
    [CHAT_REQUEST_##                                                                               \
        name] = {#name, CHAT_ROUTE_##route, CHAT_IDENTITY_##identity, CHAT_CHARGE_##charge, doc},
#include "core/request.def"
};

const struct chat_request_row *chat_request_row(enum chat_request_type type)
{
    return &rows[type];
}
