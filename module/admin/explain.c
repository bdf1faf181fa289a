/* explain: would a join or a message of this user in this room succeed, and which rule decides; in
 * the order in which requests are judged (PROTOCOL §7). Of a user who is connected his tokens and
 * addresses count, of any other only his name. Admin loop. */
#include "admin/column.h"
#include "admin/report.h"
#include "admin/spell.h"
#include "core/claims.h"
#include "core/error.h"
#include "net/shared.h"
#include "net/snapshot.h"

#include <stdio.h>

enum { RULE_MAX = 512 };

struct facts {
    const struct chat_config *config;
    const struct chat_sanctions *sanctions;
    const struct chat_row *room; /* NULL: there is none */
    struct chat_slice user, room_id;
    bool is_connected, is_member, is_verified;
    unsigned rights;   /* of all his connections together */
    uint64_t ban;      /* that keeps one of them out, or 0 */
    bool rooms_at_max; /* as many as rooms.max */
    int64_t now_ms;
};

/* How it is answered, `ok` or code and reason as on the wire, and by which rule. */
struct verdict {
    char answer[64], rule[RULE_MAX];
};

static void say(struct verdict *verdict, enum chat_error error, const char *rule)
{
    if (error == CHAT_OK)
        snprintf(verdict->answer, sizeof(verdict->answer), "ok");
    else
        snprintf(verdict->answer, sizeof(verdict->answer), "%s/%s", chat_error_row(error)->code,
                 chat_error_row(error)->reason);
    snprintf(verdict->rule, sizeof(verdict->rule), "%s", rule);
}

static void say_sanction(struct verdict *verdict, enum chat_error error,
                         const struct chat_sanction *sanction)
{
    char target[CHAT_SANCTION_TARGET_MAX], scope[CHAT_SANCTION_SCOPE_MAX], rule[RULE_MAX];

    chat_spell_target(sanction, target);
    chat_spell_scope(sanction, scope);
    snprintf(rule, sizeof(rule), "%s %llu of %s (%s) by %.*s%s%.*s",
             sanction->kind == CHAT_SANCTION_BAN ? "ban" : "mute", (unsigned long long)sanction->id,
             target, scope, (int)sanction->by.length, sanction->by.bytes,
             sanction->reason.length != 0 ? ": " : "", (int)sanction->reason.length,
             sanction->reason.bytes);
    say(verdict, error, rule);
}

static const struct chat_sanction *find(const struct facts *facts, enum chat_sanction_kind kind)
{
    struct chat_suspect suspect = {.user = facts->user};
    const struct chat_sanction *each, *found = chat_sanctions_find(facts->sanctions, kind, &suspect,
                                                                   facts->room_id, facts->now_ms);
    uint32_t at = 0;

    if (found != NULL || kind == CHAT_SANCTION_MUTE || facts->ban == 0)
        return found;
    while ((each = chat_sanctions_next(facts->sanctions, &at)) != NULL && each->id != facts->ban)
        continue;
    return each;
}

static void judge_join(const struct facts *facts, struct verdict *verdict)
{
    const struct chat_config *config = facts->config;
    const struct chat_sanction *ban = find(facts, CHAT_SANCTION_BAN);
    const unsigned needed = facts->room != NULL ? CHAT_MAY_JOIN : CHAT_MAY_JOIN | CHAT_MAY_CREATE;

    if (config->auth_mode == CHAT_AUTH_REQUIRED && !facts->is_connected)
        say(verdict, CHAT_E_IDENTITY_TOKEN_REQUIRED,
            "auth.mode is required: a token has to allow it");
    else if (facts->room == NULL && facts->rooms_at_max)
        say(verdict, CHAT_E_JOIN_TOO_MANY_ROOMS, "there are as many rooms as rooms.max allows");
    else if (facts->is_member && !facts->is_verified)
        say(verdict, CHAT_E_JOIN_USER_ALREADY_IN_ROOM,
            "the user is in the room, and no token says that another connection is his");
    else if (facts->room != NULL && !facts->is_member &&
             facts->room->members >= facts->room->max_members)
        say(verdict, CHAT_E_JOIN_ROOM_FULL, "the room has its max_members");
    else if (ban != NULL)
        say_sanction(verdict, CHAT_E_JOIN_BANNED, ban);
    else if ((facts->rights & needed) != needed)
        say(verdict, CHAT_E_JOIN_FORBIDDEN, "his token does not allow it");
    else
        say(verdict, CHAT_OK, facts->room != NULL ? "nothing is against it" : "it makes the room");
}

static void judge_message(const struct facts *facts, struct verdict *verdict)
{
    const struct chat_sanction *mute = find(facts, CHAT_SANCTION_MUTE);

    if (!facts->is_member)
        say(verdict, CHAT_E_MESSAGE_NOT_IN_ROOM, "the user is not in the room");
    else if (mute != NULL)
        say_sanction(verdict, CHAT_E_MESSAGE_MUTED, mute);
    else if ((facts->rights & CHAT_MAY_SEND) == 0)
        say(verdict, CHAT_E_MESSAGE_FORBIDDEN, "his token does not allow it");
    else
        say(verdict, CHAT_OK, "nothing is against it");
}

static struct facts gather(struct chat_report *report)
{
    const struct chatd *chatd = report->errand->chatd;
    struct facts facts = {.config = &chatd->snapshot->config,
                          .sanctions = chat_state_sanctions(chatd->state),
                          .user = chat_command_argument(report->arguments, "user"),
                          .room_id = chat_command_argument(report->arguments, "room"),
                          .now_ms = report->now_ms};
    size_t rooms = 0, members = 0, count = 0;
    const struct chat_row *room = chat_report_rows(report, CHAT_ROW_ROOM, &rooms);

    chat_report_rows(report, CHAT_ROW_MEMBER, &members);
    const struct chat_row *rights = chat_report_rows(report, CHAT_ROW_RIGHTS, &count);
    facts.room = rooms > 0 ? room : NULL;
    facts.is_member = members > 0;
    facts.is_connected = count > 0;
    facts.rooms_at_max = atomic_load(&chatd->rooms) >= facts.config->rooms_max;
    facts.rights = count > 0 ? 0 : CHAT_RIGHTS_DEFAULT;
    for (size_t i = 0; i < count; i++) {
        facts.rights |= (unsigned)rights[i].rights;
        facts.ban = rights[i].sanction != 0 ? rights[i].sanction : facts.ban;
    }
    facts.is_verified = (facts.rights & CHAT_VERIFIED) != 0;
    return facts;
}

static enum chat_admin_error answer_explain(struct chat_report *report)
{
    struct facts facts = gather(report);
    struct verdict join, message;

    if (facts.room == NULL && !facts.config->rooms_auto_create) {
        snprintf(report->why, sizeof(report->why), "there is no room %s", facts.room_id.bytes);
        return chat_report_missing(report, facts.room_id, CHAT_QUERY_ROOMS);
    }
    judge_join(&facts, &join);
    judge_message(&facts, &message);
    chat_report_put_object(
        report,
        &(struct chat_admin_verdict){.user = facts.user,
                                     .room = facts.room_id,
                                     .connected = chat_slice_of(facts.is_connected ? "yes" : "no"),
                                     .member = chat_slice_of(facts.is_member ? "yes" : "no"),
                                     .join = chat_slice_of(join.answer),
                                     .join_rule = chat_slice_of(join.rule),
                                     .message = chat_slice_of(message.answer),
                                     .message_rule = chat_slice_of(message.rule)});
    return CHAT_ADMIN_OK;
}

const struct chat_command chat_command_explain = {
    .asks = true, .query = CHAT_QUERY_EXPLAIN, .answer = answer_explain};
