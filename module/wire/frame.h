/* RFC 6455 framing, the server's side: a parser of masked frames, and the makers of unmasked ones.
 * Pure: bytes in, events out, no buffer of its own. A parser belongs to its connection's worker.
 * What a message means, when to answer and what a closed connection still accepts is for conn. */
#ifndef CHAT_WIRE_FRAME_H
#define CHAT_WIRE_FRAME_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum chat_opcode {
    CHAT_OPCODE_CONTINUATION = 0,
    CHAT_OPCODE_TEXT = 1,
    CHAT_OPCODE_BINARY = 2,
    CHAT_OPCODE_CLOSE = 8,
    CHAT_OPCODE_PING = 9,
    CHAT_OPCODE_PONG = 10,
};

/* All zero is a fresh parser. It sits in every connection, so it is kept small. */
struct chat_frame_parser {
    uint64_t remaining;     /* payload of this frame still to come, or its length as far as read */
    uint64_t declared;      /* payload that the frames of the message have announced so far */
    uint8_t mask[4];        /* turned, so that mask[0] is for the next byte */
    uint8_t step;           /* what the next byte is; frame.c draws it */
    uint8_t head;           /* the first byte of this frame */
    uint8_t message : 4;    /* opcode of the message that has begun; 0: none */
    uint8_t inflates : 1;   /* set from outside: messages may be compressed (RFC 7692 §6) */
    uint8_t compressed : 1; /* that message is; its text is then not checked here */
    uint8_t utf8;           /* state of chat_utf8_feed within a text message */
};
static_assert(sizeof(struct chat_frame_parser) == 24, "every connection pays for its parser");

enum chat_frame_kind {
    CHAT_FRAME_MORE, /* all input is used and there is nothing to report */
    CHAT_FRAME_DATA,
    CHAT_FRAME_CONTROL,
    CHAT_FRAME_ERROR,
};

struct chat_frame_event {
    enum chat_frame_kind kind;
    enum chat_opcode opcode; /* DATA: TEXT or BINARY, that of the message; CONTROL: its own */
    bool first, last;        /* this piece begins, ends the message (DATA) or the frame (CONTROL) */
    bool compressed;         /* DATA: of a compressed message */
    char *bytes;             /* borrowed: the piece, unmasked in place in the caller's input */
    size_t length;           /* may be 0 */
    uint64_t declared; /* DATA: payload of the message so far, this frame's whole length included */
    uint16_t error;    /* ERROR: the close code to send: 1002, 1007, 1009 */
};

/* Feeds up to `length` bytes, returns how many were used, and makes at most one event. Call until
 * the input is used up and the kind is MORE. After ERROR the parser must not be fed again. What a
 * compressed message holds is for the inflater to bound; here it is given room to be longer on the
 * wire (chat_inflate_wire_max).
 * Borrows bytes, which it unmasks in place. */
size_t chat_frame_feed(struct chat_frame_parser *, uint64_t max_message, char *bytes, size_t length,
                       struct chat_frame_event *ret_event);

/* A data message has begun and is not complete, or a frame of any kind is half read, be it a byte
 * of its header. */
bool chat_frame_in_message(const struct chat_frame_parser *);

/* Reads a complete close payload. Returns 0 and *ret_code (1005 for an empty one), or the code to
 * fail with: 1002 (one byte only, or a code that no peer may send), 1007 (reason not UTF-8). */
unsigned chat_frame_close_read(const char *payload, size_t length, unsigned *ret_code);

/* Server frames are unmasked and whole: FIN is set. */
enum {
    CHAT_FRAME_HEADER_MAX = 10,
    CHAT_FRAME_PAYLOAD_CONTROL_MAX = 125,
    CHAT_FRAME_CONTROL_MAX = 2 + CHAT_FRAME_PAYLOAD_CONTROL_MAX,
};

/* 2, 4 or 10 */
size_t chat_frame_header_length(uint64_t payload);
/* Returns the header's length. */
size_t chat_frame_header(char out[CHAT_FRAME_HEADER_MAX], enum chat_opcode, uint64_t payload);
/* The same of a compressed message (RFC 7692 §6). */
size_t chat_frame_header_compressed(char out[CHAT_FRAME_HEADER_MAX], enum chat_opcode,
                                    uint64_t payload);

/* Whole control frames; each returns its length. The reason of a close is cut at a character to
 * the 123 bytes there are (PROTOCOL §8); code 0 makes a close without code and reason. The payload
 * of a ping or pong has at most 125 bytes. */
size_t chat_frame_close(char out[CHAT_FRAME_CONTROL_MAX], unsigned code, const char *reason,
                        size_t reason_length);
size_t chat_frame_ping(char out[CHAT_FRAME_CONTROL_MAX], const char *payload, size_t length);
size_t chat_frame_pong(char out[CHAT_FRAME_CONTROL_MAX], const char *payload, size_t length);

/* Where the payload of the server frame that starts here begins. */
size_t chat_frame_payload_at(const char *frame);

/* In a run of whole server frames: the first boundary between frames at or after offset ≤ length.
 */
size_t chat_frame_boundary(const char *run, size_t length, size_t offset);

#endif
