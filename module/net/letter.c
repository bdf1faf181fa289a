/* A request on its way to another worker: the struct as it is, and its strings one behind the
 * other. */
#include "net/letter.h"

#include <stdlib.h>

typedef void visit(void *context, struct chat_slice *slice);

/* Every string of a call, always in the same order. */
static void each_slice(struct chat_packed_call *packed, visit *visitor, void *context)
{
#define VISIT_ID(slice)    visitor(context, slice)
#define VISIT_NAME(slice)  visitor(context, slice)
#define VISIT_TEXT(slice)  visitor(context, slice)
#define VISIT_KEY(slice)   visitor(context, slice)
#define VISIT_WORDS(slice) visitor(context, slice)
#define VISIT_TOKEN(slice) visitor(context, slice)
#define VISIT_COUNT(count) (void)(count)
#define VISIT_SHARE(share) (void)(share)
#define VISIT_SEQ(seq)     (void)(seq)
#define VISIT_AFTER(seq)   (void)(seq)
#define VISIT_OBJECT(is)   (void)(is)
#define MEMBER(name, kind) VISIT_##kind(&packed->request.name);
#include "core/request.def"
    visitor(context, &packed->request.id);
    visitor(context, &packed->user);
    visitor(context, &packed->name);
}

static struct chat_packed_call packed_of(const struct chat_call *call)
{
    return (struct chat_packed_call){*call->request, call->user, call->name, call->rights};
}

static void add_length(void *context, struct chat_slice *slice)
{
    *(size_t *)context += slice->length;
}

size_t chat_letter_call_bytes(const struct chat_call *call)
{
    struct chat_packed_call packed = packed_of(call);
    size_t bytes = 0;
    each_slice(&packed, add_length, &bytes);
    return bytes;
}

static void append(void *context, struct chat_slice *slice)
{
    char **end = context;
    if (slice->length > 0)
        memcpy(*end, slice->bytes, slice->length);
    *end += slice->length;
}

void chat_letter_pack_call(const struct chat_call *call, struct chat_packed_call *packed,
                           char *strings, struct chat_letter *ret_letter)
{
    char *end = strings;
    *packed = packed_of(call);
    each_slice(packed, append, &end);
    *ret_letter = (struct chat_letter){.kind = CHAT_LETTER_REQUEST,
                                       .conn = call->from,
                                       .room = call->listing.last,
                                       .number = call->listing.begun,
                                       .parts = {{(const char *)packed, sizeof(*packed)},
                                                 {strings, (size_t)(end - strings)},
                                                 call->listing.rows}};
}

void chat_letter_send_call(struct chat_mailbox *mailbox, unsigned home,
                           const struct chat_call *call)
{
    char near[1024], *strings = near;
    size_t bytes = chat_letter_call_bytes(call);
    struct chat_packed_call packed;
    struct chat_letter letter;

    if (bytes > sizeof(near) && (strings = malloc(bytes)) == NULL)
        abort();
    chat_letter_pack_call(call, &packed, strings, &letter);
    chat_mailbox_send(mailbox, home, &letter);
    if (strings != near)
        free(strings);
}

/* A slice without bytes was left out; its pointer means nothing else on this side. */
static void find(void *context, struct chat_slice *slice)
{
    const char **end = context;
    if (slice->bytes == NULL)
        return;
    slice->bytes = *end;
    *end += slice->length;
}

void chat_letter_unpack_call(const struct chat_letter *letter, struct chat_packed_call *ret_packed)
{
    const char *end = letter->parts[1].bytes;
    memcpy(ret_packed, letter->parts[0].bytes, sizeof(*ret_packed));
    each_slice(ret_packed, find, &end);
}
