/* The walk along a request's headers. */
#include "net/header.h"

#include <string.h>

bool chat_header_next(const h2o_req_t *req, const char *name, ssize_t *index,
                      h2o_iovec_t *ret_value)
{
    *index = h2o_find_header_by_str(&req->headers, name, strlen(name), *index);
    if (*index == -1)
        return false;
    *ret_value = req->headers.entries[*index].value;
    return true;
}
