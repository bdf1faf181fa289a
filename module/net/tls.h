/* The TLS of all listeners: which certificates they show now, and the keys of their tickets. New
 * certificates can be put in at any time; whoever is connected keeps the ones that he saw. Shared
 * by all workers, touched at a connection's beginning only. Any thread. */
#ifndef CHAT_NET_TLS_H
#define CHAT_NET_TLS_H

#include "net/certificate.h"

struct chat_tls;

/* Returns owned, for the listeners of this configuration; none is TLS yet. */
struct chat_tls *chat_tls_create(const struct chat_config *config);
void chat_tls_destroy(struct chat_tls *tls);

/* From now on each listener shows the certificates that are given for its address and port. One
 * that is in both configurations without any is plaintext; one that is not among them stays as it
 * is. */
void chat_tls_use(struct chat_tls *tls, const struct chat_certificates *certificates);

/* The server's side of a new connection of this listener, owned; NULL: it is plaintext. */
SSL *chat_tls_begin(struct chat_tls *tls, size_t listener);

#endif
