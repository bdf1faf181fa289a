/* Sessions whose identity a token gives (PROTOCOL §3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/session.h"

enum { HOME = 3, OTHER_HOME = 4 };

static struct chat_request join_as(const char *user_id, const char *user_name)
{
    return (struct chat_request){
        .type = CHAT_REQUEST_join,
        .room_id = CHAT_SLICE("lobby"),
        .user_id = {user_id, user_id != NULL ? strlen(user_id) : 0},
        .user_name = {user_name, user_name != NULL ? strlen(user_name) : 0},
    };
}

static const struct chat_request ping = {.type = CHAT_REQUEST_ping};
static const struct chat_request leave = {.type = CHAT_REQUEST_leave};

/* Identifies the request and sends it on its way, as the worker does. */
static void open_request(struct chat_session *session, const struct chat_request *request,
                         unsigned destination)
{
    struct chat_slice user, name;

    assert_int_equal(chat_session_identify(session, request, &user, &name), CHAT_OK);
    assert_true(chat_session_admits(session, request, destination));
    chat_session_open(session, request, destination, user, name);
}

static void join_and_sit(struct chat_session *session, const char *user_id, const char *user_name)
{
    struct chat_request join = join_as(user_id, user_name);

    open_request(session, &join, HOME);
    chat_session_seated(session);
    chat_session_complete(session);
}

static void assert_is(const struct chat_session *session, const char *user_id, const char *name)
{
    struct chat_slice id = {user_id, strlen(user_id)}, user_name = {name, strlen(name)};

    assert_true(chat_slice_equal(chat_session_user(session), id));
    assert_true(chat_slice_equal(chat_session_name(session), user_name));
}

static enum chat_error identify(const struct chat_session *session, struct chat_request request)
{
    struct chat_slice user, name;
    return chat_session_identify(session, &request, &user, &name);
}

static struct chat_claims *claims_of(const char *user_id, const char *name)
{
    return chat_claims_create((struct chat_slice){user_id, strlen(user_id)},
                              (struct chat_slice){name, strlen(name)}, 1000);
}

static void token_binds_the_identity_at_once(void **state)
{
    (void)state;
    struct chat_session session = {.needs_token = true};
    struct chat_slice user, name;
    struct chat_request join = join_as(NULL, NULL);

    assert_int_equal(chat_session_verify(&session, claims_of("ann", "Ann")), CHAT_OK);

    assert_int_equal(session.state, CHAT_SESSION_BOUND);
    assert_is(&session, "ann", "Ann");
    assert_int_equal(chat_session_identify(&session, &join, &user, &name), CHAT_OK);
    assert_true(chat_slice_equal(user, CHAT_SLICE("ann")));
    assert_int_equal(identify(&session, join_as("ann", "Queen")), CHAT_OK);
    assert_int_equal(identify(&session, join_as("ben", NULL)), CHAT_E_IDENTITY_USER_MISMATCH);
    open_request(&session, &join, HOME);
    chat_session_complete(&session);
    assert_is(&session, "ann", "Ann");
    chat_session_finish(&session);
}

static void nobody_binds_without_a_token_where_one_is_required(void **state)
{
    (void)state;
    struct chat_session session = {.needs_token = true};

    assert_int_equal(identify(&session, join_as("ann", NULL)), CHAT_E_IDENTITY_TOKEN_REQUIRED);
    assert_int_equal(identify(&session, join_as(NULL, NULL)), CHAT_E_IDENTITY_TOKEN_REQUIRED);
    assert_int_equal(identify(&session, (struct chat_request){.type = CHAT_REQUEST_create_room}),
                     CHAT_E_IDENTITY_TOKEN_REQUIRED);
    assert_int_equal(identify(&session, leave), CHAT_OK);
    assert_int_equal(identify(&session, ping), CHAT_OK);
    chat_session_finish(&session);
}

static void later_token_of_the_same_user_takes_the_place_of_the_first(void **state)
{
    (void)state;
    struct chat_session session = {0};
    struct chat_claims *other = claims_of("ben", "Ben"), *newer = claims_of("ann", "Queen Ann");
    chat_claims_limit(newer);
    assert_int_equal(chat_session_verify(&session, claims_of("ann", "Ann")), CHAT_OK);

    assert_int_equal(chat_session_verify(&session, other), CHAT_E_IDENTITY_USER_MISMATCH);
    assert_int_equal(chat_claims_rights(session.claims, CHAT_SLICE("r")),
                     CHAT_RIGHTS_DEFAULT | CHAT_VERIFIED);
    assert_int_equal(chat_session_verify(&session, newer), CHAT_OK);

    assert_int_equal(chat_claims_rights(session.claims, CHAT_SLICE("r")), CHAT_VERIFIED);
    assert_is(&session, "ann", "Ann");
    chat_claims_destroy(other);
    chat_session_finish(&session);
}

/* The seats that it has are those of an unverified user. */
static void no_token_verifies_an_identity_bound_without_one(void **state)
{
    (void)state;
    struct chat_session session = {0};
    struct chat_claims *claims = claims_of("ann", "Ann");
    join_and_sit(&session, "ann", NULL);

    assert_int_equal(chat_session_verify(&session, claims), CHAT_E_IDENTITY_ALREADY_BOUND);

    assert_null(session.claims);
    chat_claims_destroy(claims);
    chat_session_finish(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(token_binds_the_identity_at_once),
        cmocka_unit_test(nobody_binds_without_a_token_where_one_is_required),
        cmocka_unit_test(later_token_of_the_same_user_takes_the_place_of_the_first),
        cmocka_unit_test(no_token_verifies_an_identity_bound_without_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
