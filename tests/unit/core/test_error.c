/* Every row of error.def, against PROTOCOL §7. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "core/error.h"

/* The codes in the order of PROTOCOL §7, the reasons in the order of their row. */
static const struct {
    enum chat_error error;
    const char *code, *reason;
} expected[] = {
    {CHAT_E_JSON_NOT_JSON, "malformed_json", "not_json"},
    {CHAT_E_JSON_NOT_AN_OBJECT, "malformed_json", "not_an_object"},
    {CHAT_E_JSON_TOO_DEEP, "malformed_json", "too_deep"},
    {CHAT_E_JSON_BAD_UNICODE, "malformed_json", "bad_unicode"},
    {CHAT_E_TYPE_UNKNOWN, "invalid_message_type", "unknown_type"},
    {CHAT_E_TYPE_MISSING, "invalid_message_type", "missing_type"},
    {CHAT_E_PAYLOAD_MISSING_FIELD, "invalid_payload", "missing_field"},
    {CHAT_E_PAYLOAD_WRONG_TYPE, "invalid_payload", "wrong_type"},
    {CHAT_E_PAYLOAD_TOO_SHORT, "invalid_payload", "too_short"},
    {CHAT_E_PAYLOAD_TOO_LONG, "invalid_payload", "too_long"},
    {CHAT_E_PAYLOAD_BAD_CHARACTERS, "invalid_payload", "bad_characters"},
    {CHAT_E_PAYLOAD_OUT_OF_RANGE, "invalid_payload", "out_of_range"},
    {CHAT_E_IDENTITY_NOT_IDENTIFIED, "identity_error", "not_identified"},
    {CHAT_E_IDENTITY_ALREADY_BOUND, "identity_error", "already_bound"},
    {CHAT_E_IDENTITY_TOKEN_REQUIRED, "identity_error", "token_required"},
    {CHAT_E_IDENTITY_TOKEN_INVALID, "identity_error", "token_invalid"},
    {CHAT_E_IDENTITY_TOKEN_EXPIRED, "identity_error", "token_expired"},
    {CHAT_E_IDENTITY_USER_MISMATCH, "identity_error", "user_mismatch"},
    {CHAT_E_CREATE_ROOM_EXISTS, "create_room_error", "room_exists"},
    {CHAT_E_CREATE_TOO_MANY_ROOMS, "create_room_error", "too_many_rooms"},
    {CHAT_E_CREATE_TOO_MANY_JOINED, "create_room_error", "too_many_joined"},
    {CHAT_E_CREATE_FORBIDDEN, "create_room_error", "forbidden"},
    {CHAT_E_JOIN_ROOM_NOT_FOUND, "join_room_error", "room_not_found"},
    {CHAT_E_JOIN_USER_ALREADY_IN_ROOM, "join_room_error", "user_already_in_room"},
    {CHAT_E_JOIN_ROOM_FULL, "join_room_error", "room_full"},
    {CHAT_E_JOIN_TOO_MANY_JOINED, "join_room_error", "too_many_joined"},
    {CHAT_E_JOIN_TOO_MANY_ROOMS, "join_room_error", "too_many_rooms"},
    {CHAT_E_JOIN_BANNED, "join_room_error", "banned"},
    {CHAT_E_JOIN_FORBIDDEN, "join_room_error", "forbidden"},
    {CHAT_E_LEAVE_NOT_IN_ROOM, "leave_room_error", "not_in_room"},
    {CHAT_E_MESSAGE_NOT_IN_ROOM, "message_error", "not_in_room"},
    {CHAT_E_MESSAGE_EMPTY, "message_error", "empty"},
    {CHAT_E_MESSAGE_TOO_LARGE, "message_error", "message_too_large"},
    {CHAT_E_MESSAGE_MUTED, "message_error", "muted"},
    {CHAT_E_MESSAGE_FORBIDDEN, "message_error", "forbidden"},
    {CHAT_E_MODERATION_FORBIDDEN, "moderation_error", "forbidden"},
    {CHAT_E_MODERATION_ROOM_NOT_FOUND, "moderation_error", "room_not_found"},
    {CHAT_E_MODERATION_USER_NOT_IN_ROOM, "moderation_error", "user_not_in_room"},
    {CHAT_E_MODERATION_USER_NOT_MUTED, "moderation_error", "user_not_muted"},
    {CHAT_E_MODERATION_ROOM_PERMANENT, "moderation_error", "room_permanent"},
    {CHAT_E_RATE_MESSAGES, "rate_limited", "messages"},
    {CHAT_E_RATE_JOINS, "rate_limited", "joins"},
    {CHAT_E_SERVER_DRAINING, "server_error", "draining"},
    {CHAT_E_SERVER_OVERLOADED, "server_error", "overloaded"},
    {CHAT_E_SERVER_ENGINE_UNAVAILABLE, "server_error", "engine_unavailable"},
};

static void every_error_has_the_code_and_reason_of_the_protocol(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        const struct chat_error_row *row = chat_error_row(expected[i].error);
        assert_string_equal(row->code, expected[i].code);
        assert_string_equal(row->reason, expected[i].reason);
    }
}

/* So the order of the enum is the one in which faults of one kind are judged. */
static void errors_stand_in_the_order_of_the_protocol(void **state)
{
    (void)state;
    assert_int_equal(sizeof(expected) / sizeof(expected[0]), CHAT_ERRORS - 1);
    for (unsigned i = 0; i < CHAT_ERRORS - 1; i++)
        assert_int_equal(expected[i].error, i + 1);
}

/* What proto replaces in a sentence; it knows no other brace. */
static bool is_placeholder(const char *brace)
{
    static const char *const known[] = {"{field}", "{expected}", "{low}", "{high}"};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strncmp(brace, known[i], strlen(known[i])) == 0)
            return true;
    return false;
}

static void every_sentence_is_for_people_and_short(void **state)
{
    (void)state;
    for (int e = CHAT_OK + 1; e < CHAT_ERRORS; e++) {
        const char *sentence = chat_error_row((enum chat_error)e)->sentence;
        assert_in_range(strlen(sentence), 10, 100);
        assert_null(strpbrk(sentence, "\"\n"));
        for (const char *p = strchr(sentence, '{'); p != NULL; p = strchr(p + 1, '{'))
            assert_true(is_placeholder(p));
    }
}

static void every_error_differs_from_all_others(void **state)
{
    (void)state;
    for (int a = CHAT_OK + 1; a < CHAT_ERRORS; a++) {
        const struct chat_error_row *row = chat_error_row((enum chat_error)a);
        for (int b = a + 1; b < CHAT_ERRORS; b++) {
            const struct chat_error_row *other = chat_error_row((enum chat_error)b);
            assert_false(strcmp(row->code, other->code) == 0 &&
                         strcmp(row->reason, other->reason) == 0);
        }
    }
}

static void no_error_is_no_row(void **state)
{
    (void)state;
    assert_string_equal(chat_error_row(CHAT_OK)->code, "");
    assert_string_equal(chat_error_row(CHAT_OK)->reason, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_the_code_and_reason_of_the_protocol),
        cmocka_unit_test(errors_stand_in_the_order_of_the_protocol),
        cmocka_unit_test(every_sentence_is_for_people_and_short),
        cmocka_unit_test(every_error_differs_from_all_others),
        cmocka_unit_test(no_error_is_no_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
