/* Judges an upgrade in the order of PROTOCOL §9 and hands the socket to its worker. */
#include "net/handler.h"

#include "net/arrival.h"
#include "net/ban.h"
#include "net/credential.h"
#include "net/departure.h"
#include "net/header.h"
#include "net/listener.h"
#include "net/news.h"
#include "net/scrape.h"
#include "net/visit.h"
#include "net/worker.h"
#include "wire/extension.h"

#include <ctype.h>
#include <h2o/http1.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { KEY_LENGTH = 24, ACCEPT_LENGTH = 28, BODY_MAX = 256 };

struct handler {
    h2o_handler_t super; /* first */
    struct chatd *chatd;
    size_t path_length; /* only this path, nothing below it */
};

static int send_json(h2o_req_t *req, int status, const char *reason, const char *body)
{
    h2o_iovec_t copy = h2o_strdup(&req->pool, body, SIZE_MAX);

    req->res.status = status;
    req->res.reason = reason;
    req->res.content_length = copy.len;
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL,
                   H2O_STRLIT("application/json"));
    h2o_send_inline(req, copy.base, copy.len);
    return 0;
}

int chat_handler_refuse(h2o_req_t *req, int status, const char *reason, const char *message)
{
    char code[64], body[BODY_MAX];
    size_t i = 0;

    for (; i < sizeof(code) - 1 && reason[i] != '\0'; i++)
        code[i] = reason[i] == ' ' ? '_' : (char)tolower((unsigned char)reason[i]);
    code[i] = '\0';
    snprintf(body, sizeof(body), "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}", code, message);
    req->http1_is_persistent = 0;
    return send_json(req, status, reason, body);
}

static bool is_method(const h2o_req_t *req, const char *method)
{
    return h2o_memis(req->method.base, req->method.len, method, strlen(method));
}

bool chat_handler_takes_method(h2o_req_t *req)
{
    if (is_method(req, "GET") || is_method(req, "HEAD"))
        return true;
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_ALLOW, NULL, H2O_STRLIT("GET, HEAD"));
    chat_handler_refuse(req, 405, "Method Not Allowed", "only GET and HEAD are served here");
    return false;
}

/* Is the token in the comma-separated list? RFC 9110 §5.6.1. */
static bool lists(h2o_iovec_t list, const char *token, bool ignore_case)
{
    size_t length = strlen(token);
    const char *at = list.base, *end = list.base + list.len;

    while (at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *from = at, *to = comma != NULL ? comma : end;
        while (from < to && (*from == ' ' || *from == '\t'))
            from++;
        while (from < to && (to[-1] == ' ' || to[-1] == '\t'))
            to--;
        if ((size_t)(to - from) == length && (ignore_case ? h2o_lcstris(from, length, token, length)
                                                          : memcmp(from, token, length) == 0))
            return true;
        at = comma != NULL ? comma + 1 : end;
    }
    return false;
}

static bool is_version_13(const h2o_req_t *req)
{
    ssize_t index = -1;
    h2o_iovec_t value;
    unsigned n = 0;
    while (chat_header_next(req, "sec-websocket-version", &index, &value)) {
        if (!h2o_memis(value.base, value.len, H2O_STRLIT("13")))
            return false;
        n++;
    }
    return n == 1;
}

/* Exactly one, and base64 of 16 bytes (RFC 6455 §4.2.1). */
static bool read_key(const h2o_req_t *req, char key[KEY_LENGTH])
{
    ssize_t index = -1;
    h2o_iovec_t value, another;
    if (!chat_header_next(req, "sec-websocket-key", &index, &value) ||
        chat_header_next(req, "sec-websocket-key", &index, &another) || value.len != KEY_LENGTH)
        return false;
    for (size_t i = 0; i < KEY_LENGTH - 2; i++)
        if (!isalnum((unsigned char)value.base[i]) && value.base[i] != '+' && value.base[i] != '/')
            return false;
    memcpy(key, value.base, KEY_LENGTH);
    return memcmp(key + KEY_LENGTH - 2, "==", 2) == 0;
}

/* A refusal on websocket.path. */
static int refuse_upgrade(const struct handler *handler, h2o_req_t *req, int status,
                          const char *reason, const char *message)
{
    chat_visit_tell(handler->chatd, req, (unsigned)status, message);
    return chat_handler_refuse(req, status, reason, message);
}

static int upgrade_required(const struct handler *handler, h2o_req_t *req)
{
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_UPGRADE, NULL, H2O_STRLIT("websocket"));
    h2o_add_header_by_str(&req->pool, &req->res.headers, H2O_STRLIT("sec-websocket-version"), 0,
                          "Sec-WebSocket-Version", H2O_STRLIT("13"));
    return refuse_upgrade(handler, req, 426, "Upgrade Required", "this is a WebSocket, version 13");
}

static int turn_away(const struct handler *handler, h2o_req_t *req,
                     const struct chat_verdict *verdict)
{
    if (verdict->retry_after_s != 0) {
        char seconds[16];
        int n = snprintf(seconds, sizeof(seconds), "%u", verdict->retry_after_s);
        h2o_iovec_t copy = h2o_strdup(&req->pool, seconds, (size_t)n);
        h2o_add_header_by_str(&req->pool, &req->res.headers, H2O_STRLIT("retry-after"), 0,
                              "Retry-After", copy.base, copy.len);
    }
    return refuse_upgrade(handler, req, verdict->status, verdict->reason, verdict->message);
}

static void accept_key(h2o_mem_pool_t *pool, const char key[KEY_LENGTH], h2o_iovec_t *ret_accept)
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455 §1.3 */
    char text[KEY_LENGTH + sizeof(guid) - 1];
    unsigned char digest[SHA_DIGEST_LENGTH];

    memcpy(text, key, KEY_LENGTH);
    memcpy(text + KEY_LENGTH, guid, sizeof(guid) - 1);
    SHA1((unsigned char *)text, sizeof(text), digest);
    ret_accept->base = h2o_mem_alloc_pool(pool, h2o_base64_encode_capacity(sizeof(digest)));
    ret_accept->len = h2o_base64_encode(ret_accept->base, digest, sizeof(digest), 0);
}

/* What the connection is to know of its request, which is gone by then. */
struct upgrade {
    struct chat_worker *worker;
    struct chat_arrival arrival;
    struct chat_claims *claims; /* of its token, or NULL */
    bool chat_v1;
    struct chat_extension extension;
};

static void on_upgraded(void *context, h2o_socket_t *sock, size_t request_size)
{
    struct upgrade upgrade = *(struct upgrade *)context;
    struct chat_worker *worker = upgrade.worker;
    struct chat_departure departure;

    free(context);
    worker->upgrades--;
    if (sock == NULL) { /* the answer could not be written; on_close has come */
        chat_arrival_give(worker->shared, &upgrade.arrival);
        chat_claims_destroy(upgrade.claims);
        return;
    }
    h2o_buffer_consume(&sock->input, request_size);
    close(upgrade.arrival.spare); /* its place is the one that the departure takes */
    if (!chat_departure_take(worker->shared, sock, &departure)) {
        chat_address_give(worker->shared->addresses, upgrade.arrival.hold);
        chat_claims_destroy(upgrade.claims);
        return;
    }
    h2o_buffer_t *input = departure.input;
    struct chat_conn *conn =
        chat_conn_open(worker, (struct chat_way){departure.fd, departure.ssl},
                       (struct chat_slice){input->bytes, input->size},
                       departure.hold != NULL ? departure.hold : upgrade.arrival.hold,
                       upgrade.claims, upgrade.chat_v1, upgrade.extension);
    if (upgrade.arrival.is_forwarded)
        chat_conn_forwarded(conn, &upgrade.arrival.client);
    if (worker->sanctions.table.count != 0)
        chat_ban_judge_conn(conn);
    if (worker->ears != NULL)
        chat_news_conn(conn, "opened", 0, "");
    h2o_buffer_dispose(&input);
}

/* The first offer that can be met, of any header: they are one list (RFC 6455 §9.1). */
static void agree_on_compression(h2o_req_t *req, struct chat_extension *ret_agreed)
{
    char answer[CHAT_EXTENSION_ANSWER_MAX];
    ssize_t index = -1;
    h2o_iovec_t offers;

    while (chat_header_next(req, "sec-websocket-extensions", &index, &offers)) {
        if (!chat_extension_choose(offers.base, offers.len, ret_agreed))
            continue;
        h2o_iovec_t copy =
            h2o_strdup(&req->pool, answer, chat_extension_answer(ret_agreed, answer));
        h2o_add_header_by_str(&req->pool, &req->res.headers, H2O_STRLIT("sec-websocket-extensions"),
                              0, "Sec-WebSocket-Extensions", copy.base, copy.len);
        return;
    }
}

/* Takes the claims. */
static int accept_upgrade(struct chat_worker *worker, h2o_req_t *req, const char key[KEY_LENGTH],
                          const struct chat_arrival *arrival, struct chat_claims *claims)
{
    struct upgrade *upgrade = h2o_mem_alloc(sizeof(*upgrade));
    ssize_t index = -1;
    h2o_iovec_t accept, protocols;

    *upgrade = (struct upgrade){.worker = worker, .arrival = *arrival, .claims = claims};
    accept_key(&req->pool, key, &accept);
    req->res.status = 101;
    req->res.reason = "Switching Protocols";
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_UPGRADE, NULL, H2O_STRLIT("websocket"));
    h2o_add_header_by_str(&req->pool, &req->res.headers, H2O_STRLIT("sec-websocket-accept"), 0,
                          "Sec-WebSocket-Accept", accept.base, accept.len);
    while (chat_header_next(req, "sec-websocket-protocol", &index, &protocols)) {
        if (lists(protocols, "chat.v1", false)) {
            upgrade->chat_v1 = true;
            h2o_add_header_by_str(&req->pool, &req->res.headers,
                                  H2O_STRLIT("sec-websocket-protocol"), 0, "Sec-WebSocket-Protocol",
                                  H2O_STRLIT("chat.v1"));
            break;
        }
    }
    if (worker->deflater != NULL)
        agree_on_compression(req, &upgrade->extension);
    worker->upgrades++;
    h2o_http1_upgrade(req, NULL, 0, on_upgraded, upgrade);
    return 0;
}

/* A token that is shown must be good; one that is not can still come by `auth`. */
static bool refuse_token(const struct handler *handler, struct chat_worker *worker, h2o_req_t *req,
                         struct chat_claims **ret_claims)
{
    struct chat_slice token;
    enum chat_credential credential = CHAT_CREDENTIAL_NONE;
    enum chat_error error = CHAT_E_IDENTITY_TOKEN_INVALID;

    if (worker->auth != NULL)
        credential = chat_credential_find(req, &token);
    if (credential == CHAT_CREDENTIAL_NONE)
        return false;
    if (credential == CHAT_CREDENTIAL_ONE)
        error = chat_auth_verify(worker->auth, token, chat_worker_time(worker).wall_ms, ret_claims);
    if (error == CHAT_OK) {
        if (worker->sanctions.table.count == 0 ||
            !chat_ban_refuses(worker, NULL, chat_claims_user(*ret_claims)))
            return false;
        chat_claims_destroy(*ret_claims);
        refuse_upgrade(handler, req, 403, "Forbidden", "this user is banned");
        return true;
    }
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_WWW_AUTHENTICATE, NULL,
                   H2O_STRLIT("Bearer error=\"invalid_token\""));
    refuse_upgrade(handler, req, 401, "Unauthorized", chat_error_row(error)->sentence);
    return true;
}

static bool is_exactly(const struct handler *handler, const h2o_req_t *req)
{
    return req->path_normalized.len == handler->path_length;
}

static int on_websocket(h2o_handler_t *self, h2o_req_t *req)
{
    struct handler *handler = (struct handler *)self;
    struct chat_arrival arrival;
    struct chat_verdict verdict;
    struct chat_worker *worker;
    struct chat_claims *claims = NULL;
    char key[KEY_LENGTH];

    if (!is_exactly(handler, req))
        return refuse_upgrade(handler, req, 404, "Not Found", "there is nothing here");
    if (!chat_handler_takes_method(req)) {
        chat_visit_tell(handler->chatd, req, 405, "");
        return 0;
    }
    if (req->version < 0x101)
        return refuse_upgrade(handler, req, 400, "Bad Request", "HTTP/1.1 is needed");
    if (!is_method(req, "GET") || req->upgrade.base == NULL ||
        !lists(req->upgrade, "websocket", true) || !is_version_13(req))
        return upgrade_required(handler, req);
    if (!read_key(req, key))
        return refuse_upgrade(handler, req, 400, "Bad Request",
                              "one Sec-WebSocket-Key of 16 bytes in base64 is needed");
    worker = h2o_context_get_handler_context(req->conn->ctx, self);
    if (!chat_arrival_judge(handler->chatd, worker, req, &arrival, &verdict))
        return turn_away(handler, req, &verdict);
    if (refuse_token(handler, worker, req, &claims)) {
        chat_arrival_give(handler->chatd, &arrival);
        return 0;
    }
    chat_visit_tell(handler->chatd, req, 101, "");
    return accept_upgrade(worker, req, key, &arrival, claims);
}

static int on_health(h2o_handler_t *self, h2o_req_t *req)
{
    struct handler *handler = (struct handler *)self;

    if (!is_exactly(handler, req))
        return chat_handler_refuse(req, 404, "Not Found", "there is nothing here");
    if (!chat_handler_takes_method(req))
        return 0;
    if (chat_listener_refusal(req->conn->callbacks->get_socket(req->conn)) != CHAT_REFUSAL_NONE)
        req->http1_is_persistent = 0; /* it was accepted for this one answer */
    if (atomic_load(&handler->chatd->stop) != 0 || chat_drain_is_on(handler->chatd))
        return send_json(req, 503, "Service Unavailable", "{\"status\":\"draining\"}");
    return send_json(req, 200, "OK", "{\"status\":\"healthy\"}");
}

static int on_metrics(h2o_handler_t *self, h2o_req_t *req)
{
    struct handler *handler = (struct handler *)self;

    if (!is_exactly(handler, req))
        return chat_handler_refuse(req, 404, "Not Found", "there is nothing here");
    if (!chat_handler_takes_method(req))
        return 0;
    return chat_scrape_answer(handler->chatd, req);
}

static h2o_handler_t *add(struct chatd *chatd, h2o_hostconf_t *host, const char *path,
                          int (*on_req)(h2o_handler_t *, h2o_req_t *))
{
    h2o_pathconf_t *config = h2o_config_register_path(host, path, 0);
    struct handler *handler = (struct handler *)h2o_create_handler(config, sizeof(*handler));
    handler->super.on_req = on_req;
    handler->chatd = chatd;
    handler->path_length = strlen(path);
    return &handler->super;
}

/* H2O takes the first path of which a request's is part: what is below another comes before it. */
void chat_handler_register(struct chatd *chatd, h2o_hostconf_t *host)
{
    const char *path = chatd->config->websocket_path;
    bool is_root = strcmp(path, "/") == 0;

    if (!is_root)
        chatd->handler = add(chatd, host, path, on_websocket);
    add(chatd, host, "/health", on_health);
    add(chatd, host, "/metrics", on_metrics);
    if (is_root)
        chatd->handler = add(chatd, host, path, on_websocket);
}
