/* Memory for input that waits. */
#include "net/inbound.h"

#include <stdlib.h>

enum { CAPACITY_MIN = 512 };

static void drop_rest(struct chat_inbound *in)
{
    if (in->rest != NULL)
        chat_memory_give(in->memory, in->rest_to);
    free(in->rest);
    in->rest = NULL;
}

struct chat_inbound *chat_inbound_need(struct chat_inbound **in, struct chat_memory *memory)
{
    if (*in == NULL) {
        *in = calloc(1, sizeof(**in));
        if (*in == NULL)
            abort();
        (*in)->memory = memory;
        chat_memory_take(memory, sizeof(**in));
    }
    return *in;
}

void chat_inbound_settle(struct chat_inbound **in)
{
    if (*in != NULL && (*in)->message == NULL && (*in)->rest == NULL && (*in)->control_length == 0)
        chat_inbound_free(in);
}

void chat_inbound_free(struct chat_inbound **in)
{
    if (*in == NULL)
        return;
    chat_inbound_message_done(*in);
    drop_rest(*in);
    chat_memory_give((*in)->memory, sizeof(**in));
    free(*in);
    *in = NULL;
}

void chat_inbound_piece(struct chat_inbound *in, struct chat_slice piece)
{
    size_t need = in->length + piece.length;
    if (need > in->capacity || in->message == NULL) {
        size_t capacity = in->capacity * 2 > CAPACITY_MIN ? in->capacity * 2 : CAPACITY_MIN;
        chat_memory_give(in->memory, in->capacity);
        in->capacity = capacity > need ? capacity : need;
        chat_memory_take(in->memory, in->capacity);
        in->message = realloc(in->message, in->capacity);
        if (in->message == NULL)
            abort();
    }
    if (piece.length > 0)
        memcpy(in->message + in->length, piece.bytes, piece.length);
    in->length = need;
}

void chat_inbound_message_done(struct chat_inbound *in)
{
    free(in->message);
    chat_memory_give(in->memory, in->capacity);
    in->message = NULL;
    in->length = in->capacity = 0;
    in->waits = false;
}

void chat_inbound_keep(struct chat_inbound *in, struct chat_slice rest)
{
    in->rest = malloc(rest.length);
    if (in->rest == NULL)
        abort();
    memcpy(in->rest, rest.bytes, rest.length);
    in->rest_from = 0;
    in->rest_to = rest.length;
    chat_memory_take(in->memory, rest.length);
}

void chat_inbound_used(struct chat_inbound *in, size_t n)
{
    in->rest_from += n;
    if (in->rest_from < in->rest_to)
        return;
    drop_rest(in);
}
