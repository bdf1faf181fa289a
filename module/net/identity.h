/* Tokens on connections: shown at the upgrade or by `auth`, and their ends. The connection's
 * worker. */
#ifndef CHAT_NET_IDENTITY_H
#define CHAT_NET_IDENTITY_H

#include "net/conn.h"

/* A connection begins, with the claims of its token, which it takes, or NULL. */
void chat_identity_open(struct chat_conn *conn, struct chat_claims *claims);

/* The port's verify (core/port.h). */
enum chat_error chat_identity_verify(struct chat_conn *conn, struct chat_slice token,
                                     struct chat_time now, struct chat_event *event)
    __attribute__((warn_unused_result));

/* The time that runs for a token is over. */
void chat_identity_overdue(struct chat_conn *conn);

#endif
