/* GET /metrics (PROTOCOL §9): who may ask, and the answer, written by a thread of libuv's pool so
 * that a worker with many descriptors or many fellows does not stop for it. Worker thread. */
#ifndef CHAT_NET_SCRAPE_H
#define CHAT_NET_SCRAPE_H

#include "net/shared.h"

/* Answers the request, now or later. */
int chat_scrape_answer(struct chatd *chatd, h2o_req_t *req);

#endif
