/* The H2O handlers: the upgrade on websocket.path with all its refusals, and /health (PROTOCOL §9).
 */
#ifndef CHAT_NET_HANDLER_H
#define CHAT_NET_HANDLER_H

#include "net/shared.h"

/* Before the first context. */
void chat_handler_register(struct chatd *chatd, h2o_hostconf_t *host);

/* An answer of chatd's own: {"error": {code, message}}, the code being the reason phrase; the
 * connection ends with it. Headers are added to req->res before. */
int chat_handler_refuse(h2o_req_t *req, int status, const char *reason, const char *message);

/* True: the method may be answered with a body or, as HEAD, without; else 405 was sent. */
bool chat_handler_takes_method(h2o_req_t *req);

#endif
