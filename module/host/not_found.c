/* The handler of last resort. */
#include "host/not_found.h"

#include "net/handler.h"

static int on_req(h2o_handler_t *self, h2o_req_t *req)
{
    (void)self;
    return chat_handler_refuse(req, 404, "Not Found", "there is nothing here");
}

void chat_not_found_register(h2o_hostconf_t *host)
{
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    h2o_create_handler(path, sizeof(h2o_handler_t))->on_req = on_req;
}
