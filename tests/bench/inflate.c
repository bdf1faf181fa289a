/* RFC 7692 without context takeover: each message is a raw deflate stream of its own, whose end,
 * 00 00 ff ff, the sender has left out (§7.2.2). A broadcast comes to all members in the same
 * bytes: it is inflated for the first of them, the others' are compared with it, so that the
 * generator keeps up. */
#include "load.h"

#include <string.h>
#include <zlib.h>

enum {
    KNOWN = 256, /* a power of two, some rounds of a room */
    COMPRESSED_MAX = 16 * 1024,
    MESSAGE_MAX = 16 * 1024,
};

struct known {
    size_t compressed_size, size;
    uint8_t compressed[COMPRESSED_MAX];
    uint8_t message[MESSAGE_MAX];
};

/* The sum of its words: as long as they differ from message to message, any will do. */
static struct known *place_of(const uint8_t *data, size_t size)
{
    static struct known known[KNOWN];
    uint64_t sum = size, word;
    for (size_t i = 0; i + sizeof word <= size; i += sizeof word) {
        memcpy(&word, data + i, sizeof word);
        sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    }
    return &known[sum >> 56 & (KNOWN - 1)];
}

static void inflate_into(struct known *place, const uint8_t *data, size_t size)
{
    static const uint8_t tail[] = {0, 0, 0xff, 0xff};
    static z_stream stream;
    if (stream.state == NULL && inflateInit2(&stream, -15) != Z_OK)
        load_fail("zlib: %s", stream.msg);
    if (size + sizeof tail > COMPRESSED_MAX)
        load_fail("a compressed message of %zu bytes", size);
    inflateReset(&stream);
    memcpy(place->compressed, data, size);
    memcpy(place->compressed + size, tail, sizeof tail);
    place->compressed_size = size;
    stream.next_in = place->compressed;
    stream.avail_in = (uInt)(size + sizeof tail);
    stream.next_out = place->message;
    stream.avail_out = MESSAGE_MAX;
    if (inflate(&stream, Z_SYNC_FLUSH) != Z_OK || stream.avail_in != 0 || stream.avail_out == 0)
        load_fail("a message of %zu bytes is not well compressed: %s", size,
                  stream.msg != NULL ? stream.msg : "it has no end");
    place->size = MESSAGE_MAX - stream.avail_out;
}

const uint8_t *load_inflate(const uint8_t *data, size_t size, size_t *ret_size)
{
    struct known *place = place_of(data, size);
    if (place->compressed_size != size || memcmp(place->compressed, data, size) != 0)
        inflate_into(place, data, size);
    *ret_size = place->size;
    return place->message;
}
