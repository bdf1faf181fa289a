/* What is true of the process as a whole, for the metrics: read from the kernel when asked for. Any
 * thread but a worker's, as it reads files. */
#ifndef CHAT_NET_PROCESS_H
#define CHAT_NET_PROCESS_H

#include <stdint.h>

struct chatd;

/* A FACT of metric.def each; times in nanoseconds. */
struct chat_process {
#define FACT(member, name, type, unit, help) uint64_t member;
#include "net/metric.def"
};

struct chat_process chat_process_read(const struct chatd *chatd);

#endif
