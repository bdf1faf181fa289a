/* audit: the last changes, as the state remembers them. Admin loop. */
#include "admin/column.h"
#include "admin/must.h"
#include "admin/report.h"
#include "net/shared.h"

#include <stdlib.h>

enum { ENTRIES = 100 }; /* without --limit */

/* The newest last, as in a log. The argument has been checked to be a number. */
static enum chat_admin_error answer_audit(struct chat_report *report)
{
    const struct chat_state *state = report->errand->chatd->state;
    struct chat_slice limit = chat_command_argument(report->arguments, "limit");
    size_t most = limit.bytes == NULL ? ENTRIES : strtoul(limit.bytes, NULL, 10), count = 0;

    while (count < most && chat_state_audit(state, count) != NULL)
        count++;
    struct chat_audit_entry *entries = chat_must(malloc((count + 1) * sizeof(*entries)));
    for (size_t i = 0; i < count; i++)
        entries[i] = *chat_state_audit(state, count - 1 - i);
    yajl_gen_map_open(report->json);
    chat_report_put_list(report, "audit", entries, count, sizeof(*entries));
    yajl_gen_map_close(report->json);
    free(entries);
    return CHAT_ADMIN_OK;
}

const struct chat_command chat_command_audit = {.answer = answer_audit};
