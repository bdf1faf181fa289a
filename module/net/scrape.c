/* One scrape: the request and the text each may be the first to go. */
#include "net/scrape.h"

#include "net/arrival.h"
#include "net/handler.h"
#include "net/metric.h"

#include <stdlib.h>

struct scrape {
    uv_work_t work;
    const struct chatd *chatd;
    h2o_req_t *req;       /* NULL: the peer is gone */
    struct scrape **link; /* of the request to this; NULL in it: this is gone */
    char *text;
    size_t length;
};

/* It lives as long as the request. */
static void on_request_gone(void *link)
{
    struct scrape *scrape = *(struct scrape **)link;
    if (scrape != NULL)
        scrape->req = NULL;
}

static void write_text(uv_work_t *work)
{
    struct scrape *scrape = work->data;
    scrape->text = chat_metric_text(scrape->chatd, &scrape->length);
}

static void send_text(struct scrape *scrape)
{
    h2o_req_t *req = scrape->req;

    req->res.status = 200;
    req->res.reason = "OK";
    req->res.content_length = scrape->length;
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL,
                   H2O_STRLIT("text/plain; version=0.0.4; charset=utf-8"));
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CACHE_CONTROL, NULL,
                   H2O_STRLIT("no-store"));
    h2o_send_inline(req, scrape->text, scrape->length);
}

static void on_written(uv_work_t *work, int status)
{
    struct scrape *scrape = work->data;

    (void)status; /* nobody cancels it */
    if (scrape->req != NULL) {
        *scrape->link = NULL;
        send_text(scrape);
    }
    free(scrape->text);
    free(scrape);
}

/* A proxy that nobody trusts may stand for anyone, and so may one whose words contradict. */
static bool may_scrape(struct chatd *chatd, h2o_req_t *req)
{
    struct chat_arrival arrival;

    chat_arrival_find(chatd, req, &arrival);
    return !arrival.is_doubtful &&
           chat_proxies_trust(&chatd->metrics_allow, arrival.has_client ? &arrival.client : NULL);
}

int chat_scrape_answer(struct chatd *chatd, h2o_req_t *req)
{
    if (!may_scrape(chatd, req))
        return chat_handler_refuse(req, 403, "Forbidden",
                                   "http.metrics_allow does not name this address");
    struct scrape *scrape = calloc(1, sizeof(*scrape));
    if (scrape == NULL)
        abort();
    scrape->link = h2o_mem_alloc_shared(&req->pool, sizeof(*scrape->link), on_request_gone);
    *scrape->link = scrape;
    scrape->work.data = scrape;
    scrape->chatd = chatd;
    scrape->req = req;
    uv_queue_work(req->conn->ctx->loop, &scrape->work, write_text, on_written);
    return 0;
}
