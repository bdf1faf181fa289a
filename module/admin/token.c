/* token check: what the keys that are in effect say to a token. Admin loop. */
#include "admin/column.h"
#include "admin/report.h"
#include "auth/auth.h"
#include "net/shared.h"
#include "net/snapshot.h"

#include <stdio.h>

static struct chat_slice put_rights(char text[64], uint8_t rights)
{
    static const struct {
        unsigned right;
        const char *name;
    } names[] = {{CHAT_MAY_CREATE, "create"},
                 {CHAT_MAY_JOIN, "join"},
                 {CHAT_MAY_SEND, "send"},
                 {CHAT_MAY_MODERATE, "moderate"}};
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if ((rights & names[i].right) != 0)
            used += (size_t)snprintf(text + used, 64 - used, "%s%s", used > 0 ? "," : "",
                                     names[i].name);
    return (struct chat_slice){text, used};
}

static enum chat_admin_error refuse(struct chat_report *report, const char *why)
{
    snprintf(report->why, sizeof(report->why), "the token is refused: %s", why);
    return CHAT_ADMIN_E_BAD_VALUE;
}

static enum chat_admin_error answer_check(struct chat_report *report)
{
    const struct chat_auth *auth = report->errand->chatd->snapshot->auth;
    struct chat_slice token = chat_command_argument(report->arguments, "token");
    struct chat_slice room = chat_command_argument(report->arguments, "room");
    struct chat_claims *claims = NULL;
    char may[64];

    if (token.bytes == NULL)
        return refuse(report, "there is none");
    if (chat_auth_verify(auth, token, report->now_ms, &claims) != CHAT_OK)
        return refuse(report, chat_auth_refusal(auth, token, report->now_ms));
    struct chat_admin_token record = {.user = chat_claims_user(claims),
                                      .name = chat_claims_name(claims),
                                      .expires_ms = chat_claims_expires_ms(claims)};
    if (room.bytes != NULL)
        record.may = put_rights(may, chat_claims_rights(claims, room));
    chat_report_put_object(report, &record);
    chat_claims_destroy(claims);
    return CHAT_ADMIN_OK;
}

const struct chat_command chat_command_token_check = {.answer = answer_check};
