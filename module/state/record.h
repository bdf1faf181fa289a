/* What outlives a restart: sanctions (core/sanction.h), rooms that an administrator made, and the
 * last changes. Any thread. */
#ifndef CHAT_STATE_RECORD_H
#define CHAT_STATE_RECORD_H

#include "core/limits.h"
#include "core/sanction.h"

/* Of the audit log so many entries are kept, the oldest go first. */
enum { CHAT_AUDIT_MAX = 10000, CHAT_AUDIT_TEXT_MAX = 1024 };

struct chat_kept_room {
    struct chat_slice id, name;
    uint32_t max_members; /* 0: rooms.max_members */
    int64_t created_ms;
};

/* Who changed what, with which result. */
struct chat_audit_entry {
    uint64_t id; /* from 1, the newest has the largest */
    int64_t time_ms;
    struct chat_slice by;      /* the name of who asked, or of what did */
    uint64_t uid, pid;         /* of an administrator; 0 and 0: no process asked */
    struct chat_slice change;  /* the command's or request's name */
    struct chat_slice subject; /* NAME=VALUE …, what was given with it */
    struct chat_slice result;  /* ok, or an error's code */
};

enum chat_record_kind {
    CHAT_RECORD_SANCTION,
    CHAT_RECORD_SANCTION_LIFTED,
    CHAT_RECORD_ROOM,
    CHAT_RECORD_ROOM_GONE,
    CHAT_RECORD_AUDIT,
};

/* One change to what is kept; its slices are borrowed. */
struct chat_record {
    enum chat_record_kind kind;
    union {
        struct chat_sanction sanction; /* LIFTED: kind, target and room name it */
        struct chat_kept_room room;    /* GONE: the id names it */
        struct chat_audit_entry audit;
    };
};

/* How many bytes its strings have; copies them, for the record to borrow; lets a record that came
 * as its bytes borrow a copy of them. */
size_t chat_record_text(const struct chat_record *record);
void chat_record_keep_text(struct chat_record *record, char *text);
void chat_record_find_text(struct chat_record *record, const char *text);

#endif
