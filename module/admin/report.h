/* What a command answers with: the workers' rows, and where the answer's `data` is written. Admin
 * loop. */
#ifndef CHAT_ADMIN_REPORT_H
#define CHAT_ADMIN_REPORT_H

#include "admin/errand.h"
#include "admin/found.h"

#include <yajl/yajl_gen.h>

enum { CHAT_REPORT_WHY_MAX = 256 };

/* What is true of the server as a whole. */
struct chat_report_facts {
    const char *version;
    uint64_t pid, workers;
    int64_t started_ms;
};

struct chat_report {
    const char *command;
    const struct chat_report_facts *facts;
    const struct chat_command_arguments *arguments;
    const struct chat_errand *errand;
    struct chat_found *found; /* of all workers; may be sorted */
    int64_t now_ms;
    yajl_gen json;
    char why[CHAT_REPORT_WHY_MAX]; /* a better sentence than the error's own */
    struct chat_slice missing;     /* what was not found, for names near it; none: nothing */
    enum chat_query_kind others;   /* whose rows have the names of what there is */
};

/* There is no such user (`others` is CHAT_QUERY_USERS) or room (CHAT_QUERY_ROOMS), as `why` says
 * already: those that are near follow it. */
enum chat_admin_error chat_report_missing(struct chat_report *report, struct chat_slice name,
                                          enum chat_query_kind others);

/* `data` as one object of the command's own columns. */
void chat_report_put_object(struct chat_report *report, const void *record);

/* The members of the command's own columns, within an open object. */
void chat_report_put_members(struct chat_report *report, const void *record);

/* The member `list`: records of `size` bytes, each an object of the list's columns. */
void chat_report_put_list(struct chat_report *report, const char *list, const void *records,
                          size_t count, size_t size);

/* Sorts records, which begin with a struct chat_row, by the list's first column; with the heading
 * of another one, in either case, by that one first, from the largest down. */
void chat_report_sort(const struct chat_report *report, const char *list, const char *heading,
                      void *records, size_t count, size_t size);

/* Sorts what was found by kind, then by connection; `*ret_count` rows of the kind begin at the
 * result. */
struct chat_row *chat_report_rows(struct chat_report *report, enum chat_row_kind kind,
                                  size_t *ret_count);

#endif
