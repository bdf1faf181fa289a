/* H2O keeps its own descriptor of a socket until its loop comes round: so the connection gets
 * another one. Of TLS that is only the pair's end: the client's own was never H2O's. */
#include "net/departure.h"

#include "net/listener.h"
#include "net/tunnel.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* NULL: it left. */
static const char *leave(h2o_socket_t *sock, struct chat_tunnel *tunnel,
                         struct chat_departure *departure)
{
    h2o_socket_export_t exported;

    if (h2o_socket_export(sock, &exported) != 0) {
        const char *wrong = strerror(errno);
        if (tunnel != NULL)
            chat_tunnel_drop(tunnel);
        h2o_socket_close(sock);
        return wrong;
    }
    if (exported.ssl != NULL) { /* another host's, which chatd.h says not to have */
        h2o_socket_dispose_export(&exported);
        return "it comes by TLS of H2O's own";
    }
    departure->fd = exported.fd;
    departure->input = exported.input;
    if (tunnel == NULL) {
        fcntl(exported.fd, F_SETFD, FD_CLOEXEC);
        return NULL;
    }
    bool left =
        chat_tunnel_leave(tunnel, exported.fd, &departure->input, &departure->ssl, &departure->fd);
    close(exported.fd);
    if (left)
        return NULL;
    h2o_buffer_dispose(&departure->input);
    return "the client does not take the answer";
}

bool chat_departure_take(struct chatd *chatd, h2o_socket_t *sock,
                         struct chat_departure *ret_departure)
{
    struct chat_departure departure = {.fd = -1};
    struct chat_tunnel *tunnel = NULL;

    chat_listener_hand_over(sock, &departure.hold, &tunnel);
    const char *wrong = leave(sock, tunnel, &departure);
    if (wrong == NULL) {
        *ret_departure = departure;
        return true;
    }
    chat_log(chatd, CHATD_ERROR, "upgrade_failed", {"reason", wrong, 0});
    atomic_fetch_sub_explicit(&chatd->connections, 1, memory_order_relaxed);
    chat_address_give(chatd->addresses, departure.hold);
    return false;
}
