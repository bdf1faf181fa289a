/* Who a connection is, and which of its requests are under way. It belongs to the connection's own
 * worker; pure.
 *
 * A sender sees its requests answered in order whatever the rooms (PROTOCOL §3): while requests are
 * uncompleted at one destination, one for another waits, and so does all behind it (DESIGN §3). */
#ifndef CHAT_CORE_SESSION_H
#define CHAT_CORE_SESSION_H

#include "core/claims.h"
#include "core/request.h"

#include <stdint.h>

/* NOBODY ──request that may bind──► BINDING ──seated──► BOUND, for good
 *    ▲────────completed without a seat────┘                ▲
 *    └───────────────────── token ─────────────────────────┘ */
enum chat_session_state { CHAT_SESSION_NOBODY, CHAT_SESSION_BINDING, CHAT_SESSION_BOUND };

/* All zero is nobody, with nothing under way. */
struct chat_session {
    char *identity;             /* user_id, then user_name; NULL: none */
    struct chat_claims *claims; /* of its token; NULL: none was shown */
    uint16_t name_length;
    uint8_t id_length;
    uint8_t state;
    uint16_t open;        /* uncompleted requests */
    uint16_t joins;       /* of them at most so many may take a seat */
    uint16_t destination; /* of all open ones */
    bool alone;           /* the one that is open runs alone */
    bool needs_token;     /* to bind: auth.mode is required */
};

/* Destinations: the index of a home, or one of these. */
enum { CHAT_DESTINATION_HERE = 0xffff, CHAT_DESTINATION_ALL = 0xfffe };

void chat_session_finish(struct chat_session *session);

static inline struct chat_slice chat_session_user(const struct chat_session *session)
{
    return (struct chat_slice){session->identity, session->id_length};
}
static inline struct chat_slice chat_session_name(const struct chat_session *session)
{
    size_t at = session->id_length;
    return (struct chat_slice){session->identity == NULL ? NULL : session->identity + at,
                               session->name_length};
}

/* As whom the request speaks, borrowed from the request or the session; or why it may not. Changes
 * nothing. */
enum chat_error chat_session_identify(const struct chat_session *session,
                                      const struct chat_request *request,
                                      struct chat_slice *ret_user, struct chat_slice *ret_name)
    __attribute__((warn_unused_result));

/* One whose answer may be long, or waits for a disk: nothing is under way before it, nor follows
 * until it is complete (DESIGN, back-pressure). */
static inline bool chat_session_runs_alone(const struct chat_request *request)
{
    return request->since || request->type == CHAT_REQUEST_history ||
           request->type == CHAT_REQUEST_list_rooms || request->type == CHAT_REQUEST_list_users ||
           request->type == CHAT_REQUEST_mute_user || request->type == CHAT_REQUEST_unmute_user;
}

/* Takes the claims of a token that was verified: the first ones bind the identity, later ones of
 * the same user take their place. An error changes nothing, and leaves the claims to the caller.
 * Nothing that may bind is under way. */
enum chat_error chat_session_verify(struct chat_session *session, struct chat_claims *claims)
    __attribute__((warn_unused_result));

/* May a request for this destination go now, after those that are open? */
static inline bool chat_session_admits(const struct chat_session *session,
                                       const struct chat_request *request, unsigned destination)
{
    return session->open == 0 ||
           (session->destination == destination && session->state != CHAT_SESSION_BINDING &&
            !session->alone && !chat_session_runs_alone(request));
}

/* The request goes to its destination, as this user. */
void chat_session_open(struct chat_session *session, const struct chat_request *request,
                       unsigned destination, struct chat_slice user, struct chat_slice name);
/* Its connection was given a seat: the identity is bound. */
void chat_session_seated(struct chat_session *session);
/* One request is completed. */
void chat_session_complete(struct chat_session *session);

#endif
