/* Whose a connection is: its peer's, or the client's for whom a trusted proxy speaks. */
#include "net/conn.h"

#include "net/worker.h"

#include <stdlib.h>

void chat_conn_forwarded(struct chat_conn *conn, const struct chat_ip *client)
{
    conn->client = malloc(sizeof(*client));
    if (conn->client == NULL)
        abort();
    *conn->client = *client;
}

struct chat_slice chat_conn_address(const struct chat_conn *conn, char *out, size_t size)
{
    if (conn->closed)
        return (struct chat_slice){"", 0};
    return conn->client != NULL ? chat_address_spell(conn->client, out, size)
                                : chat_transport_peer(&conn->transport, out, size);
}

bool chat_conn_ip(const struct chat_conn *conn, struct chat_ip *ret_ip)
{
    if (conn->client != NULL)
        *ret_ip = *conn->client;
    return conn->client != NULL || (!conn->closed && chat_transport_ip(&conn->transport, ret_ip));
}
