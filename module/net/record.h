/* What may be logged (log.def), and how often: the way from chat_log to the host's callback. Any
 * thread. */
#ifndef CHAT_NET_RECORD_H
#define CHAT_NET_RECORD_H

#include "chatd.h"

#include <stdatomic.h>

enum chat_record_event {
#define LOG(event, level, per_second, fields, doc) CHAT_RECORD_##event,
#include "net/log.def"
    CHAT_RECORDS
};

/* How many lines of an event there were in a second. */
struct chat_record_gate {
    atomic_ullong second;
    atomic_uint written, suppressed;
};

/* Writes the line, unless there were too many of its event in this second. */
void chat_record_write(struct chatd *chatd, enum chatd_level level, const char *event,
                       const struct chatd_field *fields);

/* True: this line, in that second, may pass; *ret_suppressed are those before it that did not. */
bool chat_record_pass(struct chat_record_gate *gate, unsigned per_second, unsigned long long second,
                      unsigned *ret_suppressed);

#endif
