/* The event encoder: each frame is taken apart, its JSON read back and compared by members and
 * values; and the answers to faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <time.h>

#include "proto/event.h"
#include "proto/read_back.h"

static struct chat_encoder *encoder;

static const char *written(const struct chat_event *event)
{
    return read_back(payload(chat_encoder_write(encoder, event)));
}

/* Every value that an event may have. 2009-02-13T23:31:30.007Z */
static struct chat_event full_event(enum chat_event_type type)
{
    return (struct chat_event){
        .type = type,
        .id = CHAT_SLICE("\"i\\n\""),
        .room_id = CHAT_SLICE("r:1"),
        .room_name = CHAT_SLICE("\"Room\" \\ \U0001f600"),
        .user_id = CHAT_SLICE("ann"),
        .user_name = CHAT_SLICE("Ann \u2028 \u00e9"),
        .message = CHAT_SLICE("line\n\x01\x7f/ \u6f22"),
        .client_msg_id = CHAT_SLICE("c\t1"),
        .epoch = CHAT_SLICE("e1"),
        .session = CHAT_SLICE("s1"),
        .code = CHAT_SLICE("some_error"),
        .reason = CHAT_SLICE("some_reason"),
        .seq = 9007199254740993,
        .oldest_seq = 0,
        .members = -1,
        .retry_after_ms = 250,
        .rows = CHAT_SLICE("\x02\0\0\0\x03\0\x01\0aA\"\\"
                           "\xff\xff\xff\xff\x01\0\x02\0bcD"),
        .next = CHAT_SLICE("n1"),
        .total = 7,
        .frames = {{CHAT_SLICE("\x81\x0f{\"type\":\"pong\"}\x81"),
                    CHAT_SLICE("\x1e{\"type\":\"kicked\",\"reason\":\"r\"}")},
                   2},
        .recovered = CHAT_FLAG_FALSE,
        .duplicate = CHAT_FLAG_TRUE,
        .more = CHAT_FLAG_TRUE,
        .time_ms = INT64_C(1234567890007),
    };
}

static void every_event_says_its_members(void **unused)
{
    static const char *const expected[CHAT_EVENTS] = {
        [CHAT_EVENT_new_room] = "{ type='new_room' id='i\n' room_id='r:1' author_id='ann' "
                                "room_name='\"Room\" \\ \U0001f600'"
                                " seq=9007199254740993 epoch='e1' session='s1' }",
        [CHAT_EVENT_join_success] =
            "{ type='join_success' id='i\n' room_id='r:1' user_id='ann' room_name='\"Room\" \\ "
            "\U0001f600'"
            " seq=9007199254740993 oldest_seq=0 epoch='e1' members=-1 session='s1' recovered=false "
            "}",
        [CHAT_EVENT_user_joined] = "{ type='user_joined' id='i\n' room_id='r:1' user_id='ann' "
                                   "user_name='Ann \u2028 \u00e9'"
                                   " message_time='2009-02-13T23:31:30.007Z' }",
        [CHAT_EVENT_user_left] =
            "{ type='user_left' id='i\n' room_id='r:1' user_id='ann' user_name='Ann \u2028 \u00e9'"
            " message_time='2009-02-13T23:31:30.007Z' reason='some_reason' }",
        [CHAT_EVENT_new_message] =
            "{ type='new_message' id='i\n' room_id='r:1' user_id='ann' user_name='Ann \u2028 "
            "\u00e9'"
            " message={ room_id='r:1' message='line\n\x01\x7f/ \u6f22' }"
            " message_time='2009-02-13T23:31:30.007Z' seq=9007199254740993 client_msg_id='c\t1' }",
        [CHAT_EVENT_message_ack] =
            "{ type='message_ack' id='i\n' room_id='r:1' seq=9007199254740993 duplicate=true }",
        [CHAT_EVENT_leave_success] = "{ type='leave_success' id='i\n' room_id='r:1' }",
        [CHAT_EVENT_pong] = "{ type='pong' id='i\n' }",
        [CHAT_EVENT_history] = "{ type='history' id='i\n' room_id='r:1' epoch='e1'"
                               " messages=[{ type='pong' }{ type='kicked' reason='r' } ]"
                               " more=true }",
        [CHAT_EVENT_room_list] =
            "{ type='room_list' id='i\n' rooms=[{ room_id='a' room_name='A\"\\' members=2 }"
            "{ room_id='bc' room_name='D' members=4294967295 } ] total=7 next='n1' }",
        [CHAT_EVENT_user_list] = "{ type='user_list' id='i\n' room_id='r:1'"
                                 " users=[{ user_id='a' user_name='A\"\\' }"
                                 "{ user_id='bc' user_name='D' } ] total=7 next='n1' }",
        [CHAT_EVENT_room_members] = "{ type='room_members' id='i\n' room_id='r:1' members=-1 }",
        [CHAT_EVENT_user_typing] = "{ type='user_typing' id='i\n' room_id='r:1'"
                                   " user_id='ann' user_name='Ann \u2028 \u00e9' }",
        [CHAT_EVENT_auth_success] = "{ type='auth_success' id='i\n' user_id='ann' "
                                    "user_name='Ann \u2028 \u00e9'"
                                    " expires_at='2009-02-13T23:31:30.007Z' }",
        [CHAT_EVENT_kicked] = "{ type='kicked' id='i\n' room_id='r:1' reason='some_reason' }",
        [CHAT_EVENT_room_closed] =
            "{ type='room_closed' id='i\n' room_id='r:1' reason='some_reason' }",
        [CHAT_EVENT_kick_success] = "{ type='kick_success' id='i\n' room_id='r:1' user_id='ann' }",
        [CHAT_EVENT_mute_success] = "{ type='mute_success' id='i\n' room_id='r:1' user_id='ann'"
                                    " expires_at='2009-02-13T23:31:30.007Z' }",
        [CHAT_EVENT_unmute_success] =
            "{ type='unmute_success' id='i\n' room_id='r:1' user_id='ann' }",
        [CHAT_EVENT_close_success] = "{ type='close_success' id='i\n' room_id='r:1' }",
        [CHAT_EVENT_notice] =
            "{ type='notice' id='i\n' room_id='r:1' message='line\n\x01\x7f/ \u6f22'"
            " message_time='2009-02-13T23:31:30.007Z' seq=9007199254740993 }",
        [CHAT_EVENT_error] = "{ type='error' id='i\n' code='some_error' reason='some_reason'"
                             " message='line\n\x01\x7f/ \u6f22' room_id='r:1'"
                             " retry_after_ms=250 }",
    };

    (void)unused;
    for (int type = 0; type < CHAT_EVENTS; type++) {
        struct chat_event event = full_event((enum chat_event_type)type);
        assert_non_null(expected[type]);
        assert_string_equal(written(&event), expected[type]);
    }
}

static void strings_without_bytes_are_left_out(void **unused)
{
    struct chat_event event = {.type = CHAT_EVENT_new_message, .message = CHAT_SLICE("m")};

    (void)unused;
    event.room_id = event.user_id = event.user_name = CHAT_SLICE("x");
    assert_string_equal(written(&event),
                        "{ type='new_message' room_id='x' user_id='x' user_name='x'"
                        " message={ room_id='x' message='m' }"
                        " message_time='1970-01-01T00:00:00.000Z' seq=0 }");
    event = (struct chat_event){.type = CHAT_EVENT_mute_success};
    assert_string_equal(written(&event), "{ type='mute_success' }");
    event = (struct chat_event){.type = CHAT_EVENT_kicked, .reason = CHAT_SLICE("")};
    assert_string_equal(written(&event), "{ type='kicked' }");
    event = (struct chat_event){.type = CHAT_EVENT_new_message};
    assert_string_equal(written(&event), "{ type='new_message' message={ room_id='' message='' }"
                                         " message_time='1970-01-01T00:00:00.000Z' seq=0 }");
    event = (struct chat_event){.type = CHAT_EVENT_pong};
    assert_string_equal(written(&event), "{ type='pong' }");
}

static void the_id_is_echoed_as_it_is(void **unused)
{
    struct chat_event event = {.type = CHAT_EVENT_pong, .id = CHAT_SLICE("-9007199254740992")};
    struct chat_slice json = payload(chat_encoder_write(encoder, &event));
    static const char expected[] = "{\"type\":\"pong\",\"id\":-9007199254740992}";

    (void)unused;
    assert_int_equal(json.length, sizeof(expected) - 1);
    assert_memory_equal(json.bytes, expected, json.length);
}

static void a_nul_in_a_text_comes_back(void **unused)
{
    struct chat_event event = {.type = CHAT_EVENT_kicked, .reason = CHAT_SLICE("a\0b")};

    (void)unused;
    written(&event);
    assert_memory_equal(said, "{ type='kicked' reason='a\0b' }", said_length);
}

static void the_header_fits_every_length(void **unused)
{
    static char text[66000];
    static const size_t ranges[][2] = {{0, 200}, {65300, 65600}};
    bool seen[3] = {false, false, false};

    (void)unused;
    memset(text, 'x', sizeof(text));
    for (size_t r = 0; r < 2; r++)
        for (size_t length = ranges[r][0]; length < ranges[r][1]; length++) {
            struct chat_event event = {.type = CHAT_EVENT_kicked, .reason = {text, length}};
            struct chat_slice frame = chat_encoder_write(encoder, &event);
            size_t header = frame.length - payload(frame).length;
            seen[header == 2 ? 0 : header == 4 ? 1 : 2] = true;
            assert_int_equal(payload(frame).length,
                             strlen("{\"type\":\"kicked\"}") +
                                 (length > 0 ? length + strlen(",\"reason\":\"\"") : 0));
        }
    assert_true(seen[0] && seen[1] && seen[2]);
}

static void the_longest_message_grows_the_buffer_once(void **unused)
{
    static char text[10240];
    struct chat_event event = full_event(CHAT_EVENT_new_message);

    (void)unused;
    memset(text, '\x01', sizeof(text));
    event.message = (struct chat_slice){text, sizeof(text)};
    struct chat_slice frame = chat_encoder_write(encoder, &event);
    assert_true(frame.length > 6 * sizeof(text));
    read_back(payload(frame));
    assert_int_equal(memcmp(strstr(said, "\x01"), text, sizeof(text)), 0);
    assert_ptr_equal(chat_encoder_write(encoder, &event).bytes, frame.bytes);
}

static void expect_time(int64_t time_ms, const char *spelled)
{
    struct chat_event event = {.type = CHAT_EVENT_user_joined, .time_ms = time_ms};
    char expected[80];

    snprintf(expected, sizeof(expected), "{ type='user_joined' message_time='%s' }", spelled);
    assert_string_equal(written(&event), expected);
}

static void times_are_utc_with_milliseconds(void **unused)
{
    (void)unused;
    expect_time(0, "1970-01-01T00:00:00.000Z");
    expect_time(1, "1970-01-01T00:00:00.001Z");
    expect_time(999, "1970-01-01T00:00:00.999Z");
    expect_time(INT64_C(951782399999), "2000-02-28T23:59:59.999Z");
    expect_time(INT64_C(951782400000), "2000-02-29T00:00:00.000Z");
    expect_time(INT64_C(951868800000), "2000-03-01T00:00:00.000Z");
    expect_time(INT64_C(951782400010), "2000-02-29T00:00:00.010Z");
    expect_time(INT64_C(4107542400000), "2100-03-01T00:00:00.000Z");
    expect_time(INT64_C(253402300799999), "9999-12-31T23:59:59.999Z");
    expect_time(INT64_MAX, "9999-12-31T23:59:59.999Z");
    expect_time(-1, "1970-01-01T00:00:00.000Z");
}

static void every_day_until_2110_is_that_of_the_calendar(void **unused)
{
    (void)unused;
    for (int64_t day = 0; day < 140 * 365; day++) {
        time_t seconds = (time_t)(day * 86400 + day % 86400);
        char expected[40];
        struct tm tm;
        gmtime_r(&seconds, &tm);
        strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.000Z", &tm);
        expect_time(seconds * INT64_C(1000), expected);
    }
}

/* The most that a fault and its request can bring. */
static struct chat_fault full_fault(enum chat_error error)
{
    return (struct chat_fault){
        .error = error,
        .field = "client_msg_id",
        .expected =
            "words that go on for as long as the longest that the decoder has, and then a bit "
            "more, which makes a hundred and twenty of them",
        .unit = " characters",
        .low = INT64_MAX - 1,
        .high = INT64_MAX,
    };
}

static void every_error_is_a_sentence_below_1_kib(void **unused)
{
    static char room_id[64], id[2 + 64 * 6];
    const struct chat_request request = {.room_id = {room_id, sizeof(room_id)},
                                         .id = {id, sizeof(id)}};

    (void)unused;
    memset(room_id, 'r', sizeof(room_id));
    for (int i = 0; i < 64; i++)
        memcpy(id + 1 + 6 * i, "\\u0001", 6);
    id[0] = id[sizeof(id) - 1] = '"';
    for (int error = CHAT_OK + 1; error < CHAT_ERRORS; error++) {
        char sentence[CHAT_SENTENCE_MAX];
        struct chat_fault fault = full_fault((enum chat_error)error);
        struct chat_event event = chat_event_of_fault(&request, &fault, sentence);
        struct chat_slice frame = chat_encoder_write(encoder, &event);

        assert_true(frame.length < 1024);
        read_back(payload(frame));
        assert_non_null(strstr(said, chat_error_row(fault.error)->code));
        assert_non_null(strstr(said, chat_error_row(fault.error)->reason));
        assert_true(event.message.length > 10 && event.message.length < CHAT_SENTENCE_MAX);
        assert_null(memchr(event.message.bytes, '{', event.message.length));
        assert_null(memchr(event.message.bytes, '}', event.message.length));
    }
}

static void expect_sentence(struct chat_fault fault, const char *expected)
{
    char sentence[CHAT_SENTENCE_MAX];
    struct chat_request request = {.type = CHAT_REQUESTS};
    struct chat_slice message = chat_event_of_fault(&request, &fault, sentence).message;

    assert_int_equal(message.length, strlen(expected));
    assert_memory_equal(message.bytes, expected, message.length);
}

static void sentences_name_the_field_and_the_bounds(void **unused)
{
    (void)unused;
    expect_sentence(
        (struct chat_fault){
            .error = CHAT_E_PAYLOAD_TOO_SHORT, .field = "user_id", .unit = " bytes", .low = 1},
        "user_id must have at least 1 byte");
    expect_sentence(
        (struct chat_fault){
            .error = CHAT_E_PAYLOAD_TOO_LONG, .field = "user_id", .unit = " bytes", .high = 64},
        "user_id must have at most 64 bytes");
    expect_sentence(
        (struct chat_fault){
            .error = CHAT_E_PAYLOAD_OUT_OF_RANGE, .field = "limit", .low = 0, .high = 100},
        "limit must be 0 to 100");
    expect_sentence(
        (struct chat_fault){.error = CHAT_E_MESSAGE_TOO_LARGE, .unit = " bytes", .high = 10240},
        "the text is longer than 10240 bytes");
    expect_sentence((struct chat_fault){.error = CHAT_E_JOIN_ROOM_FULL},
                    "the room has reached its limit of members");
}

static void a_sentence_that_does_not_fit_is_cut(void **unused)
{
    static char field[300];
    char sentence[CHAT_SENTENCE_MAX];
    struct chat_request request = {.type = CHAT_REQUESTS};
    struct chat_fault fault = {.error = CHAT_E_PAYLOAD_TOO_LONG, .field = field};

    (void)unused;
    memset(field, 'f', sizeof(field) - 1);
    assert_int_equal(chat_event_of_fault(&request, &fault, sentence).message.length,
                     CHAT_SENTENCE_MAX);
}

static void the_answer_to_a_fault_names_the_request(void **unused)
{
    char sentence[CHAT_SENTENCE_MAX];
    struct chat_request request = {
        .type = CHAT_REQUEST_leave, .id = CHAT_SLICE("7"), .room_id = CHAT_SLICE("r1")};
    struct chat_fault fault = {.error = CHAT_E_LEAVE_NOT_IN_ROOM};
    struct chat_event event = chat_event_of_fault(&request, &fault, sentence);

    (void)unused;
    assert_string_equal(written(&event),
                        "{ type='error' id=7 code='leave_room_error' reason='not_in_room'"
                        " message='you are not in this room' room_id='r1' }");
}

static int make_encoder(void **unused)
{
    (void)unused;
    encoder = chat_encoder_create();
    return 0;
}

static int drop_encoder(void **unused)
{
    (void)unused;
    chat_encoder_destroy(encoder);
    chat_encoder_destroy(NULL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_says_its_members),
        cmocka_unit_test(strings_without_bytes_are_left_out),
        cmocka_unit_test(the_id_is_echoed_as_it_is),
        cmocka_unit_test(a_nul_in_a_text_comes_back),
        cmocka_unit_test(the_header_fits_every_length),
        cmocka_unit_test(the_longest_message_grows_the_buffer_once),
        cmocka_unit_test(times_are_utc_with_milliseconds),
        cmocka_unit_test(every_day_until_2110_is_that_of_the_calendar),
        cmocka_unit_test(every_error_is_a_sentence_below_1_kib),
        cmocka_unit_test(sentences_name_the_field_and_the_bounds),
        cmocka_unit_test(a_sentence_that_does_not_fit_is_cut),
        cmocka_unit_test(the_answer_to_a_fault_names_the_request),
    };
    return cmocka_run_group_tests(tests, make_encoder, drop_encoder);
}
