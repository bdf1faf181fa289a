/* Owns zlib's raw streams and the memory into which they write; one worker's. Nothing outlives a
 * message but that memory, and that only while it is small. */
#include "wire/deflate.h"

#include "wire/close.h"
#include "wire/frame.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    /* Of a turn's broadcasts most are short: what is reset for each is 8 KiB, not 64. */
    MEMORY_LEVEL = 5,
    OUT_MIN = 16 * 1024,
    OUT_KEPT_MAX = 128 * 1024,
    SYNC_FLUSH_MAX = 16, /* of Z_SYNC_FLUSH beyond deflateBound */
};

/* RFC 7692 §7.2.1: Z_SYNC_FLUSH ends with these, and they are not sent. */
static const unsigned char tail[4] = {0x00, 0x00, 0xFF, 0xFF};

struct out {
    char *bytes;
    size_t size;
};

static void out_reserve(struct out *out, size_t need)
{
    if (need <= out->size)
        return;
    size_t size = out->size * 2 > OUT_MIN ? out->size * 2 : OUT_MIN;
    out->size = size > need ? size : need;
    out->bytes = realloc(out->bytes, out->size);
    if (out->bytes == NULL)
        abort();
}

/* One large message does not keep its memory for ever. */
static void out_settle(struct out *out)
{
    if (out->size <= OUT_KEPT_MAX)
        return;
    free(out->bytes);
    *out = (struct out){NULL, 0};
}

struct chat_deflater {
    z_stream stream;
    size_t min;
    struct out out;
};

struct chat_deflater *chat_deflater_create(size_t min)
{
    struct chat_deflater *deflater = calloc(1, sizeof(*deflater));

    if (deflater == NULL ||
        deflateInit2(&deflater->stream, Z_BEST_SPEED, Z_DEFLATED, -CHAT_DEFLATE_WINDOW_BITS,
                     MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    deflater->min = min;
    return deflater;
}

void chat_deflater_destroy(struct chat_deflater *deflater)
{
    if (deflater == NULL)
        return;
    deflateEnd(&deflater->stream);
    free(deflater->out.bytes);
    free(deflater);
}

/* Compresses to `out`, where there is room; returns the length without the tail. */
static size_t compress_payload(z_stream *stream, const char *payload, size_t length, char *out,
                               size_t room)
{
    deflateReset(stream);
    stream->next_in = (z_const Bytef *)payload;
    stream->avail_in = (uInt)length;
    stream->next_out = (Bytef *)out;
    stream->avail_out = (uInt)room;
    int result = deflate(stream, Z_SYNC_FLUSH);
    assert(result == Z_OK && stream->avail_in == 0 && stream->avail_out > 0);
    (void)result;
    return room - stream->avail_out - sizeof(tail);
}

/* Appends one frame's message at `at` of the output; returns the length of its frame. */
static size_t put_frame(struct chat_deflater *deflater, size_t at, const char *frame, size_t length)
{
    size_t header = chat_frame_payload_at(frame), payload = length - header;
    size_t room = deflateBound(&deflater->stream, (uLong)payload) + SYNC_FLUSH_MAX;

    out_reserve(&deflater->out, at + CHAT_FRAME_HEADER_MAX + room + length);
    char *out = deflater->out.bytes + at, *compressed = out + CHAT_FRAME_HEADER_MAX;
    size_t packed = payload < deflater->min ? payload
                                            : compress_payload(&deflater->stream, frame + header,
                                                               payload, compressed, room);
    if (packed >= payload) {
        memcpy(out, frame, length);
        return length;
    }
    header = chat_frame_header_compressed(out, (enum chat_opcode)(frame[0] & 0x0F), packed);
    memmove(out + header, compressed, packed);
    return header + packed;
}

size_t chat_deflater_run(struct chat_deflater *deflater, const char *run, size_t length,
                         const char **ret_run)
{
    size_t at = 0, from = 0;

    out_settle(&deflater->out);
    while (from < length) {
        size_t frame = chat_frame_boundary(run + from, length - from, 1);
        at += put_frame(deflater, at, run + from, frame);
        from += frame;
    }
    *ret_run = length > 0 ? deflater->out.bytes : run;
    return at;
}

struct chat_inflater {
    z_stream stream;
    struct out out;
};

struct chat_inflater *chat_inflater_create(void)
{
    struct chat_inflater *inflater = calloc(1, sizeof(*inflater));

    if (inflater == NULL || inflateInit2(&inflater->stream, -MAX_WBITS) != Z_OK)
        abort();
    return inflater;
}

void chat_inflater_destroy(struct chat_inflater *inflater)
{
    if (inflater == NULL)
        return;
    inflateEnd(&inflater->stream);
    free(inflater->out.bytes);
    free(inflater);
}

/* Room for what comes next: at most one byte over `max`, which is enough to know. */
static void make_room(struct chat_inflater *inflater, size_t done, uint64_t max)
{
    if (done == inflater->out.size)
        out_reserve(&inflater->out, done + 1);
    uint64_t room = inflater->out.size - done;
    if (room > max - done)
        room = max - done + 1;
    inflater->stream.next_out = (Bytef *)inflater->out.bytes + done;
    inflater->stream.avail_out = (uInt)room;
}

/* Inflates this part of the payload behind the `*done` bytes that are there. */
static unsigned take_part(struct chat_inflater *inflater, uint64_t max, const void *part,
                          size_t length, size_t *done)
{
    z_stream *stream = &inflater->stream;
    int result;

    stream->next_in = (z_const Bytef *)part;
    stream->avail_in = (uInt)length;
    do {
        make_room(inflater, *done, max);
        uInt room = stream->avail_out;
        result = inflate(stream, Z_SYNC_FLUSH);
        *done += room - stream->avail_out;
        if (*done > max)
            return CHAT_CLOSE_MESSAGE_TOO_BIG;
        /* A block that calls itself the last one may be followed by others (RFC 7692 §7.2.3.4). */
        if (result == Z_STREAM_END)
            inflateReset(stream);
        else if (result != Z_OK && result != Z_BUF_ERROR)
            return CHAT_CLOSE_PROTOCOL_ERROR;
    } while (stream->avail_in > 0 || stream->avail_out == 0);
    return 0;
}

/* With the tail put back a whole message ends with an empty block, and nothing behind it: zlib says
 * so by this bit of data_type. */
static bool is_between_blocks(const z_stream *stream)
{
    enum { BETWEEN_BLOCKS = 128, UNUSED_BITS = 7 };
    return (stream->data_type & BETWEEN_BLOCKS) && (stream->data_type & UNUSED_BITS) == 0;
}

/* What is not DEFLATE breaks RFC 7692 §7.2.2, hence 1002; 1007 speaks of the text that comes out.
 */
unsigned chat_inflater_message(struct chat_inflater *inflater, uint64_t max, const char *payload,
                               size_t length, const char **ret_message, size_t *ret_length)
{
    size_t done = 0;

    out_settle(&inflater->out);
    inflateReset(&inflater->stream);
    unsigned error = take_part(inflater, max, payload, length, &done);
    if (error == 0)
        error = take_part(inflater, max, tail, sizeof(tail), &done);
    if (error == 0 && !is_between_blocks(&inflater->stream))
        error = CHAT_CLOSE_PROTOCOL_ERROR;
    if (error != 0)
        return error;
    *ret_message = inflater->out.bytes;
    *ret_length = done;
    return 0;
}
