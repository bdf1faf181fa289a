/* The request decoder: hears the members of one message, keeps the last value of each that the rows
 * of request.def name, then judges them in the order of PROTOCOL §7. No rule of any single request
 * stands here, that is core/request/<name>.c's. One worker, like its decoder. */
#include "proto/request.h"

#include "core/limits.h"
#include "proto/json.h"
#include "proto/kind.h"

#include <stdlib.h>

#define SPELLED(literal)                                                                           \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

enum member {
#define MEMBER(name, kind) MEMBER_##name,
#include "core/request.def"
    MEMBERS
};

enum { IN_PAYLOAD = -1 };

/* The members of an object stand behind it. */
static const struct member_row {
    struct chat_slice name;
    const char *path; /* from the payload, as a fault names it */
    enum chat_kind kind;
    size_t offset; /* in struct chat_request */
    int object;    /* that it is in, or IN_PAYLOAD */
} members[MEMBERS + 1] = {
#define MEMBER(name, kind)                                                                         \
    {SPELLED(#name), #name, CHAT_KIND_##kind, offsetof(struct chat_request, name), IN_PAYLOAD},
#define INNER(object, name, kind)                                                                  \
    {SPELLED(#name), #object "." #name, CHAT_KIND_##kind,                                          \
     offsetof(struct chat_request, object##_##name), MEMBER_##object},
#include "core/request.def"
    [MEMBERS] = {.object = IN_PAYLOAD},
};

/* The fields of all requests in one array; those of one request begin at its FIRST_ and end where
 * the next one's begin. */
enum {
#define REQUEST(name, route, identity, charge, doc) FIRST_##name, BEFORE_##name = FIRST_##name - 1,
#define FIELD(request, member, need)                FIELD_##request##_##member,
#include "core/request.def"
    FIELDS
};

enum need { NEED_OPTIONAL, NEED_REQUIRED };

static const struct field_row {
    enum member member;
    enum need need;
} fields[FIELDS] = {
#define FIELD(request, member, need) {MEMBER_##member, NEED_##need},
#include "core/request.def"
};

static const struct request_row {
    struct chat_slice name;
    int first_field;
} requests[CHAT_REQUESTS + 1] = {
#define REQUEST(name, route, identity, charge, doc)                                                \
    [CHAT_REQUEST_##name] = {{#name, sizeof(#name) - 1}, FIRST_##name},
#include "core/request.def"
    [CHAT_REQUESTS] = {{NULL, 0}, FIELDS},
};

/* The message that was heard. A value whose kind is ABSENT was not. */
struct message {
    struct chat_json_value id, type, payload, members[MEMBERS];
};

struct chat_decoder {
    struct chat_json_reader *reader;
    struct chat_json_writer *writer; /* for ids that were spelled with escapes */
    struct chat_json_value *slot;    /* where the next value goes; NULL: nobody asked for it */
    bool is_in_payload;              /* the last member of the top object is the payload */
    int object;                      /* the last member of the payload, where it is one of ours */
    int64_t high[MEMBERS];           /* of each member whose kind is configured */
    struct message message;
};

struct chat_decoder *chat_decoder_create(const struct chat_bounds *bounds)
{
    struct chat_decoder *decoder = calloc(1, sizeof(*decoder));

    if (decoder == NULL)
        abort();
    decoder->reader = chat_json_reader_create();
    decoder->writer = chat_json_writer_create();
    chat_decoder_bound(decoder, bounds);
    return decoder;
}

void chat_decoder_bound(struct chat_decoder *decoder, const struct chat_bounds *bounds)
{
    for (int i = 0; i < MEMBERS; i++)
        decoder->high[i] = members[i].kind == CHAT_KIND_ID     ? bounds->id_length
                           : members[i].kind == CHAT_KIND_NAME ? bounds->name_length
                                                               : 0;
    decoder->high[MEMBER_max_members] = bounds->room_members_max;
    decoder->high[MEMBER_history] = bounds->history_size;
    decoder->high[MEMBER_limit] = bounds->page_max;
}

void chat_decoder_destroy(struct chat_decoder *decoder)
{
    if (decoder == NULL)
        return;
    chat_json_reader_destroy(decoder->reader);
    chat_json_writer_destroy(decoder->writer);
    free(decoder);
}

/* A payload that comes again replaces the one before, whatever it is. */
static struct chat_json_value *top_slot(struct chat_decoder *decoder, struct chat_slice name)
{
    struct message *message = &decoder->message;

    decoder->is_in_payload = chat_slice_equal(name, CHAT_SLICE("payload"));
    if (decoder->is_in_payload) {
        memset(message->members, 0, sizeof(message->members));
        decoder->object = IN_PAYLOAD;
        return &message->payload;
    }
    if (chat_slice_equal(name, CHAT_SLICE("type")))
        return &message->type;
    return chat_slice_equal(name, CHAT_SLICE("id")) ? &message->id : NULL;
}

/* Of the payload or of an object in it; IN_PAYLOAD: there is none of this name. */
static int member_named(int object, struct chat_slice name)
{
    for (int i = 0; i < MEMBERS; i++)
        if (members[i].object == object && chat_slice_equal(name, members[i].name))
            return i;
    return IN_PAYLOAD;
}

static struct chat_json_value *slot_in(struct chat_decoder *decoder, int object,
                                       struct chat_slice name)
{
    int member = member_named(object, name);
    return member != IN_PAYLOAD ? &decoder->message.members[member] : NULL;
}

/* An object that comes again replaces the one before, like the payload. */
static struct chat_json_value *payload_slot(struct chat_decoder *decoder, struct chat_slice name)
{
    decoder->object = member_named(IN_PAYLOAD, name);
    if (decoder->object == IN_PAYLOAD)
        return NULL;
    for (int i = decoder->object + 1; members[i].object == decoder->object; i++)
        decoder->message.members[i].kind = CHAT_JSON_ABSENT;
    return &decoder->message.members[decoder->object];
}

static void on_name(void *context, unsigned depth, struct chat_slice name)
{
    struct chat_decoder *decoder = context;

    if (depth == 1)
        decoder->slot = top_slot(decoder, name);
    else if (depth == 2 && decoder->is_in_payload)
        decoder->slot = payload_slot(decoder, name);
    else if (depth == 3 && decoder->is_in_payload && decoder->object != IN_PAYLOAD)
        decoder->slot = slot_in(decoder, decoder->object, name);
    else
        decoder->slot = NULL;
}

static void on_value(void *context, const struct chat_json_value *value)
{
    struct chat_decoder *decoder = context;

    if (decoder->slot != NULL)
        *decoder->slot = *value;
    decoder->slot = NULL; /* elements of an array have no name */
}

static const struct chat_json_visitor visitor = {on_name, on_value};

static bool is_left_out(const struct chat_json_value *value)
{
    return value->kind == CHAT_JSON_ABSENT || value->kind == CHAT_JSON_NULL;
}

/* The id's JSON text. A string that was spelled with escapes is spelled anew: an echo is as short
 * as its value allows. */
static struct chat_slice id_text(struct chat_decoder *decoder, const struct chat_json_value *id)
{
    if (id->kind == CHAT_JSON_NUMBER)
        return id->text;
    if (!id->escaped)
        return (struct chat_slice){id->text.bytes - 1, id->text.length + 2};

    size_t length;
    chat_json_begin(decoder->writer, 0);
    chat_json_put_string(decoder->writer, id->text);
    const char *bytes = chat_json_end(decoder->writer, &length);
    return (struct chat_slice){bytes, length};
}

static bool id_is_valid(const struct chat_json_value *id)
{
    int64_t value, limit = CHAT_INTEGER_MAX;

    if (id->kind == CHAT_JSON_STRING)
        return id->text.length >= 1 && id->text.length <= CHAT_KEY_MAX;
    return id->kind == CHAT_JSON_NUMBER &&
           chat_json_to_integer(id->text, &value) == CHAT_JSON_INTEGER && value >= -limit &&
           value <= limit;
}

static bool read_id(struct chat_decoder *decoder, struct chat_request *request,
                    struct chat_fault *ret_fault)
{
    const struct chat_json_value *id = &decoder->message.id;

    if (is_left_out(id))
        return true;
    if (!id_is_valid(id)) {
        *ret_fault = (struct chat_fault){
            .error = CHAT_E_PAYLOAD_WRONG_TYPE,
            .field = "id",
            .expected = "a string of 1 to 64 bytes or an integer within 2^53",
        };
        return false;
    }
    request->id = id_text(decoder, id);
    return true;
}

static bool read_type(const struct chat_decoder *decoder, struct chat_request *request,
                      struct chat_fault *ret_fault)
{
    const struct chat_json_value *type = &decoder->message.type;

    for (int i = 0; type->kind == CHAT_JSON_STRING && i < CHAT_REQUESTS; i++)
        if (chat_slice_equal(type->text, requests[i].name)) {
            request->type = (enum chat_request_type)i;
            return true;
        }
    ret_fault->error = type->kind == CHAT_JSON_STRING ? CHAT_E_TYPE_UNKNOWN : CHAT_E_TYPE_MISSING;
    return false;
}

static int64_t high_of(const struct chat_decoder *decoder, enum member member)
{
    const struct chat_kind_row *kind = chat_kind_row(members[member].kind);
    return kind->is_configured ? decoder->high[member] : kind->high;
}

/* Stores the value of one member where its row says, when it is what its kind asks for. */
static enum chat_error judge(const struct chat_decoder *decoder, enum member member,
                             struct chat_request *request)
{
    return chat_kind_judge(members[member].kind, high_of(decoder, member),
                           &decoder->message.members[member],
                           (char *)request + members[member].offset);
}

static bool read_member(const struct chat_decoder *decoder, enum member member, enum need need,
                        struct chat_request *request, struct chat_fault *ret_fault)
{
    const struct chat_kind_row *kind = chat_kind_row(members[member].kind);
    bool is_given = !is_left_out(&decoder->message.members[member]);
    enum chat_error error = CHAT_E_PAYLOAD_MISSING_FIELD;

    if (is_given)
        error = judge(decoder, member, request);
    else if (need == NEED_OPTIONAL)
        error = CHAT_OK;
    if (error == CHAT_OK) {
        for (int i = (int)member + 1; is_given && members[i].object == (int)member; i++)
            if (!read_member(decoder, (enum member)i, NEED_REQUIRED, request, ret_fault))
                return false;
        return true;
    }
    *ret_fault = (struct chat_fault){
        .error = error,
        .field = members[member].path,
        .expected = error == CHAT_E_PAYLOAD_BAD_CHARACTERS ? kind->characters : kind->type,
        .unit = kind->unit,
        .low = kind->low,
        .high = high_of(decoder, member),
    };
    return false;
}

static bool read_payload(const struct chat_decoder *decoder, struct chat_request *request,
                         struct chat_fault *ret_fault)
{
    const struct chat_json_value *payload = &decoder->message.payload;

    if (!is_left_out(payload) && payload->kind != CHAT_JSON_OBJECT) {
        *ret_fault = (struct chat_fault){
            .error = CHAT_E_PAYLOAD_WRONG_TYPE, .field = "payload", .expected = "an object"};
        return false;
    }
    for (int i = requests[request->type].first_field; i < requests[request->type + 1].first_field;
         i++)
        if (!read_member(decoder, fields[i].member, fields[i].need, request, ret_fault))
            return false;
    return true;
}

/* What an answer to a refused request says of it (PROTOCOL §7): never a member that was not judged.
 */
static struct chat_request remains(const struct chat_decoder *decoder,
                                   const struct chat_request *request)
{
    struct chat_request known = {.type = request->type, .id = request->id};

    (void)judge(decoder, MEMBER_room_id, &known);
    return known;
}

bool chat_decoder_read(struct chat_decoder *decoder, struct chat_slice text,
                       struct chat_request *ret_request, struct chat_fault *ret_fault)
{
    struct chat_request request = {.type = CHAT_REQUESTS};
    struct chat_fault fault = {.error = CHAT_OK};

    decoder->slot = NULL;
    decoder->is_in_payload = false;
    decoder->object = IN_PAYLOAD;
    memset(&decoder->message, 0, sizeof(decoder->message));
    fault.error = chat_json_read(decoder->reader, text, &visitor, decoder);
    if (fault.error != CHAT_OK) {
        fault.high = CHAT_JSON_DEPTH_MAX;
        *ret_request = request;
        *ret_fault = fault;
        return false;
    }
    if (!read_id(decoder, &request, &fault) || !read_type(decoder, &request, &fault) ||
        !read_payload(decoder, &request, &fault)) {
        *ret_request = remains(decoder, &request);
        *ret_fault = fault;
        return false;
    }
    *ret_request = request;
    return true;
}
