/* What `listen.tls` names, as OpenSSL has it: for each listener its certificates and the rules of
 * its TLS: 1.2 and 1.3, the suites of Mozilla's intermediate list that need no parameters of their
 * own, http/1.1 by ALPN, no renegotiation and no compression. Loaded by one thread, then shared. */
#ifndef CHAT_NET_CERTIFICATE_H
#define CHAT_NET_CERTIFICATE_H

#include "config/config.h"

#include <openssl/ssl.h>

struct chat_certificates;

/* Returns owned, or NULL when there were problems, each told as config's are; passes over what
 * chat_config_check has to complain of. A certificate whose time is over, or to come, is told too,
 * as a warning. Reads the files. */
struct chat_certificates *chat_certificates_load(const struct chat_config *config,
                                                 void (*problem)(void *context, const char *line),
                                                 void *context);
/* Takes it, NULL too. What connections still use of it lives as long as they. */
void chat_certificates_destroy(struct chat_certificates *certificates);

/* The number of the listener at this place, best the one with this number; false: there is none. */
bool chat_certificates_find(const struct chat_certificates *certificates, size_t number,
                            const char *address, unsigned port, size_t *ret_listener);

/* Those of one listener, by number; NULL past the last. The first is the one for all names. */
SSL_CTX *chat_certificates_at(const struct chat_certificates *certificates, size_t listener,
                              size_t index);

#endif
