/* room: wire */
/* The frame parser: any cut of a stream must give the same line as the whole, within memory of just
 * the segment's size; frame_log.h checks each event besides. A close payload is read as well.
 * Input: a byte that picks the size limit and, by its highest bit, whether permessage-deflate was
 * agreed on, a byte that seeds the cut, the stream. */
#include "../unit/wire/frame_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_close(const char *payload, size_t length)
{
    unsigned code = 0;
    unsigned error = chat_frame_close_read(payload, length, &code);

    FRAME_LOG_MUST((error == 0) == (code != 0));
    FRAME_LOG_MUST(error == 0 || error == 1002 || error == 1007);
}

/* Cuts the stream into pieces of 1 to `longest` bytes. */
static void feed_in_pieces(struct frame_log *log, const char *stream, size_t length, size_t longest,
                           uint32_t seed)
{
    for (size_t at = 0, piece; at < length; at += piece) {
        seed = seed * 1664525 + 1013904223;
        piece = 1 + (seed >> 16) % longest;
        if (piece > length - at)
            piece = length - at;
        frame_log_feed(log, stream + at, piece);
    }
    frame_log_end(log);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t limits[] = {0, 5, 125, 1024, 65535, 65536, 1 << 26, UINT64_MAX};
    static const size_t longest[] = {1, 3, 16, 300};
    struct frame_log whole;

    if (size < 2)
        return 0;
    uint64_t limit = limits[data[0] % (sizeof(limits) / sizeof(limits[0]))];
    const char *stream = (const char *)data + 2;
    size_t length = size - 2;

    frame_log_init(&whole, limit);
    whole.parser.inflates = (data[0] & 0x80) != 0;
    frame_log_feed(&whole, stream, length);
    frame_log_end(&whole);
    for (size_t i = 0; i < sizeof(longest) / sizeof(longest[0]); i++) {
        struct frame_log cut;
        frame_log_init(&cut, limit);
        cut.parser.inflates = (data[0] & 0x80) != 0;
        feed_in_pieces(&cut, stream, length, longest[i], data[1]);
        FRAME_LOG_MUST(cut.length == whole.length);
        FRAME_LOG_MUST(memcmp(cut.line, whole.line, whole.length) == 0);
        FRAME_LOG_MUST(cut.failed || memcmp(&cut.parser, &whole.parser, sizeof(cut.parser)) == 0);
        frame_log_finish(&cut);
    }
    frame_log_finish(&whole);
    read_close(stream, length);
    return 0;
}
