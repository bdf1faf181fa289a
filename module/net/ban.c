/* Judging connections. Where there is no sanction at all the callers know it by one branch. */
#include "net/ban.h"

#include "net/dispatch.h"
#include "wire/close.h"

/* The address costs a system call, so it is asked for only where a ban may be of one. */
static struct chat_suspect suspect_of(const struct chat_conn *conn, struct chat_slice user,
                                      struct chat_ip *ip)
{
    bool matters = conn->worker->sanctions.of_addresses != 0;
    return (struct chat_suspect){user, matters && chat_conn_ip(conn, ip) ? ip->bytes : NULL};
}

static struct chat_sanction *find(struct chat_worker *worker, enum chat_sanction_kind kind,
                                  const struct chat_suspect *suspect, struct chat_slice room_id)
{
    return chat_sanctions_find(&worker->sanctions, kind, suspect, room_id,
                               chat_worker_time(worker).wall_ms);
}

static bool hits(struct chat_sanction *sanction)
{
    if (sanction != NULL)
        sanction->hits++;
    return sanction != NULL;
}

bool chat_ban_refuses(struct chat_worker *worker, const struct chat_ip *ip, struct chat_slice user)
{
    struct chat_suspect suspect = {user, ip != NULL ? ip->bytes : NULL};
    return hits(find(worker, CHAT_SANCTION_BAN, &suspect, (struct chat_slice){0}));
}

uint8_t chat_ban_judge(struct chat_conn *conn, const struct chat_call *call)
{
    struct chat_ip ip;
    struct chat_suspect suspect;
    enum chat_sanction_kind kind = CHAT_SANCTION_BAN;

    switch (call->request->type) {
    case CHAT_REQUEST_create_room:
    case CHAT_REQUEST_join:
        break;
    case CHAT_REQUEST_message:
    case CHAT_REQUEST_typing:
        kind = CHAT_SANCTION_MUTE;
        break;
    default:
        return 0;
    }
    if (conn->worker->sanctions.count[kind] == 0)
        return 0;
    suspect = suspect_of(conn, call->user, &ip);
    if (!hits(find(conn->worker, kind, &suspect, call->request->room_id)))
        return 0;
    return kind == CHAT_SANCTION_BAN ? CHAT_IS_BANNED : CHAT_IS_MUTED;
}

struct chat_sanction *chat_ban_of(const struct chat_conn *conn, struct chat_slice room_id)
{
    struct chat_ip ip;
    struct chat_suspect suspect = suspect_of(conn, chat_session_user(&conn->session), &ip);
    return find(conn->worker, CHAT_SANCTION_BAN, &suspect, room_id);
}

void chat_ban_judge_conn(struct chat_conn *conn)
{
    struct chat_sanction *ban = chat_ban_of(conn, (struct chat_slice){0});

    if (!hits(ban) || conn->ended)
        return;
    if (conn->departure == CHAT_DISCONNECTED)
        conn->departure = CHAT_BANNED;
    chat_conn_close(conn, CHAT_CLOSE_BANNED, ban->reason);
    chat_conn_wake(conn);
}

void chat_ban_judge_seat(struct chat_worker *worker, uint64_t id, struct chat_slice room_id)
{
    struct chat_conn *conn = chat_worker_conn(worker, id);
    struct chat_sanction *ban = conn != NULL && !conn->ended ? chat_ban_of(conn, room_id) : NULL;

    if (ban == NULL)
        return;
    if (ban->room.length == 0) {
        chat_ban_judge_conn(conn);
        return;
    }
    hits(ban);
    chat_dispatch_put_out(conn, room_id, CHAT_BANNED, ban->reason, 0);
}

bool chat_ban_ends_wait(struct chat_worker *worker, struct chat_slice user,
                        struct chat_slice room_id)
{
    struct chat_suspect suspect = {user, NULL};
    return find(worker, CHAT_SANCTION_BAN, &suspect, room_id) != NULL;
}

bool chat_ban_meets(const struct chat_conn *conn, const struct chat_sanction *ban)
{
    struct chat_ip ip;
    bool is_known = ban->user.length == 0 && chat_conn_ip(conn, &ip);
    struct chat_suspect suspect = {chat_session_user(&conn->session), is_known ? ip.bytes : NULL};
    return chat_sanction_meets(ban, &suspect);
}
