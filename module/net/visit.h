/* A handshake as the metrics and the log have it. The thread of the request. */
#ifndef CHAT_NET_VISIT_H
#define CHAT_NET_VISIT_H

#include "net/arrival.h"

/* It is answered with this status; `message` is what the client is told, or empty. */
void chat_visit_tell(struct chatd *chatd, h2o_req_t *req, unsigned status, const char *message);

/* The request's thread has a worker's tally, or NULL. */
struct chat_tally *chat_visit_tally(const struct chatd *chatd, const h2o_req_t *req);

#endif
