/* What of a request is worth a line: who came, from which page, with which program. The client
 * wrote the latter two, so they are cut; whoever writes the line escapes them. */
#include "net/visit.h"

#include "net/header.h"
#include "net/worker.h"

enum { ADDRESS_MAX = 64, HEADER_MAX = 200 };

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
        return CHAT_STATUS_400; /* no handler answers with another one */
    }
}

struct chat_tally *chat_visit_tally(const struct chatd *chatd, const h2o_req_t *req)
{
    const struct chat_worker *worker =
        h2o_context_get_handler_context(req->conn->ctx, chatd->handler);
    return worker == NULL ? NULL : worker->tally;
}

static void copy_header(const h2o_req_t *req, const char *name, char copy[HEADER_MAX + 1])
{
    ssize_t index = -1;
    h2o_iovec_t value = {NULL, 0};

    if (!chat_header_next(req, name, &index, &value))
        value.len = 0;
    if (value.len > HEADER_MAX)
        value.len = HEADER_MAX;
    if (value.len > 0)
        memcpy(copy, value.base, value.len);
    copy[value.len] = '\0';
}

struct words {
    char address[ADDRESS_MAX + 1], origin[HEADER_MAX + 1], user_agent[HEADER_MAX + 1];
};

static struct words words_of(struct chatd *chatd, h2o_req_t *req)
{
    struct words words = {.address = ""};
    struct chat_arrival arrival;

    chat_arrival_find(chatd, req, &arrival);
    if (arrival.has_client)
        words.address[chat_address_spell(&arrival.client, words.address, ADDRESS_MAX).length] =
            '\0';
    copy_header(req, "origin", words.origin);
    copy_header(req, "user-agent", words.user_agent);
    return words;
}

static void log_refusal(struct chatd *chatd, h2o_req_t *req, unsigned status, const char *message)
{
    bool is_wrong = status == 400 || status == 404 || status == 405 || status == 426;
    enum chatd_level level = is_wrong ? CHATD_DEBUG : CHATD_INFO;

    if (!chat_log_wants(chatd, level))
        return;
    struct words words = words_of(chatd, req);
    if (is_wrong)
        chat_log(chatd, CHATD_DEBUG, "handshake_wrong", {"address", words.address, 0},
                 {"status", NULL, status}, {"message", message, 0}, {"origin", words.origin, 0},
                 {"user_agent", words.user_agent, 0});
    else
        chat_log(chatd, CHATD_INFO, "upgrade_refused", {"address", words.address, 0},
                 {"status", NULL, status}, {"message", message, 0}, {"origin", words.origin, 0},
                 {"user_agent", words.user_agent, 0});
}

void chat_visit_tell(struct chatd *chatd, h2o_req_t *req, unsigned status, const char *message)
{
    struct chat_tally *tally = chat_visit_tally(chatd, req);

    if (tally != NULL)
        chat_tally_add(&tally->upgrades[label_of(status)], 1);
    if (status != 101) {
        log_refusal(chatd, req, status, message);
    } else if (chat_log_wants(chatd, CHATD_DEBUG)) {
        struct words words = words_of(chatd, req);
        chat_log(chatd, CHATD_DEBUG, "upgrade", {"address", words.address, 0},
                 {"origin", words.origin, 0}, {"user_agent", words.user_agent, 0});
    }
}
