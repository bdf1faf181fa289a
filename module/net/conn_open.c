/* How a connection begins. */
#include "net/conn.h"

#include "net/secure.h"
#include "net/worker.h"
#include "wire/deflate.h"

#include <stdlib.h>

/* What TLS needs stands behind it, so that others do not pay for it. */
static struct chat_conn *make(struct chat_way way, struct chat_secure **ret_secure)
{
    size_t more = way.ssl != NULL ? sizeof(struct chat_secure) : 0;
    struct chat_conn *conn = calloc(1, sizeof(*conn) + more);

    if (conn == NULL)
        abort();
    *ret_secure = way.ssl != NULL ? (struct chat_secure *)(conn + 1) : NULL;
    if (way.ssl != NULL)
        (*ret_secure)->ssl = way.ssl;
    return conn;
}

struct chat_conn *chat_conn_open(struct chat_worker *worker, struct chat_way way,
                                 struct chat_slice early, struct chat_address *address,
                                 struct chat_claims *claims, bool resumable,
                                 struct chat_extension agreed)
{
    struct chat_secure *secure;
    struct chat_conn *conn = make(way, &secure);

    conn->worker = worker;
    conn->address = address;
    conn->resumable = resumable;
    conn->parser.inflates = agreed.deflates;
    conn->deflates = agreed.deflates && chat_deflate_fits(agreed.server_window);
    conn->connected_ms = chat_worker_time(worker).wall_ms;
    conn->serving = true;
    chat_worker_admit(worker, conn);
    chat_tally_add(worker->tally->opened, 1);
    uint32_t now = chat_worker_ms(worker);
    *chat_conn_stamps(conn) = (struct chat_stamps){.heard = now, .active = now, .ping = now};
    if (worker->app->opened != NULL)
        worker->app->opened(conn, claims);
    if (!chat_transport_open(&conn->transport, worker->poller, way.fd, secure))
        chat_conn_end_of_input(conn, false);
    chat_conn_early(conn, early);
    return conn;
}
