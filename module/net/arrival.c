/* Whose address it is that arrives, and the refusals in their order. */
#include "net/arrival.h"

#include "config/endpoint.h"
#include "config/origin.h"
#include "net/ban.h"
#include "net/forwarded.h"
#include "net/header.h"
#include "net/listener.h"
#include "net/tally.h"
#include "net/visit.h"

#include <sys/eventfd.h>
#include <unistd.h>

enum { RETRY_AFTER_S = 5, MS_PER_S = 1000 };

typedef void add_hops(struct chat_hops *hops, struct chat_slice value);

/* What a header says of who is behind the peer. */
struct saying {
    struct chat_hops hops;
    const struct chat_ip *client; /* NULL: nobody that has an address */
};

/* False: the header is not there. */
static bool read_saying(const h2o_req_t *req, const char *name, add_hops *add,
                        const struct chat_proxies *proxies, const struct chat_ip *peer,
                        struct saying *ret_saying)
{
    ssize_t index = -1;
    h2o_iovec_t value;

    ret_saying->hops.count = 0;
    while (chat_header_next(req, name, &index, &value))
        add(&ret_saying->hops, (struct chat_slice){value.base, value.len});
    ret_saying->client = chat_hops_client(&ret_saying->hops, proxies, peer);
    return ret_saying->hops.count > 0;
}

/* Limits would then count all who come through it as one client. */
static void name_untrusted(struct chatd *chatd, const struct chat_ip *peer, const char *header)
{
    static const struct chat_ip none; /* all who come by Unix sockets */
    char text[64] = CHAT_UNIX_PREFIX;
    if (!chat_address_is_news(chatd->addresses, peer != NULL ? peer : &none))
        return;
    if (peer != NULL)
        chat_address_spell(peer, text, sizeof(text));
    chat_log(chatd, CHATD_WARNING, "proxy_not_trusted", {"address", text, 0}, {"header", header, 0},
             {"option", "http.trusted_proxies", 0});
}

static bool is_same(const struct chat_ip *a, const struct chat_ip *b)
{
    return a == b || (a != NULL && b != NULL && memcmp(a, b, sizeof(*a)) == 0);
}

/* Of two headers that differ the client may have written either: then nobody is believed. */
static void find_client(struct chatd *chatd, const h2o_req_t *req, const struct chat_ip *peer,
                        struct chat_arrival *arrival)
{
    static const char x_forwarded_for[] = "x-forwarded-for", forwarded[] = "forwarded";
    struct saying by_x, by_standard;
    const struct chat_proxies *proxies = &chatd->proxies;
    bool has_x =
        read_saying(req, x_forwarded_for, chat_hops_add_x_forwarded_for, proxies, peer, &by_x);
    bool has_standard =
        read_saying(req, forwarded, chat_hops_add_forwarded, proxies, peer, &by_standard);

    if (!has_x && !has_standard)
        return;
    arrival->is_doubtful = true;
    if (!chat_proxies_trust(proxies, peer)) {
        name_untrusted(chatd, peer, has_x ? x_forwarded_for : forwarded);
        return;
    }
    if (has_x && has_standard && !is_same(by_x.client, by_standard.client))
        return;
    arrival->is_doubtful = false;
    const struct chat_ip *client = has_x ? by_x.client : by_standard.client;
    if (is_same(client, peer))
        return;
    arrival->client = *client;
    arrival->has_client = arrival->is_forwarded = true;
}

/* Whom the socket leads to: its listener knows, at another host's it is asked itself. */
static bool find_peer(h2o_socket_t *sock, struct chat_peer *ret_peer)
{
    struct sockaddr_storage name = {0};
    if (chat_listener_peer(sock, ret_peer))
        return true;
    h2o_socket_getpeername(sock, (struct sockaddr *)&name);
    *ret_peer = (struct chat_peer){.has_ip = false};
    ret_peer->has_ip = chat_address_of((struct sockaddr *)&name, &ret_peer->ip);
    return false;
}

void chat_arrival_find(struct chatd *chatd, h2o_req_t *req, struct chat_arrival *ret_arrival)
{
    struct chat_peer peer;

    *ret_arrival = (struct chat_arrival){.spare = -1};
    ret_arrival->is_counted = find_peer(req->conn->callbacks->get_socket(req->conn), &peer);
    ret_arrival->peer = ret_arrival->client = peer.ip;
    ret_arrival->has_peer = ret_arrival->has_client = peer.has_ip;
    ret_arrival->is_forwarded = peer.is_proxied;
    find_client(chatd, req, peer.has_ip ? &peer.ip : NULL, ret_arrival);
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
static bool take_hold(struct chatd *chatd, struct chat_arrival *arrival)
{
    const struct chat_ip *peer = arrival->has_peer ? &arrival->peer : NULL;
    if (arrival->is_counted && !chat_proxies_trust(&chatd->proxies, peer))
        return true;
    return chat_address_take(chatd->addresses, arrival->has_client ? &arrival->client : NULL,
                             &arrival->hold);
}

/* limits.connections, where no listener of ours has counted. */
static bool take_place(struct chatd *chatd, const struct chat_worker *worker,
                       struct chat_arrival *arrival)
{
    if (arrival->is_counted)
        return true;
    unsigned before = atomic_fetch_add_explicit(&chatd->connections, 1, memory_order_relaxed);
    arrival->has_place = before < worker->config->limits_connections;
    if (!arrival->has_place)
        atomic_fetch_sub_explicit(&chatd->connections, 1, memory_order_relaxed);
    return arrival->has_place;
}

/* The socket is to be duplicated when the 101 has gone; then it would be too late to refuse. */
static bool take_spare(struct chat_arrival *arrival)
{
    arrival->spare = eventfd(0, EFD_CLOEXEC);
    return arrival->spare != -1;
}

void chat_arrival_give(struct chatd *chatd, struct chat_arrival *arrival)
{
    chat_address_give(chatd->addresses, arrival->hold);
    if (arrival->has_place)
        atomic_fetch_sub_explicit(&chatd->connections, 1, memory_order_relaxed);
    if (arrival->spare != -1)
        close(arrival->spare);
    arrival->hold = NULL;
    arrival->has_place = false;
    arrival->spare = -1;
}

bool chat_arrival_judge(struct chatd *chatd, struct chat_worker *worker, h2o_req_t *req,
                        struct chat_arrival *ret_arrival, struct chat_verdict *ret_verdict)
{
    h2o_socket_t *sock = req->conn->callbacks->get_socket(req->conn);
    enum chat_refusal refusal = chat_listener_refusal(sock);
    struct chat_arrival *arrival = ret_arrival;

    chat_arrival_find(chatd, req, arrival);
    if (atomic_load(&chatd->stop) != 0 || chat_drain_is_on(chatd))
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
        struct chat_tally *tally = chat_visit_tally(chatd, req);
        if (tally != NULL)
            chat_tally_add(&tally->limited[CHAT_LIMITED_handshakes], 1);
        return refuse(ret_verdict, 429, "Too Many Requests",
                      "too many handshakes from this address",
                      (unsigned)((wait_ms + MS_PER_S - 1) / MS_PER_S));
    }
    if (refusal == CHAT_REFUSAL_FULL)
        return refuse(ret_verdict, 503, "Service Unavailable", "the server is full", RETRY_AFTER_S);
    if (!may_come_from(&worker->config->websocket_allowed_origins, req))
        return refuse(ret_verdict, 403, "Forbidden", "pages of this origin may not connect", 0);
    if (worker->sanctions.table.count != 0 && arrival->has_client &&
        chat_ban_refuses(worker, &arrival->client, (struct chat_slice){0}))
        return refuse(ret_verdict, 403, "Forbidden", "this address is banned", 0);
    if (!take_hold(chatd, arrival))
        return refuse(ret_verdict, 429, "Too Many Requests",
                      "too many connections from this address", RETRY_AFTER_S);
    if (!take_place(chatd, worker, arrival) || !take_spare(arrival)) {
        chat_arrival_give(chatd, arrival);
        return refuse(ret_verdict, 503, "Service Unavailable", "the server is full", RETRY_AFTER_S);
    }
    return true;
}
