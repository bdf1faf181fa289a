/* bans: all bans and mutes, from the state, with the hits that the workers counted. Admin loop. */
#include "admin/column.h"
#include "admin/must.h"
#include "admin/report.h"
#include "admin/spell.h"
#include "net/shared.h"

#include <stdlib.h>

/* The record, and what its slices borrow. */
struct entry {
    struct chat_admin_sanction record; /* first */
    char target[CHAT_SANCTION_TARGET_MAX], scope[CHAT_SANCTION_SCOPE_MAX];
};

static int compare_ids(const void *a, const void *b)
{
    uint64_t left = ((const struct entry *)a)->record.id;
    uint64_t right = ((const struct entry *)b)->record.id;

    return (left > right) - (left < right);
}

static void describe(struct entry *entry, const struct chat_sanction *sanction)
{
    chat_spell_target(sanction, entry->target);
    chat_spell_scope(sanction, entry->scope);
    entry->record = (struct chat_admin_sanction){
        .id = sanction->id,
        .kind = sanction->kind == CHAT_SANCTION_BAN ? CHAT_SLICE("ban") : CHAT_SLICE("mute"),
        .reason = sanction->reason,
        .by = sanction->by,
        .created_ms = sanction->created_ms,
        .expires_ms = sanction->expires_ms,
    };
}

/* Sorted by id, the slices borrowed from the entries: they move no more. */
static void settle(struct entry *entries, size_t count)
{
    if (count > 0)
        qsort(entries, count, sizeof(*entries), compare_ids);
    for (size_t i = 0; i < count; i++) {
        entries[i].record.target = chat_slice_of(entries[i].target);
        entries[i].record.scope = chat_slice_of(entries[i].scope);
        if (entries[i].record.reason.length == 0)
            entries[i].record.reason = (struct chat_slice){NULL, 0};
    }
}

static void add_hits(struct entry *entries, size_t count, const struct chat_found *found)
{
    for (size_t i = 0; i < found->count; i++) {
        struct entry wanted = {.record.id = found->rows[i].sanction};
        struct entry *entry =
            count > 0 ? bsearch(&wanted, entries, count, sizeof(*entries), compare_ids) : NULL;
        if (entry != NULL)
            entry->record.hits += found->rows[i].hits;
    }
}

static enum chat_admin_error answer_bans(struct chat_report *report)
{
    const struct chat_sanctions *sanctions = chat_state_sanctions(report->errand->chatd->state);
    struct entry *entries = chat_must(malloc((sanctions->table.count + 1) * sizeof(*entries)));
    const struct chat_sanction *each;
    uint32_t at = 0;
    size_t count = 0;

    while ((each = chat_sanctions_next(sanctions, &at)) != NULL)
        if (!chat_sanction_is_over(each, report->now_ms))
            describe(&entries[count++], each);
    settle(entries, count);
    add_hits(entries, count, report->found);
    yajl_gen_map_open(report->json);
    chat_report_put_list(report, "bans", entries, count, sizeof(*entries));
    yajl_gen_map_close(report->json);
    free(entries);
    return CHAT_ADMIN_OK;
}

const struct chat_command chat_command_bans = {
    .asks = true, .query = CHAT_QUERY_HITS, .answer = answer_bans};
