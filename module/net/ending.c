/* Ends are counted by their close codes, logged, and the last ones kept. Whichever of the two comes
 * first tells it: the socket's end, or that of the application's part. */
#include "net/ending.h"

#include "net/answer.h"
#include "net/news.h"
#include "net/worker.h"
#include "wire/close.h"

#include <stdlib.h>

enum { ADDRESS_MAX = 64 };

/* One that is kept. */
struct chat_ending {
    int64_t connected_ms, ended_ms;
    unsigned code;
    const char *reason;
    struct chat_slice user, name, address; /* in text */
    char text[];
};

/* As texts with an end. */
struct words {
    char address[ADDRESS_MAX + 1], user[CHAT_ID_MAX + 1];
};

static struct words words_of(const struct chat_conn *conn)
{
    struct words words = {.address = ""};
    struct chat_slice user = chat_session_user(&conn->session);

    words.address[chat_conn_address(conn, words.address, ADDRESS_MAX).length] = '\0';
    if (user.length > 0)
        memcpy(words.user, user.bytes, user.length);
    words.user[user.length] = '\0';
    return words;
}

/* For what its client did wrong. */
static bool is_cut(enum chat_close_label label)
{
    switch (label) {
    case CHAT_CLOSED_PROTOCOL_ERROR:
    case CHAT_CLOSED_UNSUPPORTED_DATA:
    case CHAT_CLOSED_INVALID_UTF8:
    case CHAT_CLOSED_MESSAGE_TOO_BIG:
    case CHAT_CLOSED_RATE_LIMITED:
    case CHAT_CLOSED_AUTH:
        return true;
    default:
        return false;
    }
}

static const char *reason_of(enum chat_close_label label, unsigned code)
{
    if (label == CHAT_CLOSED_PEER)
        return "peer";
    return label == CHAT_CLOSED_LOST ? "lost" : chat_close_word(code);
}

static void log_end(const struct chat_conn *conn, enum chat_close_label label)
{
    struct chat_worker *worker = conn->worker;
    bool cut = is_cut(label);
    long long age_ms = chat_worker_time(worker).wall_ms - conn->connected_ms;

    if (!chat_log_wants(worker->shared, cut ? CHATD_INFO : CHATD_DEBUG))
        return;
    struct words words = words_of(conn);
    const char *reason = reason_of(label, conn->close_code);
    if (cut)
        chat_log(worker->shared, CHATD_INFO, "connection_cut", {"address", words.address, 0},
                 {"user", words.user, 0}, {"code", NULL, conn->close_code}, {"reason", reason, 0},
                 {"age_ms", NULL, age_ms});
    else
        chat_log(worker->shared, CHATD_DEBUG, "connection_closed", {"address", words.address, 0},
                 {"user", words.user, 0}, {"code", NULL, conn->close_code}, {"reason", reason, 0},
                 {"age_ms", NULL, age_ms});
}

static struct chat_slice put(char **at, struct chat_slice text)
{
    struct chat_slice kept = {*at, text.length};

    if (text.bytes != NULL)
        memcpy(*at, text.bytes, text.length);
    *at += text.length;
    return kept;
}

/* In the place of the oldest one. */
static void keep(const struct chat_conn *conn, const char *reason)
{
    struct chat_worker *worker = conn->worker;
    struct chat_ending **place = &worker->endings[worker->n_endings++ % CHAT_ENDINGS_MAX];
    struct chat_slice user = chat_session_user(&conn->session);
    struct chat_slice name = chat_session_name(&conn->session);
    char text[ADDRESS_MAX];
    struct chat_slice address = chat_conn_address(conn, text, sizeof(text));

    free(*place);
    struct chat_ending *ending = *place =
        malloc(sizeof(*ending) + user.length + name.length + address.length);
    if (ending == NULL)
        abort();
    char *at = ending->text;
    ending->connected_ms = conn->connected_ms;
    ending->ended_ms = chat_worker_time(worker).wall_ms;
    ending->code = conn->close_code;
    ending->reason = reason;
    ending->user = put(&at, user);
    ending->name = put(&at, name);
    ending->address = put(&at, address);
}

void chat_ending_answer(struct chat_worker *worker, uint32_t ticket)
{
    for (unsigned i = 0; i < CHAT_ENDINGS_MAX && worker->endings[i] != NULL; i++) {
        const struct chat_ending *ending = worker->endings[i];
        struct chat_row row = {.kind = CHAT_ROW_ENDING,
                               .conn = i,
                               .user = ending->user,
                               .user_name = ending->name,
                               .address = ending->address,
                               .connected_ms = ending->connected_ms,
                               .time_ms = ending->ended_ms,
                               .code = ending->code,
                               .reason = {ending->reason, strlen(ending->reason)}};
        chat_answer_row(worker, ticket, &row);
    }
}

void chat_ending_finish(struct chat_worker *worker)
{
    for (unsigned i = 0; i < CHAT_ENDINGS_MAX; i++)
        free(worker->endings[i]);
}

void chat_ending_note(struct chat_conn *conn)
{
    enum chat_close_label label =
        conn->close_asked ? CHAT_CLOSED_PEER : chat_tally_close(conn->close_code);

    if (conn->noted)
        return;
    conn->noted = true;
    chat_tally_add(&conn->worker->tally->closes[label], 1);
    log_end(conn, label);
    keep(conn, reason_of(label, conn->close_code));
    if (conn->worker->ears != NULL)
        chat_news_conn(conn, "closed", conn->close_code, reason_of(label, conn->close_code));
}

void chat_ending_log_slow(const struct chat_conn *conn)
{
    struct chatd *chatd = conn->worker->shared;

    if (!chat_log_wants(chatd, CHATD_WARNING))
        return;
    struct words words = words_of(conn);
    chat_log(chatd, CHATD_WARNING, "slow_consumer", {"address", words.address, 0},
             {"user", words.user, 0}, {"queued_bytes", NULL, (long long)chat_conn_queued(conn)});
}
