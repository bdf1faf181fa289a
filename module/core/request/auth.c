/* auth (PROTOCOL §3): a token after the upgrade, or another one before the first has expired. Its
 * worker has the keys and the session; answered there. */
#include "core/coordinator.h"

enum chat_error chat_request_auth(struct chat_call *call)
{
    struct chat_port *port = chat_coordinator_port(call->coordinator);
    struct chat_event event = {.type = CHAT_EVENT_auth_success, .id = call->request->id};
    enum chat_error error = port->verify(port, call->from, call->request->token, call->now, &event);
    if (error == CHAT_OK)
        port->reply(port, call->from, &event);
    return error;
}
