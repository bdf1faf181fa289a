/* A request on its way: whatever members it has, it arrives with these and no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "core/random.h"
#include "net/letter.h"

/* A string of its own memory, so that a byte read too many is seen; or none, or an empty one. */
static struct chat_slice some_string(struct random *random, size_t max)
{
    uint32_t kind = random_below(random, 4);
    if (kind == 0)
        return (struct chat_slice){NULL, 0};
    size_t length = kind == 1 ? 0 : 1 + random_below(random, (uint32_t)max);
    char *bytes = malloc(length + (length == 0));
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)random_below(random, 256);
    return (struct chat_slice){bytes, length};
}

static int64_t some_count(struct random *random)
{
    return random_below(random, 2) == 0 ? 0 : (int64_t)random_below(random, UINT32_MAX) - 1000;
}

#define FILL_ID(name)    request->name = some_string(random, 64)
#define FILL_NAME(name)  request->name = some_string(random, 256)
#define FILL_TEXT(name)  request->name = some_string(random, 10240)
#define FILL_KEY(name)   request->name = some_string(random, 64)
#define FILL_WORDS(name) FILL_KEY(name)
#define FILL_TOKEN(name) FILL_KEY(name)
#define FILL_COUNT(name) request->name = some_count(random)
#define FILL_SHARE(name)                                                                           \
    request->name = (struct chat_share)                                                            \
    {                                                                                              \
        true, some_count(random)                                                                   \
    }
#define FILL_SEQ          FILL_COUNT
#define FILL_AFTER        FILL_COUNT
#define FILL_OBJECT(name) request->name = random_below(random, 2) == 0

static void fill(struct chat_request *request, enum chat_request_type type, struct random *random)
{
    request->type = type;
    request->id = some_string(random, 66);
#define MEMBER(name, kind) FILL_##kind(name);
#include "core/request.def"
}

#define FREE_SLICE(name) free((void *)request->name.bytes)
#define FREE_ID(name)    FREE_SLICE(name)
#define FREE_NAME(name)  FREE_SLICE(name)
#define FREE_TEXT(name)  FREE_SLICE(name)
#define FREE_KEY(name)   FREE_SLICE(name)
#define FREE_WORDS(name) FREE_KEY(name)
#define FREE_TOKEN(name) FREE_KEY(name)
#define FREE_COUNT(name) (void)request->name
#define FREE_SHARE       FREE_COUNT
#define FREE_SEQ         FREE_COUNT
#define FREE_AFTER       FREE_COUNT
#define FREE_OBJECT      FREE_COUNT

static void empty(struct chat_request *request)
{
    free((void *)request->id.bytes);
#define MEMBER(name, kind) FREE_##kind(name);
#include "core/request.def"
}

/* It says the same, out of the letter's own bytes. */
static void assert_slice(struct chat_slice got, struct chat_slice sent,
                         const struct chat_letter *letter)
{
    const struct chat_slice *strings = &letter->parts[1];
    assert_int_equal(got.bytes == NULL, sent.bytes == NULL);
    assert_true(chat_slice_equal(got, sent));
    if (got.bytes != NULL)
        assert_true(got.bytes >= strings->bytes &&
                    got.bytes + got.length <= strings->bytes + strings->length);
}

#define SAME_ID(name)    assert_slice(got->name, sent->name, letter)
#define SAME_NAME(name)  assert_slice(got->name, sent->name, letter)
#define SAME_TEXT(name)  assert_slice(got->name, sent->name, letter)
#define SAME_KEY(name)   assert_slice(got->name, sent->name, letter)
#define SAME_WORDS(name) SAME_KEY(name)
#define SAME_TOKEN(name) SAME_KEY(name)
#define SAME_COUNT(name) assert_int_equal(got->name, sent->name)
#define SAME_SHARE(name)                                                                           \
    assert_true(got->name.given == sent->name.given && got->name.value == sent->name.value)
#define SAME_SEQ    SAME_COUNT
#define SAME_AFTER  SAME_COUNT
#define SAME_OBJECT SAME_COUNT

static void assert_request(const struct chat_request *got, const struct chat_request *sent,
                           const struct chat_letter *letter)
{
    assert_int_equal(got->type, sent->type);
    assert_slice(got->id, sent->id, letter);
#define MEMBER(name, kind) SAME_##kind(name);
#include "core/request.def"
}

/* As the mailbox does: bytes only, in other memory. */
static struct chat_letter carried(const struct chat_letter *letter)
{
    struct chat_letter copy = *letter;
    for (unsigned i = 0; i < CHAT_LETTER_PARTS; i++) {
        size_t length = letter->parts[i].length;
        char *bytes = malloc(length + (length == 0));
        if (length > 0)
            memcpy(bytes, letter->parts[i].bytes, length);
        copy.parts[i].bytes = bytes;
    }
    return copy;
}

static void drop_letter(struct chat_letter *letter)
{
    for (unsigned i = 0; i < CHAT_LETTER_PARTS; i++)
        free((void *)letter->parts[i].bytes);
}

static void send_and_compare(enum chat_request_type type, struct random *random)
{
    struct chat_request request;
    struct chat_packed_call packed;
    struct chat_letter letter;

    fill(&request, type, random);
    struct chat_call call = {.request = &request,
                             .from = 77,
                             .user = some_string(random, 64),
                             .name = some_string(random, 256),
                             .rights = (uint8_t)random_below(random, 32)};
    size_t bytes = chat_letter_call_bytes(&call);
    char *strings = malloc(bytes + (bytes == 0));
    chat_letter_pack_call(&call, &packed, strings, &letter);
    assert_int_equal(letter.kind, CHAT_LETTER_REQUEST);
    assert_int_equal(letter.conn, 77);
    assert_int_equal(letter.parts[1].length, bytes);
    struct chat_letter arrived = carried(&letter);
    free(strings);
    memset(&packed, 0xff, sizeof(packed));
    chat_letter_unpack_call(&arrived, &packed);
    assert_request(&packed.request, &request, &arrived);
    assert_slice(packed.user, call.user, &arrived);
    assert_slice(packed.name, call.name, &arrived);
    assert_int_equal(packed.rights, call.rights);
    drop_letter(&arrived);
    free((void *)call.user.bytes);
    free((void *)call.name.bytes);
    empty(&request);
}

static void a_request_arrives_with_the_members_it_was_sent_with(void **unused)
{
    struct random random = {5};

    (void)unused;
    for (unsigned round = 0; round < 300; round++)
        for (unsigned type = 0; type < CHAT_REQUESTS; type++)
            send_and_compare((enum chat_request_type)type, &random);
}

static void a_request_without_any_string_takes_no_bytes(void **unused)
{
    struct chat_request request = {.type = CHAT_REQUEST_ping}, sent = request;
    struct chat_call call = {.request = &request};
    struct chat_packed_call packed;
    struct chat_letter letter;

    (void)unused;
    assert_int_equal(chat_letter_call_bytes(&call), 0);
    chat_letter_pack_call(&call, &packed, NULL, &letter);
    chat_letter_unpack_call(&letter, &packed);
    assert_request(&packed.request, &sent, &letter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_arrives_with_the_members_it_was_sent_with),
        cmocka_unit_test(a_request_without_any_string_takes_no_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
