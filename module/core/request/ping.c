/* ping (PROTOCOL §3): the application's own sign of life; answered by the connection's own worker.
 */
#include "core/coordinator.h"

enum chat_error chat_request_ping(struct chat_call *call)
{
    struct chat_port *port = chat_coordinator_port(call->coordinator);
    struct chat_event event = {.type = CHAT_EVENT_pong, .id = call->request->id};
    port->reply(port, call->from, &event);
    return CHAT_OK;
}
