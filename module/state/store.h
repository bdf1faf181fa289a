/* The database of what outlives a restart: chatd.db in the directory that the option `state` names.
 * SQLite and not a file of our own: it is never half written, whatever ends the process or the
 * machine; it tells a damaged file from a good one; and operators can read it. Its journal is a
 * write-ahead log synced at every commit, so that what was answered with "done" is on the disk; all
 * that waits is one transaction. Blocks: one thread at a time, none of a loop. */
#ifndef CHAT_STATE_STORE_H
#define CHAT_STATE_STORE_H

#include "state/record.h"

enum { CHAT_STORE_WHY_MAX = 256, CHAT_STORE_VERSION = 1 };

struct chat_store;

enum chat_store_opening {
    CHAT_STORE_OPENED,
    CHAT_STORE_ABSENT, /* there is no database, and none can be made */
    CHAT_STORE_FAILED, /* there is one, and it cannot be used */
};

/* Returns owned in *ret_store, where it is opened; else `ret_why` says why not, naming the file. */
enum chat_store_opening chat_store_open(const char *directory, struct chat_store **ret_store,
                                        char ret_why[CHAT_STORE_WHY_MAX])
    __attribute__((warn_unused_result));
/* NULL is fine. */
void chat_store_close(struct chat_store *store);

/* All that is kept, in no order but the audit's, which comes oldest first; borrowed for the call.
 * False: it could not be read, and `ret_why` says why. */
bool chat_store_load(struct chat_store *store,
                     void (*each)(void *context, const struct chat_record *record), void *context,
                     char ret_why[CHAT_STORE_WHY_MAX]) __attribute__((warn_unused_result));

/* All of the records in their order, or none. A sanction's and an audit entry's id is filled in; a
 * sanction takes the place, and keeps the id, of one of the same kind, target and room. */
bool chat_store_write(struct chat_store *store, struct chat_record *const *records, size_t count,
                      char ret_why[CHAT_STORE_WHY_MAX]) __attribute__((warn_unused_result));

#endif
