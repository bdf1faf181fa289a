/* The request decoder against the vectors of request.txt, and what a line of text cannot show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "core/limits.h"
#include "proto/event.h"
#include "proto/request.h"

enum { TEXT_MAX = 10240, MEMBERS_MAX = 1000, HISTORY_MAX = 100 };

static struct chat_decoder *decoder;

/* What came of a message, in the words of request.txt. */
static char outcome[16384];

static void add(const char *words)
{
    size_t length = strlen(outcome);
    snprintf(outcome + length, sizeof(outcome) - length, "%s", words);
}

static void add_slice(const char *mark, struct chat_slice slice)
{
    if (slice.bytes == NULL)
        return;
    add(mark);
    for (size_t i = 0; i < slice.length; i++) {
        char byte[5] = {slice.bytes[i], '\0'};
        if ((byte[0] >= 0 && byte[0] < 0x20) || byte[0] == 0x7f)
            snprintf(byte, sizeof(byte), "\\x%02x", (unsigned)slice.bytes[i]);
        add(byte);
    }
}

static void add_count(const char *mark, int64_t value)
{
    char digits[24];

    if (value == 0)
        return;
    snprintf(digits, sizeof(digits), "%lld", (long long)value);
    add(mark);
    add(digits);
}

static void add_share(const char *mark, struct chat_share share)
{
    char digits[24];

    if (!share.given)
        return;
    snprintf(digits, sizeof(digits), "%lld", (long long)share.value);
    add(mark);
    add(digits);
}

#define ADD_ID               add_slice
#define ADD_NAME             add_slice
#define ADD_TEXT             add_slice
#define ADD_KEY              add_slice
#define ADD_WORDS            add_slice
#define ADD_TOKEN            add_slice
#define ADD_COUNT            add_count
#define ADD_SHARE            add_share
#define ADD_SEQ              add_count
#define ADD_AFTER            add_count
#define ADD_OBJECT(mark, is) add(is ? mark "{}" : "")

static void add_request(const struct chat_request *request)
{
    if (request->type < CHAT_REQUESTS) {
        add(*outcome != '\0' ? " " : "");
        add(chat_request_row(request->type)->name);
    }
    add_slice(" id=", request->id);
#define MEMBER(name, kind) ADD_##kind(" " #name "=", request->name);
#include "core/request.def"
}

/* The message is given exact memory, so that a sanitizer sees each byte too many. */
static void decode(const char *bytes, size_t length)
{
    char *text = malloc(length + 1), sentence[CHAT_SENTENCE_MAX];
    struct chat_request request;
    struct chat_fault fault;

    memcpy(text + 1, bytes, length);
    outcome[0] = '\0';
    if (chat_decoder_read(decoder, (struct chat_slice){text + 1, length}, &request, &fault)) {
        add_request(&request);
    } else {
        const struct chat_error_row *row = chat_error_row(fault.error);
        add(row->code);
        add("/");
        add(row->reason);
        add_request(&request);
        add_slice(": ", chat_event_of_fault(&request, &fault, sentence).message);
    }
    free(text);
}

#define DECODE(literal) decode(literal, sizeof(literal) - 1)

static void every_message_of_the_vectors_comes_out_as_written(void **unused)
{
    FILE *file = fopen(SOURCE_DIR "/tests/unit/proto/request.txt", "r");
    char *line = NULL, *message = NULL;
    size_t size = 0, checked = 0;
    ssize_t length;

    (void)unused;
    assert_non_null(file);
    while ((length = getline(&line, &size, file)) > 0) {
        if (line[0] == '#' || line[0] == '\n')
            continue;
        line[length - 1] = '\0';
        if (strncmp(line, "> ", 2) != 0) {
            assert_null(message);
            message = strdup(line);
            continue;
        }
        assert_non_null(message);
        decode(message, strlen(message));
        if (strcmp(outcome, line + 2) != 0)
            fail_msg("%s\nshould be %s\nbut is    %s", message, line + 2, outcome);
        free(message);
        message = NULL;
        checked++;
    }
    assert_null(message);
    assert_true(checked > 100);
    free(line);
    fclose(file);
}

static void an_empty_message_is_not_json(void **unused)
{
    (void)unused;
    DECODE("");
    assert_string_equal(outcome, "malformed_json/not_json: the message is not valid JSON");
}

static void all_json_white_space_may_stand_between(void **unused)
{
    (void)unused;
    DECODE("\r\n\t{\t\"type\"\r:\n\"ping\"\t}\r\n");
    assert_string_equal(outcome, "ping");
    DECODE("{\"type\":\"ping\",\f\"id\":1}");
    assert_string_equal(outcome, "malformed_json/not_json: the message is not valid JSON");
    DECODE("{\"type\":\"ping\"}\v");
    assert_string_equal(outcome, "malformed_json/not_json: the message is not valid JSON");
}

static void a_raw_nul_is_not_json(void **unused)
{
    (void)unused;
    DECODE("{\"type\":\"ping\"}\0");
    assert_string_equal(outcome, "malformed_json/not_json: the message is not valid JSON");
}

static void strings_without_escapes_are_borrowed_from_the_text(void **unused)
{
    static const char text[] =
        "{\"type\":\"message\",\"id\":\"i\",\"payload\":{\"room_id\":\"r1\",\"message\":\"m\"}}";
    struct chat_request request;
    struct chat_fault fault;

    (void)unused;
    assert_true(chat_decoder_read(decoder, CHAT_SLICE(text), &request, &fault));
    assert_ptr_equal(request.id.bytes, strstr(text, "\"i\""));
    assert_ptr_equal(request.room_id.bytes, strstr(text, "r1"));
    assert_ptr_equal(request.message.bytes, strstr(text, "m\"}}"));
}

static void the_largest_text_fits_however_it_is_spelled(void **unused)
{
    static const char head[] =
        "{\"type\":\"message\",\"payload\":{\"room_id\":\"r1\",\"message\":\"";
    static char text[sizeof(head) + 6 * TEXT_MAX + 4];
    char *p = stpcpy(text, head);
    struct chat_request request;
    struct chat_fault fault;

    (void)unused;
    for (int i = 0; i < TEXT_MAX; i++)
        p = stpcpy(p, "\\u0061");
    p = stpcpy(p, "\"}}");
    for (int again = 0; again < 10; again++) /* the memory for it is the same */
        assert_true(chat_decoder_read(decoder, (struct chat_slice){text, (size_t)(p - text)},
                                      &request, &fault));
    assert_int_equal(request.message.length, TEXT_MAX);
    for (int i = 0; i < TEXT_MAX; i++)
        assert_int_equal(request.message.bytes[i], 'a');
}

static void nothing_of_one_message_is_left_in_the_next(void **unused)
{
    (void)unused;
    DECODE("{\"type\":\"join\",\"id\":1,\"payload\":{\"room_id\":\"r1\",\"user_id\":\"u\\u0031\"");
    DECODE("{\"type\":\"join\",\"payload\":null}");
    assert_string_equal(outcome,
                        "invalid_payload/missing_field join: room_id is required: a string");
    DECODE("{\"payload\":{\"room_id\"");
    DECODE("{\"type\":\"ping\",\"x\":{\"room_id\":\"r1\"}}");
    assert_string_equal(outcome, "ping");
    DECODE("{\"id\":");
    DECODE("[1]");
    DECODE("{\"type\":\"ping\"}");
    assert_string_equal(outcome, "ping");
}

static void the_bound_of_members_is_the_one_that_was_configured(void **unused)
{
    struct chat_decoder *other = chat_decoder_create(
        &(struct chat_bounds){.id_length = 64, .name_length = 64, .room_members_max = UINT32_MAX});
    struct chat_request request;
    struct chat_fault fault;

    (void)unused;
    assert_true(
        chat_decoder_read(other,
                          CHAT_SLICE("{\"type\":\"create_room\",\"payload\":{\"room_id\":\"r\","
                                     "\"room_name\":\"R\",\"max_members\":4294967295}}"),
                          &request, &fault));
    assert_int_equal(request.max_members, UINT32_MAX);
    assert_false(
        chat_decoder_read(other,
                          CHAT_SLICE("{\"type\":\"create_room\",\"payload\":{\"room_id\":\"r\","
                                     "\"room_name\":\"R\",\"max_members\":4294967296}}"),
                          &request, &fault));
    assert_int_equal(fault.error, CHAT_E_PAYLOAD_OUT_OF_RANGE);
    assert_int_equal(fault.low, 1);
    assert_int_equal(fault.high, UINT32_MAX);
    chat_decoder_destroy(other);
}

static int make_decoder(void **unused)
{
    (void)unused;
    decoder = chat_decoder_create(&(struct chat_bounds){.id_length = 64,
                                                        .name_length = 64,
                                                        .page_max = 100,
                                                        .room_members_max = MEMBERS_MAX,
                                                        .history_size = HISTORY_MAX});
    return 0;
}

static int drop_decoder(void **unused)
{
    (void)unused;
    chat_decoder_destroy(decoder);
    chat_decoder_destroy(NULL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_of_the_vectors_comes_out_as_written),
        cmocka_unit_test(an_empty_message_is_not_json),
        cmocka_unit_test(all_json_white_space_may_stand_between),
        cmocka_unit_test(a_raw_nul_is_not_json),
        cmocka_unit_test(strings_without_escapes_are_borrowed_from_the_text),
        cmocka_unit_test(the_largest_text_fits_however_it_is_spelled),
        cmocka_unit_test(nothing_of_one_message_is_left_in_the_next),
        cmocka_unit_test(the_bound_of_members_is_the_one_that_was_configured),
    };
    return cmocka_run_group_tests(tests, make_decoder, drop_decoder);
}
