/* Who changed what, with which result: kept with the state (state/record.h) and shown by chatctl
 * audit. */
#ifndef CHAT_NET_AUDIT_H
#define CHAT_NET_AUDIT_H

#include "state/record.h"

struct chat_call;
struct chat_worker;
struct chatd;

/* Admin loop. Its time is filled in. The line in the log is the caller's. */
void chat_audit_keep(struct chatd *chatd, const struct chat_audit_entry *entry);

/* A worker's thread. A moderator's request is done: said in the log, and kept by a letter. */
void chat_audit_moderator(struct chat_worker *worker, const struct chat_call *call);
/* Admin loop: such a letter. */
void chat_audit_receive(struct chatd *chatd, struct chat_slice entry, struct chat_slice text);

#endif
