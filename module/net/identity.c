/* Who a connection is by its token, and its end with that of the token (PROTOCOL §3, 4100). */
#include "net/identity.h"

#include "auth/auth.h"
#include "net/ban.h"
#include "net/worker.h"
#include "wire/close.h"

/* The clock of the deadlines wraps; a longer time is waited for in pieces. */
enum { PIECE_MS = 1 << 30 };

static void wait_for(struct chat_conn *conn, int64_t ms)
{
    uint32_t piece = (uint32_t)(ms < 0 ? 0 : ms > PIECE_MS ? PIECE_MS : ms);
    chat_conn_stamps(conn)->token = (chat_worker_ms(conn->worker) + piece) | 1;
}

/* A token's end is `exp`; that of one that came later is the leeway's. */
static int64_t remaining_ms(const struct chat_conn *conn, int64_t now_ms)
{
    return chat_claims_expires_ms(conn->session.claims) - now_ms;
}

static void wait_for_end(struct chat_conn *conn, int64_t now_ms)
{
    int64_t ms = remaining_ms(conn, now_ms);
    if (ms <= 0)
        ms += (int64_t)conn->worker->config->auth_leeway_ms;
    wait_for(conn, ms);
}

void chat_identity_open(struct chat_conn *conn, struct chat_claims *claims)
{
    const struct chat_config *config = conn->worker->config;

    conn->session.needs_token = config->auth_mode == CHAT_AUTH_REQUIRED;
    if (claims == NULL) {
        if (conn->session.needs_token)
            wait_for(conn, (int64_t)config->auth_deadline_ms);
        return;
    }
    if (chat_session_verify(&conn->session, claims) != CHAT_OK)
        chat_claims_destroy(claims); /* never: nobody was bound */
    conn->worker->identified++;
    wait_for_end(conn, chat_worker_time(conn->worker).wall_ms);
}

enum chat_error chat_identity_verify(struct chat_conn *conn, struct chat_slice token,
                                     struct chat_time now, struct chat_event *event)
{
    struct chat_worker *worker = conn->worker;
    struct chat_session *session = &conn->session;
    const struct chat_auth *auth = worker->auth;
    bool was_bound = session->state == CHAT_SESSION_BOUND;
    struct chat_claims *claims = NULL;
    enum chat_error error = CHAT_E_IDENTITY_TOKEN_INVALID;

    if (auth != NULL)
        error = chat_auth_verify(auth, token, now.wall_ms, &claims);
    if (error == CHAT_OK)
        error = chat_session_verify(session, claims);
    if (error != CHAT_OK) {
        chat_claims_destroy(claims);
        return error;
    }
    worker->identified += !was_bound;
    wait_for_end(conn, now.wall_ms);
    event->user_id = chat_session_user(session);
    event->user_name = chat_session_name(session);
    event->time_ms = chat_claims_expires_ms(claims);
    if (worker->sanctions.table.count != 0)
        chat_ban_judge_conn(conn);
    return CHAT_OK;
}

void chat_identity_overdue(struct chat_conn *conn)
{
    int64_t now_ms = chat_worker_time(conn->worker).wall_ms;
    chat_conn_stamps(conn)->token = 0;
    if (conn->session.claims != NULL && remaining_ms(conn, now_ms) > 0)
        wait_for_end(conn, now_ms);
    else
        chat_conn_close(conn, CHAT_CLOSE_AUTH, (struct chat_slice){"", 0});
}
