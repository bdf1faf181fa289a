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
