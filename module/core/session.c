/* The rules of identity (PROTOCOL §3) and the window of open requests. */
#include "core/session.h"

#include <assert.h>
#include <stdlib.h>

void chat_session_finish(struct chat_session *session)
{
    free(session->identity);
    chat_claims_destroy(session->claims);
    *session = (struct chat_session){0};
}

enum chat_error chat_session_identify(const struct chat_session *session,
                                      const struct chat_request *request,
                                      struct chat_slice *ret_user, struct chat_slice *ret_name)
{
    bool may_bind = chat_request_row(request->type)->identity == CHAT_IDENTITY_BINDS;

    *ret_user = chat_session_user(session);
    *ret_name = chat_session_name(session);
    if (may_bind && session->needs_token && session->claims == NULL)
        return CHAT_E_IDENTITY_TOKEN_REQUIRED;
    if (!may_bind || request->user_id.bytes == NULL)
        return may_bind && session->state == CHAT_SESSION_NOBODY ? CHAT_E_IDENTITY_NOT_IDENTIFIED
                                                                 : CHAT_OK;
    if (session->state == CHAT_SESSION_NOBODY) {
        *ret_user = request->user_id;
        *ret_name = request->user_name.bytes != NULL ? request->user_name : request->user_id;
        return CHAT_OK;
    }
    if (chat_slice_equal(request->user_id, *ret_user))
        return CHAT_OK;
    return session->claims != NULL ? CHAT_E_IDENTITY_USER_MISMATCH : CHAT_E_IDENTITY_ALREADY_BOUND;
}

static void bind_to(struct chat_session *session, struct chat_slice user, struct chat_slice name,
                    enum chat_session_state state)
{
    session->identity = malloc(user.length + name.length);
    if (session->identity == NULL)
        abort();
    memcpy(session->identity, user.bytes, user.length);
    memcpy(session->identity + user.length, name.bytes, name.length);
    session->id_length = (uint8_t)user.length;
    session->name_length = (uint16_t)name.length;
    session->state = (uint8_t)state;
}

enum chat_error chat_session_verify(struct chat_session *session, struct chat_claims *claims)
{
    struct chat_slice user = chat_claims_user(claims);

    assert(session->state != CHAT_SESSION_BINDING);
    if (session->state == CHAT_SESSION_NOBODY)
        bind_to(session, user, chat_claims_name(claims), CHAT_SESSION_BOUND);
    else if (session->claims == NULL) /* its seats are those of an unverified user */
        return CHAT_E_IDENTITY_ALREADY_BOUND;
    else if (!chat_slice_equal(user, chat_session_user(session)))
        return CHAT_E_IDENTITY_USER_MISMATCH;
    chat_claims_destroy(session->claims);
    session->claims = claims;
    return CHAT_OK;
}

void chat_session_open(struct chat_session *session, const struct chat_request *request,
                       unsigned destination, struct chat_slice user, struct chat_slice name)
{
    assert(chat_session_admits(session, request, destination));
    session->open++;
    session->alone = chat_session_runs_alone(request);
    session->destination = (uint16_t)destination;
    if (chat_request_row(request->type)->identity != CHAT_IDENTITY_BINDS)
        return;
    session->joins++;
    if (session->state == CHAT_SESSION_NOBODY)
        bind_to(session, user, name, CHAT_SESSION_BINDING);
}

void chat_session_seated(struct chat_session *session)
{
    session->state = CHAT_SESSION_BOUND;
}

void chat_session_complete(struct chat_session *session)
{
    assert(session->open > 0);
    if (--session->open > 0)
        return;
    session->joins = 0;
    session->alone = false;
    if (session->state == CHAT_SESSION_BINDING) {
        free(session->identity);
        session->identity = NULL;
        session->id_length = 0;
        session->name_length = 0;
        session->state = CHAT_SESSION_NOBODY;
    }
}
