/* Messages of permessage-deflate (RFC 7692 §7.2) without context takeover: whole ones in, whole
 * ones out, so one compressor and one decompressor serve all connections of a worker, and a
 * connection holds none. Pure but for zlib. */
#ifndef CHAT_WIRE_DEFLATE_H
#define CHAT_WIRE_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The compressor's window: python3-websockets asks for no more, and chat messages have little use
 * for a larger one. One compression serves all members, so it fits the smallest that is served. */
enum { CHAT_DEFLATE_WINDOW_BITS = 12 };

/* May a client that asked for this window (0: for none) be sent what our compressor makes? */
static inline bool chat_deflate_fits(unsigned server_window)
{
    return server_window == 0 || server_window >= CHAT_DEFLATE_WINDOW_BITS;
}

struct chat_deflater;

/* Returns owned; destroy takes it, NULL too. Messages below `min` bytes are left as they are. */
struct chat_deflater *chat_deflater_create(size_t min);
void chat_deflater_destroy(struct chat_deflater *deflater);

/* Borrows a run of whole plain server frames of data messages; lends the same messages, compressed
 * where that makes them shorter, until the deflater's next use. */
size_t chat_deflater_run(struct chat_deflater *deflater, const char *run, size_t length,
                         const char **ret_run);

struct chat_inflater;

/* Returns owned; destroy takes it, NULL too. */
struct chat_inflater *chat_inflater_create(void);
void chat_inflater_destroy(struct chat_inflater *inflater);

/* The payload of a whole compressed message. Returns 0 and lends the message until the inflater's
 * next use, or the close code to fail with: 1009 (over `max` bytes, and never more was inflated),
 * 1002 (not DEFLATE, or cut off). Memory grows with what comes out. */
unsigned chat_inflater_message(struct chat_inflater *inflater, uint64_t max, const char *payload,
                               size_t length, const char **ret_message, size_t *ret_length);

/* The most bytes that a message of `max` bytes is granted on the wire: incompressible ones, of a
 * sender that compresses them all the same, take more than they hold. */
static inline uint64_t chat_inflate_wire_max(uint64_t max)
{
    uint64_t extra = max / 4 + 64;
    return max > UINT64_MAX - extra ? UINT64_MAX : max + extra;
}

#endif
