/* room: proto */
/* The request decoder and the event encoder: an input is a run of messages, one a line, to one
 * decoder. What it lets pass must keep to the rules of its fields, what it refuses must be answered
 * in less than 1 KiB, and what the encoder writes must be JSON that says the same. */
#include <stdlib.h>

#include "core/limits.h"
#include "core/valid.h"
#include "proto/event.h"
#include "proto/json.h"
#include "proto/request.h"
#include "wire/frame.h"
#include "wire/utf8.h"

enum { MEMBERS_MAX = 1000, HISTORY_MAX = 100, ERROR_MAX = 1024 };

#define MUST(claim)                                                                                \
    do {                                                                                           \
        if (!(claim))                                                                              \
            abort();                                                                               \
    } while (0)

static void must_be_id(struct chat_slice text)
{
    MUST(text.bytes == NULL || chat_valid_id(text.bytes, text.length, CHAT_ID_MAX) == CHAT_VALID);
}

static void must_be_name(struct chat_slice text)
{
    MUST(text.bytes == NULL ||
         chat_valid_name(text.bytes, text.length, CHAT_NAME_MAX) == CHAT_VALID);
}

static void must_be_text(struct chat_slice text)
{
    MUST(chat_utf8_valid(text.bytes, text.length));
}

static void must_be_key(struct chat_slice text)
{
    MUST(text.bytes == NULL || (text.length >= 1 && text.length <= CHAT_KEY_MAX));
    must_be_text(text);
}

static void must_be_words(struct chat_slice text)
{
    MUST(text.bytes == NULL ||
         chat_valid_words(text.bytes, text.length, CHAT_REASON_MAX) == CHAT_VALID);
}

static void must_be_token(struct chat_slice text)
{
    MUST(text.bytes == NULL || (text.length >= 1 && text.length <= CHAT_BEARER_MAX));
    must_be_text(text);
}

static void must_be_count(int64_t value)
{
    MUST(value >= 0 && value <= MEMBERS_MAX);
}

static void must_be_share(struct chat_share share)
{
    MUST(share.value >= 0 && share.value <= HISTORY_MAX);
    MUST(share.given || share.value == 0);
}

static void must_be_seq(int64_t value)
{
    MUST(value >= 0 && value <= INT64_C(1) << 53);
}

#define MUST_BE_OBJECT(is) (void)(is)
#define MUST_BE_SHARE      must_be_share
#define MUST_BE_SEQ        must_be_seq
#define MUST_BE_AFTER      must_be_seq
#define MUST_BE_ID         must_be_id
#define MUST_BE_NAME       must_be_name
#define MUST_BE_TEXT       must_be_text
#define MUST_BE_KEY        must_be_key
#define MUST_BE_WORDS      must_be_words
#define MUST_BE_TOKEN      must_be_token
#define MUST_BE_COUNT      must_be_count

static void must_keep_to_the_rows(const struct chat_request *request)
{
#define MEMBER(name, kind) MUST_BE_##kind(request->name);
#include "core/request.def"
}

/* What the JSON of an event says in `message`, that of a new_message in its inner one. */
struct echo {
    bool is_next, is_found;
    struct chat_slice message;
};

static void on_name(void *context, unsigned depth, struct chat_slice name)
{
    (void)depth;
    ((struct echo *)context)->is_next = chat_slice_equal(name, CHAT_SLICE("message"));
}

static void on_value(void *context, const struct chat_json_value *value)
{
    struct echo *echo = context;

    if (echo->is_next && value->kind == CHAT_JSON_STRING) {
        echo->is_found = true;
        echo->message = value->text;
    }
}

static size_t must_be_echoed(struct chat_encoder *encoder, const struct chat_event *event)
{
    static const struct chat_json_visitor visitor = {on_name, on_value};
    struct chat_slice frame = chat_encoder_write(encoder, event), json = frame;
    struct chat_json_reader *reader = chat_json_reader_create();
    struct echo echo = {.is_found = false};
    size_t header = frame.length < 126 + 2 ? 2 : frame.length < 65536 + 4 ? 4 : 10;

    MUST(chat_frame_header_length(frame.length - header) == header);
    json.bytes += header;
    json.length -= header;
    MUST(chat_utf8_valid(json.bytes, json.length));
    MUST(chat_json_read(reader, json, &visitor, &echo) == CHAT_OK);
    MUST(echo.is_found && chat_slice_equal(echo.message, event->message));
    chat_json_reader_destroy(reader);
    return frame.length;
}

static void try_message(struct chat_decoder *decoder, struct chat_encoder *encoder,
                        struct chat_slice text)
{
    struct chat_request request;
    struct chat_fault fault;

    if (chat_decoder_read(decoder, text, &request, &fault)) {
        MUST(request.type < CHAT_REQUESTS);
        must_keep_to_the_rows(&request);
        const struct chat_event event = {
            .type = CHAT_EVENT_new_message,
            .id = request.id,
            .room_id = request.room_id,
            .user_id = request.user_id,
            .user_name = request.user_name,
            .message = request.message.bytes == NULL ? CHAT_SLICE("") : request.message,
            .client_msg_id = request.client_msg_id,
        };
        must_be_echoed(encoder, &event);
    } else {
        char sentence[CHAT_SENTENCE_MAX];
        must_keep_to_the_rows(&request);
        const struct chat_event event = chat_event_of_fault(&request, &fault, sentence);
        MUST(must_be_echoed(encoder, &event) < ERROR_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct chat_decoder *decoder =
        chat_decoder_create(&(struct chat_bounds){.id_length = CHAT_ID_MAX,
                                                  .name_length = CHAT_NAME_MAX,
                                                  .page_max = 100,
                                                  .room_members_max = MEMBERS_MAX,
                                                  .history_size = HISTORY_MAX});
    struct chat_encoder *encoder = chat_encoder_create();
    const char *p = (const char *)data, *end = p + size;

    while (p < end) {
        const char *line = memchr(p, '\n', (size_t)(end - p));
        size_t length = (size_t)((line != NULL ? line : end) - p);
        char *text = malloc(length + 1); /* exact, so that a read too far is seen */
        MUST(text != NULL);
        memcpy(text + 1, p, length);
        if (chat_utf8_valid(text + 1, length))
            try_message(decoder, encoder, (struct chat_slice){text + 1, length});
        free(text);
        p += length + (line != NULL);
    }
    chat_decoder_destroy(decoder);
    chat_encoder_destroy(encoder);
    return 0;
}
