/* A decoded request: made by proto from a client's message, judged and applied by the room's home.
 */
#ifndef CHAT_CORE_REQUEST_H
#define CHAT_CORE_REQUEST_H

#include "core/error.h"
#include "core/slice.h"

enum chat_request_type {
#define REQUEST(name, route, identity, charge, doc) CHAT_REQUEST_##name,
#include "core/request.def"
    CHAT_REQUESTS
};

enum chat_route { CHAT_ROUTE_ROOM, CHAT_ROUTE_HERE, CHAT_ROUTE_ALL };
enum chat_identity { CHAT_IDENTITY_BINDS, CHAT_IDENTITY_ANY };
enum chat_charge { CHAT_CHARGE_NOTHING, CHAT_CHARGE_MESSAGES, CHAT_CHARGE_JOINS };

/* An integer of which 0 means something. */
struct chat_share {
    bool given;
    int64_t value;
};

#define CHAT_CTYPE_ID     struct chat_slice
#define CHAT_CTYPE_NAME   struct chat_slice
#define CHAT_CTYPE_TEXT   struct chat_slice
#define CHAT_CTYPE_KEY    struct chat_slice
#define CHAT_CTYPE_WORDS  struct chat_slice
#define CHAT_CTYPE_TOKEN  struct chat_slice
#define CHAT_CTYPE_COUNT  int64_t
#define CHAT_CTYPE_SHARE  struct chat_share
#define CHAT_CTYPE_SEQ    int64_t
#define CHAT_CTYPE_AFTER  int64_t
#define CHAT_CTYPE_OBJECT bool

/* All slices are borrowed from the message. A member left out has no bytes, is 0 or not given. */
struct chat_request {
    enum chat_request_type type;
    struct chat_slice id; /* its JSON text, echoed as it is; none: length 0 */
#define MEMBER(name, kind) CHAT_CTYPE_##kind name;
#include "core/request.def"
};

struct chat_request_row {
    const char *name;
    enum chat_route route;
    enum chat_identity identity;
    enum chat_charge charge;
    const char *doc;
};

/* Returns a static row. Any thread. */
const struct chat_request_row *chat_request_row(enum chat_request_type type);

struct chat_call;

/* The rules of each request, one file each (core/request/<name>.c). Home worker. An error changes
 * nothing; its reply is the caller's business. */
#define REQUEST(name, route, identity, charge, doc)                                                \
    enum chat_error chat_request_##name(struct chat_call *call) __attribute__((warn_unused_result));
#include "core/request.def"

#endif
