/* The values of a request's header. The thread of the request. */
#ifndef CHAT_NET_HEADER_H
#define CHAT_NET_HEADER_H

#include <h2o.h>
#include <stdbool.h>

/* The values of a header that may be repeated, one by one; *index starts at -1. */
bool chat_header_next(const h2o_req_t *req, const char *name, ssize_t *index,
                      h2o_iovec_t *ret_value);

#endif
