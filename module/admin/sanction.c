/* ban, mute, unban, unmute. A change is on the disk before a worker knows of it, and all
 * workers have done what it asks for before it is answered. Admin loop. */
#include "admin/column.h"
#include "admin/must.h"
#include "admin/nearest.h"
#include "admin/report.h"
#include "admin/spell.h"
#include "config/cidr.h"
#include "net/shared.h"

#include <stdio.h>
#include <stdlib.h>

struct work {
    struct chat_state *state;
    uint64_t ticket; /* of the change, until it is written */
    uint64_t id;
    int64_t expires_ms;
    char target[CHAT_SANCTION_TARGET_MAX], scope[CHAT_SANCTION_SCOPE_MAX];
    char packed[CHAT_SANCTION_BYTES];
};

static struct chat_slice argument(const struct chat_errand *errand, const char *name)
{
    return chat_command_argument(errand->arguments, name);
}

/* What reads as an address is one, though it could be a user's id. */
static void set_target(struct chat_sanction *sanction, struct chat_slice target)
{
    struct chat_cidr range;

    if (chat_cidr_read(target.bytes, target.length, &range) != NULL) {
        sanction->user = target;
        return;
    }
    memcpy(sanction->addresses.ip, range.ip.bytes, sizeof(sanction->addresses.ip));
    sanction->addresses.bits = (uint8_t)range.bits;
}

/* As the arguments say. */
static struct chat_sanction sanction_of(const struct chat_errand *errand,
                                        enum chat_sanction_kind kind)
{
    struct chat_slice time = argument(errand, "for");
    struct chat_sanction sanction = {.kind = kind,
                                     .room = argument(errand, "room"),
                                     .reason = argument(errand, "reason"),
                                     .by = chat_slice_of(errand->by),
                                     .created_ms = errand->now_ms};

    if (time.bytes != NULL)
        sanction.expires_ms = errand->now_ms + strtoll(time.bytes, NULL, 10);
    if (kind == CHAT_SANCTION_MUTE)
        sanction.user = argument(errand, "user");
    else
        set_target(&sanction, argument(errand, "target"));
    return sanction;
}

/* The workers are asked with it. */
static void set_query(struct chat_errand *errand, enum chat_query_kind kind,
                      const struct chat_sanction *sanction)
{
    struct work *work = errand->work;

    work->id = sanction->id;
    work->expires_ms = sanction->expires_ms;
    chat_spell_target(sanction, work->target);
    chat_spell_scope(sanction, work->scope);
    errand->query.kind = kind;
    errand->query.user = sanction->user;
    errand->query.room = sanction->room;
    errand->query.text = chat_sanction_pack(sanction, work->packed);
}

static struct work *begin_work(struct chat_errand *errand)
{
    struct work *work = chat_must(calloc(1, sizeof(*work)));

    work->state = errand->chatd->state;
    errand->work = work;
    return work;
}

static void end(struct chat_errand *errand)
{
    struct work *work = errand->work;

    if (work == NULL)
        return;
    if (work->ticket != 0)
        chat_state_forget(work->state, work->ticket);
    free(work);
}

static void on_written(void *context, const struct chat_record *record, const char *why)
{
    struct chat_errand *errand = context;
    struct work *work = errand->work;
    bool is_ban = record->sanction.kind == CHAT_SANCTION_BAN;

    work->ticket = 0;
    if (record->kind == CHAT_RECORD_SANCTION_LIFTED)
        set_query(errand, CHAT_QUERY_LIFT, &record->sanction);
    else
        set_query(errand, is_ban ? CHAT_QUERY_BAN : CHAT_QUERY_MUTE, &record->sanction);
    chat_errand_go_on(errand, why == NULL ? CHAT_ADMIN_OK : CHAT_ADMIN_E_NOT_KEPT,
                      why == NULL ? "" : why);
}

static void keep(struct chat_errand *errand, enum chat_record_kind kind,
                 const struct chat_sanction *sanction)
{
    struct work *work = errand->work;
    struct chat_record record = {.kind = kind, .sanction = *sanction};

    work->ticket = chat_state_write(work->state, &record, on_written, errand);
}

static void begin_ban(struct chat_errand *errand)
{
    struct chat_sanction ban = sanction_of(errand, CHAT_SANCTION_BAN);

    begin_work(errand);
    if (argument(errand, "dry-run").bytes == NULL) {
        keep(errand, CHAT_RECORD_SANCTION, &ban);
        return;
    }
    set_query(errand, CHAT_QUERY_BAN_MEETS, &ban);
    chat_errand_go_on(errand, CHAT_ADMIN_OK, "");
}

static void begin_mute(struct chat_errand *errand)
{
    struct chat_sanction mute = sanction_of(errand, CHAT_SANCTION_MUTE);

    begin_work(errand);
    keep(errand, CHAT_RECORD_SANCTION, &mute);
}

/* By the number of a ban, else by the target and the room. */
static const struct chat_sanction *find(const struct chat_state *state,
                                        const struct chat_sanction *wanted, struct chat_slice id)
{
    const struct chat_sanctions *sanctions = chat_state_sanctions(state);
    const struct chat_sanction *each;
    uint32_t at = 0;
    char *end_of_id = NULL;
    uint64_t number = id.bytes != NULL ? strtoull(id.bytes, &end_of_id, 10) : 0;

    if (number != 0 && *end_of_id == '\0')
        while ((each = chat_sanctions_next(sanctions, &at)) != NULL)
            if (each->id == number && each->kind == wanted->kind)
                return each;
    return chat_sanctions_same(sanctions, wanted);
}

/* With other targets that are near, whatever their room. */
static void say_missing(const struct chat_state *state, const struct chat_sanction *wanted,
                        char why[CHAT_REPORT_WHY_MAX])
{
    char target[CHAT_SANCTION_TARGET_MAX], other[CHAT_SANCTION_TARGET_MAX];
    char scope[CHAT_SANCTION_SCOPE_MAX];
    const struct chat_sanction *each;
    uint32_t at = 0;

    chat_spell_target(wanted, target);
    chat_spell_scope(wanted, scope);
    snprintf(why, CHAT_REPORT_WHY_MAX, "there is no %s of %s (%s)",
             wanted->kind == CHAT_SANCTION_BAN ? "ban" : "mute", target, scope);
    struct chat_nearest nearest = {.wanted = chat_slice_of(target)};
    while ((each = chat_sanctions_next(chat_state_sanctions(state), &at)) != NULL) {
        chat_spell_target(each, other);
        if (each->kind == wanted->kind)
            chat_nearest_see(&nearest, chat_slice_of(other));
    }
    chat_nearest_say(&nearest, why, CHAT_REPORT_WHY_MAX);
}

static void lift(struct chat_errand *errand, const struct chat_sanction *wanted,
                 struct chat_slice id)
{
    char why[CHAT_REPORT_WHY_MAX];
    const struct chat_sanction *found = find(errand->chatd->state, wanted, id);

    begin_work(errand);
    if (found != NULL) {
        keep(errand, CHAT_RECORD_SANCTION_LIFTED, found);
        return;
    }
    say_missing(errand->chatd->state, wanted, why);
    chat_errand_go_on(errand, CHAT_ADMIN_E_NOT_FOUND, why);
}

static void begin_unban(struct chat_errand *errand)
{
    struct chat_sanction ban = sanction_of(errand, CHAT_SANCTION_BAN);
    lift(errand, &ban, argument(errand, "target"));
}

static void begin_unmute(struct chat_errand *errand)
{
    struct chat_sanction mute = sanction_of(errand, CHAT_SANCTION_MUTE);
    lift(errand, &mute, (struct chat_slice){NULL, 0});
}

static struct chat_admin_sanction record_of(const struct work *work)
{
    return (struct chat_admin_sanction){.id = work->id,
                                        .target = chat_slice_of(work->target),
                                        .scope = chat_slice_of(work->scope),
                                        .expires_ms = work->expires_ms};
}

/* A ban says whom it put out, and with --dry-run whom it would. */
static enum chat_admin_error answer_ban(struct chat_report *report)
{
    struct chat_admin_sanction record = record_of(report->errand->work);
    bool is_dry = report->errand->query.kind == CHAT_QUERY_BAN_MEETS;
    bool is_of_room = report->errand->query.room.length != 0;
    size_t kicks = 0, count = 0;
    const struct chat_row *kicked = chat_report_rows(report, CHAT_ROW_KICKED, &kicks);

    for (size_t i = 0; i < kicks; i++)
        record.seats += kicked[i].seats;
    struct chat_row *users = chat_report_rows(report, CHAT_ROW_CONNECTION, &count);
    record.connections = count;
    for (size_t i = 0; is_dry && i < count; i++)
        record.seats += is_of_room ? 1 : users[i].rooms;
    yajl_gen_map_open(report->json);
    chat_report_put_members(report, &record);
    chat_report_sort(report, "users", NULL, users, count, sizeof(*users));
    chat_report_put_list(report, "users", users, count, sizeof(*users));
    yajl_gen_map_close(report->json);
    return CHAT_ADMIN_OK;
}

static enum chat_admin_error answer_one(struct chat_report *report)
{
    struct chat_admin_sanction record = record_of(report->errand->work);

    chat_report_put_object(report, &record);
    return CHAT_ADMIN_OK;
}

const struct chat_command chat_command_ban = {
    .begin = begin_ban, .end = end, .asks = true, .query = CHAT_QUERY_BAN, .answer = answer_ban};
const struct chat_command chat_command_mute = {
    .begin = begin_mute, .end = end, .asks = true, .query = CHAT_QUERY_MUTE, .answer = answer_one};
const struct chat_command chat_command_unban = {
    .begin = begin_unban, .end = end, .asks = true, .query = CHAT_QUERY_LIFT, .answer = answer_one};
const struct chat_command chat_command_unmute = {.begin = begin_unmute,
                                                 .end = end,
                                                 .asks = true,
                                                 .query = CHAT_QUERY_LIFT,
                                                 .answer = answer_one};
