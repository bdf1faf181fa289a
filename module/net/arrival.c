/* Whose address it is that arrives, and the refusals in their order. */
#include "net/arrival.h"

#include "config/origin.h"
#include "net/ban.h"
#include "net/forwarded.h"
#include "net/header.h"
#include "net/listener.h"
#include "net/worker.h"

enum { RETRY_AFTER_S = 5, MS_PER_S = 1000 };

typedef void add_hops(struct chat_hops *hops, struct chat_slice value);

/* Who the header says is behind the peer; false: it is not there. */
static bool client_of(const h2o_req_t *req, const char *name, add_hops *add,
                      const struct chat_proxies *proxies, const struct chat_ip *peer,
                      struct chat_ip *ret_client)
{
    struct chat_hops hops = {.count = 0};
    ssize_t index = -1;
    h2o_iovec_t value;

    while (chat_header_next(req, name, &index, &value))
        add(&hops, (struct chat_slice){value.base, value.len});
    *ret_client = chat_hops_client(&hops, proxies, peer);
    return hops.count > 0;
}

/* Limits would then count all who come through it as one client. */
static void name_untrusted(struct chatd *chatd, const struct chat_ip *peer, const char *header)
{
    char text[64];
    if (!chat_address_is_news(chatd->addresses, peer))
        return;
    chat_address_spell(peer, text, sizeof(text));
    chat_log(chatd, CHATD_WARNING, "proxy_not_trusted", {"address", text, 0}, {"header", header, 0},
             {"option", "http.trusted_proxies", 0});
}

/* Of two headers that differ the client may have written either: then nobody is believed. */
static void find_client(struct chatd *chatd, const h2o_req_t *req, struct chat_arrival *arrival)
{
    static const char x_forwarded_for[] = "x-forwarded-for", forwarded[] = "forwarded";
    struct chat_ip peer = arrival->peer, by_x, by_standard;
    const struct chat_proxies *proxies = &chatd->proxies;
    bool has_x =
        client_of(req, x_forwarded_for, chat_hops_add_x_forwarded_for, proxies, &peer, &by_x);
    bool has_standard =
        client_of(req, forwarded, chat_hops_add_forwarded, proxies, &peer, &by_standard);

    if (!has_x && !has_standard)
        return;
    arrival->is_doubtful = true;
    if (!chat_proxies_trust(proxies, &peer)) {
        name_untrusted(chatd, &peer, has_x ? x_forwarded_for : forwarded);
        return;
    }
    if (has_x && has_standard && memcmp(&by_x, &by_standard, sizeof(by_x)) != 0)
        return;
    arrival->is_doubtful = false;
    arrival->client = has_x ? by_x : by_standard;
    arrival->is_forwarded = memcmp(&arrival->client, &peer, sizeof(peer)) != 0;
}

void chat_arrival_find(struct chatd *chatd, h2o_req_t *req, struct chat_arrival *ret_arrival)
{
    h2o_socket_t *sock = req->conn->callbacks->get_socket(req->conn);
    struct sockaddr_storage name = {0};

    *ret_arrival = (struct chat_arrival){.hold = NULL};
    h2o_socket_getpeername(sock, (struct sockaddr *)&name);
    ret_arrival->has_client = chat_address_of((struct sockaddr *)&name, &ret_arrival->peer);
    ret_arrival->client = ret_arrival->peer;
    if (ret_arrival->has_client)
        find_client(chatd, req, ret_arrival);
}

static bool refuse(struct chat_verdict *verdict, int status, const char *reason,
                   const char *message, unsigned retry_after_s)
{
    *verdict = (struct chat_verdict){status, reason, message, retry_after_s};
    return false;
}

/* PROTOCOL §9. No browser leaves it out, and what else does gains nothing by lying. */
static bool may_come_from(const struct chat_config_texts *allowed, const h2o_req_t *req)
{
    ssize_t index = -1;
    h2o_iovec_t origin, another;

    if (allowed->count == 0 || !chat_header_next(req, "origin", &index, &origin))
        return true;
    if (chat_header_next(req, "origin", &index, &another))
        return false;
    for (size_t i = 0; i < allowed->count; i++)
        if (chat_origin_matches(allowed->items[i], origin.base, origin.len))
            return true;
    return false;
}

/* The listener counted for its peer, unless that is a trusted proxy; nobody did at another host's.
 */
static bool take_hold(struct chatd *chatd, const h2o_socket_t *sock, struct chat_arrival *arrival)
{
    if (chat_listener_knows(sock) &&
        !(arrival->has_client && chat_proxies_trust(&chatd->proxies, &arrival->peer)))
        return true;
    return chat_address_take(chatd->addresses, arrival->has_client ? &arrival->client : NULL,
                             &arrival->hold);
}

static enum chat_status_label label_of(unsigned status)
{
    switch (status) {
#define LABEL(set, key) LABEL_##set(key)
#define LABEL_STATUS(key)                                                                          \
    case key:                                                                                      \
        return CHAT_STATUS_##key;
#define LABEL_REFUSAL(key)
#define LABEL_LIMIT(key)
#include "net/metric.def"
    default:
        return CHAT_STATUSES;
    }
}

/* NULL: the thread of the request has none yet. */
static struct chat_tally *tally_of(const struct chatd *chatd, const h2o_req_t *req)
{
    const struct chat_worker *worker =
        h2o_context_get_handler_context(req->conn->ctx, chatd->handler);
    return worker == NULL ? NULL : worker->tally;
}

void chat_arrival_count(struct chatd *chatd, const h2o_req_t *req, unsigned status)
{
    struct chat_tally *tally = tally_of(chatd, req);
    if (tally != NULL)
        chat_tally_add(&tally->upgrades[label_of(status)], 1);
}

bool chat_arrival_judge(struct chatd *chatd, struct chat_worker *worker, h2o_req_t *req,
                        struct chat_arrival *ret_arrival, struct chat_verdict *ret_verdict)
{
    h2o_socket_t *sock = req->conn->callbacks->get_socket(req->conn);
    enum chat_refusal refusal = chat_listener_refusal(sock);
    struct chat_arrival *arrival = ret_arrival;

    chat_arrival_find(chatd, req, arrival);
    if (atomic_load(&chatd->stop) != 0)
        return refuse(ret_verdict, 503, "Service Unavailable", "the server is draining",
                      RETRY_AFTER_S);
    if (atomic_load(&chatd->attached) < chatd->n_workers)
        return refuse(ret_verdict, 503, "Service Unavailable", "the server is starting",
                      RETRY_AFTER_S);
    if (refusal == CHAT_REFUSAL_ADDRESS)
        return refuse(ret_verdict, 429, "Too Many Requests",
                      "too many connections from this address", RETRY_AFTER_S);
    uint64_t wait_ms =
        chat_address_handshake(chatd->addresses, arrival->has_client ? &arrival->client : NULL,
                               uv_now(req->conn->ctx->loop));
    if (wait_ms != 0) {
        struct chat_tally *tally = tally_of(chatd, req);
        if (tally != NULL)
            chat_tally_add(&tally->limited[CHAT_LIMITED_handshakes], 1);
        return refuse(ret_verdict, 429, "Too Many Requests",
                      "too many handshakes from this address",
                      (unsigned)((wait_ms + MS_PER_S - 1) / MS_PER_S));
    }
    if (refusal == CHAT_REFUSAL_FULL)
        return refuse(ret_verdict, 503, "Service Unavailable", "the server is full", RETRY_AFTER_S);
    if (!may_come_from(&chatd->config->websocket_allowed_origins, req))
        return refuse(ret_verdict, 403, "Forbidden", "pages of this origin may not connect", 0);
    if (worker->sanctions.table.count != 0 && arrival->has_client &&
        chat_ban_refuses(worker, &arrival->client, (struct chat_slice){0}))
        return refuse(ret_verdict, 403, "Forbidden", "this address is banned", 0);
    if (!take_hold(chatd, sock, arrival))
        return refuse(ret_verdict, 429, "Too Many Requests",
                      "too many connections from this address", RETRY_AFTER_S);
    return true;
}
