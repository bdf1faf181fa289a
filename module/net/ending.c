/* Ends are counted by their close codes and logged. Whichever of the two comes first tells it: the
 * socket's end, or that of the application's part. */
#include "net/ending.h"

#include "net/news.h"
#include "net/worker.h"
#include "wire/close.h"

enum { ADDRESS_MAX = 64 };

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

void chat_ending_note(struct chat_conn *conn)
{
    enum chat_close_label label =
        conn->close_asked ? CHAT_CLOSED_PEER : chat_tally_close(conn->close_code);

    if (conn->noted)
        return;
    conn->noted = true;
    chat_tally_add(&conn->worker->tally->closes[label], 1);
    log_end(conn, label);
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
