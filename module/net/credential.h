/* Where an upgrade carries its token (PROTOCOL §9, RFC 6750): `Authorization: Bearer`,
 * `?access_token=`, or the subprotocol `bearer.TOKEN`. Reads the request, no more. */
#ifndef CHAT_NET_CREDENTIAL_H
#define CHAT_NET_CREDENTIAL_H

#include "core/slice.h"

#include <h2o.h>

enum chat_credential {
    CHAT_CREDENTIAL_NONE,
    CHAT_CREDENTIAL_ONE,
    CHAT_CREDENTIAL_BAD, /* several, or one without a token: nobody can say which was meant */
};

/* The token is borrowed from the request; only ONE has any. */
enum chat_credential chat_credential_find(const h2o_req_t *req, struct chat_slice *ret_token);

#endif
