/* The columns of the answers: their values from the workers' rows, as JSON and in order. Any
 * thread. */
#ifndef CHAT_ADMIN_COLUMN_H
#define CHAT_ADMIN_COLUMN_H

#include "admin/rows.h"
#include "net/control.h"
#include "state/record.h"

#include <yajl/yajl_gen.h>

struct chat_column_texts {
    const struct chat_slice *items;
    size_t count;
};

/* The records that rows in column.def name, besides struct chat_row. */
struct chat_admin_status {
    struct chat_slice version, protocol, reply;
    int64_t started_ms;
    uint64_t pid, workers, connections, users, rooms, memberships;
    uint64_t messages_in, messages_out, queued_bytes, history_bytes, memory_bytes;
    struct chat_slice state, log_level;
    uint64_t drain_ms, drain_left_ms;
    int64_t reloaded_ms;
    struct chat_column_texts restart_for;
};

struct chat_admin_connection {
    struct chat_row row;
    struct chat_column_texts rooms;
};

struct chat_admin_metrics {
    struct chat_slice text;
};

/* What explain says. */
struct chat_admin_verdict {
    struct chat_slice user, room, connected, member, join, join_rule, message, message_rule;
};

/* Of a ban or a mute. */
struct chat_admin_sanction {
    uint64_t id, hits, connections, seats;
    struct chat_slice target, scope, kind, reason, by;
    int64_t created_ms, expires_ms;
};

/* Of the configuration. */
struct chat_admin_token {
    struct chat_slice user, name, may;
    int64_t expires_ms;
};
struct chat_admin_option {
    struct chat_slice option, value, source, applies;
};
struct chat_admin_change {
    struct chat_slice option, from, to, applies;
};
struct chat_admin_warning {
    struct chat_slice warning;
};

struct chat_column_row {
    const char *command, *list, *heading, *key;
    enum chat_column_kind kind;
    size_t offset, width;
};

/* The columns of a command's list (`self`: of its data), `*ret_count` of them. */
const struct chat_column_row *chat_column_rows(const char *command, const char *list,
                                               size_t *ret_count);

/* Members for each of the columns, from the record that they are of. */
void chat_column_write(yajl_gen json, const struct chat_column_row *columns, size_t count,
                       const void *record, int64_t now_ms);

/* As qsort: the two records by one column; texts by their bytes, none first. */
int chat_column_compare(const struct chat_column_row *column, const void *a, const void *b);

#endif
