/* What is on no path of the server: 404 with chatd's own body (PROTOCOL §9). */
#ifndef CHAT_HOST_NOT_FOUND_H
#define CHAT_HOST_NOT_FOUND_H

#include <h2o.h>

/* After all other paths of the host. */
void chat_not_found_register(h2o_hostconf_t *host);

#endif
