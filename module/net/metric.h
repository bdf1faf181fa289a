/* The workers' tallies as text: Prometheus' exposition format 0.0.4. */
#ifndef CHAT_NET_METRIC_H
#define CHAT_NET_METRIC_H

#include <stddef.h>

struct chatd;

/* All metrics, with HELP and TYPE, as they are now. Returns owned, NUL behind the last line. Any
 * thread but a worker's (process.h). */
char *chat_metric_text(const struct chatd *chatd, size_t *ret_length);

#endif
