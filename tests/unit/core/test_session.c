/* Who a connection is, and what it waits for (PROTOCOL §3, §7, DESIGN §3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

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

static void new_session_is_nobody(void **state)
{
    (void)state;
    struct chat_session session = {0};

    assert_int_equal(session.state, CHAT_SESSION_NOBODY);
    assert_int_equal(chat_session_user(&session).length, 0);
    assert_null(chat_session_name(&session).bytes);
    chat_session_finish(&session);
}

static void join_is_refused_when_nobody_is_identified(void **state)
{
    (void)state;
    struct chat_session session = {0};

    assert_int_equal(identify(&session, join_as(NULL, NULL)), CHAT_E_IDENTITY_NOT_IDENTIFIED);
    assert_int_equal(identify(&session, join_as(NULL, "Ann")), CHAT_E_IDENTITY_NOT_IDENTIFIED);
    assert_int_equal(identify(&session, (struct chat_request){.type = CHAT_REQUEST_create_room}),
                     CHAT_E_IDENTITY_NOT_IDENTIFIED);
    chat_session_finish(&session);
}

static void other_requests_need_no_identity(void **state)
{
    (void)state;
    struct chat_session session = {0};

    assert_int_equal(identify(&session, ping), CHAT_OK);
    assert_int_equal(identify(&session, leave), CHAT_OK);
    assert_int_equal(identify(&session, (struct chat_request){.type = CHAT_REQUEST_message}),
                     CHAT_OK);
    chat_session_finish(&session);
}

static void identity_is_bound_when_a_seat_is_given(void **state)
{
    (void)state;
    struct chat_session session = {0};
    struct chat_request join = join_as("ann", "Ann");

    open_request(&session, &join, HOME);
    assert_int_equal(session.state, CHAT_SESSION_BINDING);
    chat_session_seated(&session);
    chat_session_complete(&session);

    assert_int_equal(session.state, CHAT_SESSION_BOUND);
    assert_is(&session, "ann", "Ann");
    chat_session_finish(&session);
}

static void user_id_is_the_name_when_none_is_given(void **state)
{
    (void)state;
    struct chat_session session = {0};

    join_and_sit(&session, "ann", NULL);

    assert_is(&session, "ann", "ann");
    chat_session_finish(&session);
}

static void identity_is_not_bound_by_a_refused_request(void **state)
{
    (void)state;
    struct chat_session session = {0};
    struct chat_request join = join_as("ann", "Ann");
    open_request(&session, &join, HOME);

    chat_session_complete(&session);

    assert_int_equal(session.state, CHAT_SESSION_NOBODY);
    assert_true(chat_slice_equal(chat_session_user(&session), (struct chat_slice){0}));
    assert_true(chat_slice_equal(chat_session_name(&session), (struct chat_slice){0}));
    assert_int_equal(identify(&session, join_as(NULL, NULL)), CHAT_E_IDENTITY_NOT_IDENTIFIED);
    join_and_sit(&session, "ben", "Ben");
    assert_is(&session, "ben", "Ben");
    chat_session_finish(&session);
}

static void bound_identity_is_used_when_none_is_given(void **state)
{
    (void)state;
    struct chat_session session = {0};
    struct chat_slice user, name;
    struct chat_request join = join_as(NULL, NULL);
    join_and_sit(&session, "ann", "Ann");

    assert_int_equal(chat_session_identify(&session, &join, &user, &name), CHAT_OK);
    assert_true(chat_slice_equal(user, CHAT_SLICE("ann")));
    assert_true(chat_slice_equal(name, CHAT_SLICE("Ann")));
    assert_int_equal(chat_session_identify(&session, &leave, &user, &name), CHAT_OK);
    assert_true(chat_slice_equal(user, CHAT_SLICE("ann")));
    chat_session_finish(&session);
}

static void bound_identity_cannot_be_changed(void **state)
{
    (void)state;
    struct chat_session session = {0};
    join_and_sit(&session, "ann", "Ann");

    assert_int_equal(identify(&session, join_as("ben", NULL)), CHAT_E_IDENTITY_ALREADY_BOUND);
    assert_int_equal(identify(&session, join_as("an", NULL)), CHAT_E_IDENTITY_ALREADY_BOUND);
    assert_int_equal(identify(&session, join_as("Ann", NULL)), CHAT_E_IDENTITY_ALREADY_BOUND);
    assert_int_equal(identify(&session, join_as("ann", NULL)), CHAT_OK);
    assert_is(&session, "ann", "Ann");
    chat_session_finish(&session);
}

static void later_user_name_is_ignored(void **state)
{
    (void)state;
    struct chat_session session = {0};
    struct chat_slice user, name;
    struct chat_request join = join_as("ann", "Queen Ann");
    join_and_sit(&session, "ann", "Ann");

    assert_int_equal(chat_session_identify(&session, &join, &user, &name), CHAT_OK);

    assert_true(chat_slice_equal(name, CHAT_SLICE("Ann")));
    join_and_sit(&session, "ann", "Queen Ann");
    assert_is(&session, "ann", "Ann");
    chat_session_finish(&session);
}

static void identity_stays_when_a_later_join_is_refused(void **state)
{
    (void)state;
    struct chat_session session = {0};
    struct chat_request join = join_as("ann", NULL);
    join_and_sit(&session, "ann", "Ann");

    open_request(&session, &join, HOME);
    chat_session_complete(&session);

    assert_int_equal(session.state, CHAT_SESSION_BOUND);
    assert_is(&session, "ann", "Ann");
    chat_session_finish(&session);
}

/* The session outlives the message that named it. */
static void identity_is_kept_by_the_session_itself(void **state)
{
    (void)state;
    struct chat_session session = {0};
    char *id = strdup("ann");
    struct chat_request join = join_as(id, NULL);

    open_request(&session, &join, HOME);
    memset(id, 'x', 3);
    free(id);

    assert_is(&session, "ann", "ann");
    chat_session_finish(&session);
}

static void nothing_is_admitted_until_the_identity_is_settled(void **state)
{
    (void)state;
    struct chat_session session = {0};
    struct chat_request join = join_as("ann", NULL);
    open_request(&session, &join, HOME);

    assert_false(chat_session_admits(&session, &leave, HOME));
    assert_false(chat_session_admits(&session, &leave, OTHER_HOME));
    assert_false(chat_session_admits(&session, &ping, CHAT_DESTINATION_HERE));
    chat_session_complete(&session);
    assert_true(chat_session_admits(&session, &leave, OTHER_HOME));
    chat_session_finish(&session);
}

static void requests_for_one_destination_follow_each_other_at_once(void **state)
{
    (void)state;
    struct chat_session session = {0};
    join_and_sit(&session, "ann", NULL);

    open_request(&session, &leave, HOME);
    open_request(&session, &leave, HOME);

    assert_int_equal(session.open, 2);
    assert_true(chat_session_admits(&session, &leave, HOME));
    chat_session_finish(&session);
}

static void request_for_another_destination_waits_for_all_before_it(void **state)
{
    (void)state;
    struct chat_session session = {0};
    join_and_sit(&session, "ann", NULL);
    open_request(&session, &leave, HOME);
    open_request(&session, &leave, HOME);

    assert_false(chat_session_admits(&session, &leave, OTHER_HOME));
    assert_false(chat_session_admits(&session, &ping, CHAT_DESTINATION_HERE));
    chat_session_complete(&session);
    assert_false(chat_session_admits(&session, &leave, OTHER_HOME));
    chat_session_complete(&session);

    assert_true(chat_session_admits(&session, &leave, OTHER_HOME));
    chat_session_finish(&session);
}

static void assert_runs_alone(struct chat_request alone)
{
    struct chat_session session = {0};
    join_and_sit(&session, "ann", NULL);

    open_request(&session, &leave, HOME);
    assert_false(chat_session_admits(&session, &alone, HOME));
    chat_session_complete(&session);
    open_request(&session, &alone, HOME);
    assert_false(chat_session_admits(&session, &leave, HOME));
    assert_false(chat_session_admits(&session, &alone, HOME));
    chat_session_complete(&session);
    open_request(&session, &leave, HOME);

    assert_true(chat_session_admits(&session, &leave, HOME));
    chat_session_finish(&session);
}

static void history_and_a_join_with_since_run_alone(void **state)
{
    (void)state;
    struct chat_request join = join_as("ann", NULL);

    assert_false(chat_session_runs_alone(&join));
    join.since = true;
    assert_runs_alone(join);
    assert_runs_alone((struct chat_request){.type = CHAT_REQUEST_history});
}

/* Until all are answered, each of them may have taken a seat. */
static void open_joins_are_counted_until_nothing_is_open(void **state)
{
    (void)state;
    struct chat_session session = {0};
    struct chat_request join = join_as("ann", NULL);
    join_and_sit(&session, "ann", NULL);
    assert_int_equal(session.joins, 0);

    open_request(&session, &join, HOME);
    open_request(&session, &leave, HOME);
    open_request(&session, &join, HOME);
    assert_int_equal(session.joins, 2);
    chat_session_complete(&session);
    chat_session_complete(&session);
    assert_int_equal(session.joins, 2);
    chat_session_complete(&session);

    assert_int_equal(session.joins, 0);
    chat_session_finish(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_session_is_nobody),
        cmocka_unit_test(join_is_refused_when_nobody_is_identified),
        cmocka_unit_test(other_requests_need_no_identity),
        cmocka_unit_test(identity_is_bound_when_a_seat_is_given),
        cmocka_unit_test(user_id_is_the_name_when_none_is_given),
        cmocka_unit_test(identity_is_not_bound_by_a_refused_request),
        cmocka_unit_test(bound_identity_is_used_when_none_is_given),
        cmocka_unit_test(bound_identity_cannot_be_changed),
        cmocka_unit_test(later_user_name_is_ignored),
        cmocka_unit_test(identity_stays_when_a_later_join_is_refused),
        cmocka_unit_test(identity_is_kept_by_the_session_itself),
        cmocka_unit_test(nothing_is_admitted_until_the_identity_is_settled),
        cmocka_unit_test(requests_for_one_destination_follow_each_other_at_once),
        cmocka_unit_test(request_for_another_destination_waits_for_all_before_it),
        cmocka_unit_test(history_and_a_join_with_since_run_alone),
        cmocka_unit_test(open_joins_are_counted_until_nothing_is_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
