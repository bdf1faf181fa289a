/* Ends are counted by their close codes. Whichever of the two comes first tells it: the socket's
 * end, or that of the application's part. */
#include "net/ending.h"

#include "net/worker.h"

#include <stdio.h>

void chat_ending_note(struct chat_conn *conn)
{
    enum chat_close_label label =
        conn->close_asked ? CHAT_CLOSED_PEER : chat_tally_close(conn->close_code);

    if (conn->noted)
        return;
    conn->noted = true;
    chat_tally_add(&conn->worker->tally->closes[label], 1);
}

void chat_ending_log_slow(struct chat_conn *conn)
{
    struct chat_worker *worker = conn->worker;
    enum { EVERY_MS = 1000 };
    uint64_t now = uv_now(worker->loop);
    struct chat_slice user = chat_session_user(&conn->session);
    char text[CHAT_ID_MAX + 1];

    worker->slow_unlogged++;
    if (worker->slow_logged_ms != 0 && now - worker->slow_logged_ms < EVERY_MS)
        return;
    snprintf(text, sizeof(text), "%.*s", (int)user.length, user.length == 0 ? "" : user.bytes);
    chat_log(worker->shared, CHATD_WARNING, "slow_consumer", {"user", text, 0},
             {"queued_bytes", NULL, (long long)chat_conn_queued(conn)},
             {"connections", NULL, worker->slow_unlogged});
    worker->slow_logged_ms = now;
    worker->slow_unlogged = 0;
}
