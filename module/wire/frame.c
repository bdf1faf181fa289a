/* Owns RFC 6455 §5 framing for the server's side, and the close codes of §7.4 that a peer may send.
 * Pure, any thread; holds no payload. What to answer and when to close is left to the connection.
 */
#include "wire/frame.h"

#include <string.h>

#include "wire/close.h"
#include "wire/deflate.h"
#include "wire/utf8.h"

/* What the next byte is. Steps of more than one byte count up to the next name:
 *
 *   HEAD ─▶ SIZE ─ 0..125 ────────────────────────────────────▶ MASK ×4 ─▶ BEGIN ─▶ REST ─▶ HEAD
 *                ├ 126 ─────────────────▶ LENGTH_LOW ×2 ──────▶  │            └───────────────▶ │
 *                └ 127 ─▶ LENGTH_HIGH ×6 ─▶ LENGTH_LOW ×2 ────▶  │
 *
 * In BEGIN no byte of the frame's payload has been delivered, in REST some have. */
enum {
    STEP_HEAD = 0,
    STEP_SIZE,
    STEP_LENGTH_HIGH,
    STEP_LENGTH_LOW = STEP_LENGTH_HIGH + 6,
    STEP_MASK = STEP_LENGTH_LOW + 2,
    STEP_BEGIN = STEP_MASK + 4,
    STEP_REST,
};

enum {
    HEAD_FIN = 0x80,
    HEAD_RSV = 0x70,
    HEAD_COMPRESSED = 0x40, /* RSV1, RFC 7692 §6 */
    HEAD_OPCODE = 0x0F,
    HEAD_CONTROL = 0x08, /* the bit that all control opcodes have */
    SIZE_MASKED = 0x80,
    SIZE_LENGTH = 0x7F,
    SIZE_16 = 126, /* the length follows in 2 bytes */
    SIZE_64 = 127, /* in 8 bytes */
};

static bool is_control(const struct chat_frame_parser *parser)
{
    return parser->head & HEAD_CONTROL;
}

/* RFC 7692 §6: where it was agreed on, the first frame of a data message says it by RSV1 alone. */
static bool may_be_compressed(const struct chat_frame_parser *parser, uint8_t byte)
{
    unsigned opcode = byte & HEAD_OPCODE;
    return parser->inflates && (byte & HEAD_RSV) == HEAD_COMPRESSED &&
           (opcode == CHAT_OPCODE_TEXT || opcode == CHAT_OPCODE_BINARY);
}

/* The first byte of a frame: FIN, reserved bits, opcode (RFC 6455 §5.2, §5.4, §5.5). */
static unsigned read_head(struct chat_frame_parser *parser, uint8_t byte)
{
    unsigned opcode = byte & HEAD_OPCODE;

    if ((byte & HEAD_RSV) && !may_be_compressed(parser, byte))
        return CHAT_CLOSE_PROTOCOL_ERROR;
    switch (opcode) {
    case CHAT_OPCODE_CONTINUATION:
        if (parser->message == 0)
            return CHAT_CLOSE_PROTOCOL_ERROR;
        break;
    case CHAT_OPCODE_TEXT:
    case CHAT_OPCODE_BINARY:
        if (parser->message != 0)
            return CHAT_CLOSE_PROTOCOL_ERROR;
        parser->message = opcode & HEAD_OPCODE;
        parser->compressed = (byte & HEAD_COMPRESSED) != 0;
        parser->declared = 0;
        break;
    case CHAT_OPCODE_CLOSE:
    case CHAT_OPCODE_PING:
    case CHAT_OPCODE_PONG:
        if (!(byte & HEAD_FIN))
            return CHAT_CLOSE_PROTOCOL_ERROR;
        break;
    default:
        return CHAT_CLOSE_PROTOCOL_ERROR;
    }
    parser->head = byte;
    parser->step = STEP_SIZE;
    return 0;
}

/* The frame's length is known: judge it before a byte of the payload is taken. */
static unsigned take_length(struct chat_frame_parser *parser, uint64_t max_message)
{
    parser->step = STEP_MASK;
    if (is_control(parser))
        return 0;
    if (parser->compressed)
        max_message = chat_inflate_wire_max(max_message);
    /* The limit may have been lowered since the message began. */
    if (parser->declared > max_message || parser->remaining > max_message - parser->declared)
        return CHAT_CLOSE_MESSAGE_TOO_BIG;
    parser->declared += parser->remaining;
    return 0;
}

/* The second byte: mask bit and short length (RFC 6455 §5.1: a client masks every frame). */
static unsigned read_size(struct chat_frame_parser *parser, uint64_t max_message, uint8_t byte)
{
    uint8_t size = byte & SIZE_LENGTH;

    if (!(byte & SIZE_MASKED))
        return CHAT_CLOSE_PROTOCOL_ERROR;
    if (size < SIZE_16) {
        parser->remaining = size;
        return take_length(parser, max_message);
    }
    if (is_control(parser))
        return CHAT_CLOSE_PROTOCOL_ERROR;
    parser->step = size == SIZE_16 ? STEP_LENGTH_LOW : STEP_LENGTH_HIGH;
    return 0;
}

/* A byte of a long length, which must be the shortest form and below 2^63 (RFC 6455 §5.2). */
static unsigned read_length(struct chat_frame_parser *parser, uint64_t max_message, uint8_t byte)
{
    if (parser->step == STEP_LENGTH_HIGH && byte > 0x7F)
        return CHAT_CLOSE_PROTOCOL_ERROR;
    parser->remaining = parser->remaining << 8 | byte;
    parser->step++;
    if (parser->step == STEP_LENGTH_LOW && parser->remaining == 0)
        return CHAT_CLOSE_PROTOCOL_ERROR; /* 16 bits would have been enough */
    if (parser->step < STEP_MASK)
        return 0;
    if (parser->remaining < SIZE_16)
        return CHAT_CLOSE_PROTOCOL_ERROR;
    return take_length(parser, max_message);
}

/* Returns 0, or the close code to fail with. */
static unsigned read_header_byte(struct chat_frame_parser *parser, uint64_t max_message,
                                 uint8_t byte)
{
    if (parser->step == STEP_HEAD)
        return read_head(parser, byte);
    if (parser->step == STEP_SIZE)
        return read_size(parser, max_message, byte);
    if (parser->step < STEP_MASK)
        return read_length(parser, max_message, byte);
    parser->mask[parser->step - STEP_MASK] = byte;
    parser->step++;
    return 0;
}

/* Unmasks a piece and turns the mask to where the piece ends. */
static void unmask(uint8_t mask[4], char *bytes, size_t length)
{
    uint8_t turned[4];
    uint64_t wide;
    size_t i = 0;

    memcpy(&wide, mask, 4);
    memcpy((char *)&wide + 4, mask, 4);
    for (; length - i >= 8; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, 8);
        word ^= wide;
        memcpy(bytes + i, &word, 8);
    }
    for (; i < length; i++)
        bytes[i] = (char)(bytes[i] ^ mask[i % 4]);

    for (i = 0; i < 4; i++)
        turned[i] = mask[(i + length) % 4];
    memcpy(mask, turned, 4);
}

/* RFC 6455 §8.1, as the text arrives: across frames, and whole where the message ends. */
static bool text_is_valid(struct chat_frame_parser *parser, const char *bytes, size_t length,
                          bool last)
{
    uint32_t state = parser->utf8;
    bool valid = chat_utf8_feed(&state, bytes, length);

    parser->utf8 = (uint8_t)state;
    return valid && !(last && state != 0);
}

/* Delivers a piece of the payload, or its empty whole. Returns 0 or the close code to fail with. */
static unsigned take_piece(struct chat_frame_parser *parser, char *bytes, size_t length,
                           struct chat_frame_event *ret_event)
{
    bool control = is_control(parser);
    unsigned opcode = parser->head & HEAD_OPCODE;
    bool begins = parser->step == STEP_BEGIN;
    bool frame_ends = parser->remaining == length;
    bool last = frame_ends && (parser->head & HEAD_FIN);

    unmask(parser->mask, bytes, length);
    if (!control && parser->message == CHAT_OPCODE_TEXT && !parser->compressed &&
        !text_is_valid(parser, bytes, length, last))
        return CHAT_CLOSE_INVALID_UTF8;

    *ret_event = (struct chat_frame_event){
        .kind = control ? CHAT_FRAME_CONTROL : CHAT_FRAME_DATA,
        .opcode = control ? opcode : parser->message,
        .first = begins && opcode != CHAT_OPCODE_CONTINUATION,
        .last = last,
        .compressed = !control && parser->compressed,
        .bytes = bytes,
        .length = length,
        .declared = control ? 0 : parser->declared,
    };
    parser->remaining -= length;
    parser->step = frame_ends ? STEP_HEAD : STEP_REST;
    if (last && !control)
        parser->message = 0;
    return 0;
}

size_t chat_frame_feed(struct chat_frame_parser *parser, uint64_t max_message, char *bytes,
                       size_t length, struct chat_frame_event *ret_event)
{
    unsigned error = 0;
    size_t used = 0;

    *ret_event = (struct chat_frame_event){.kind = CHAT_FRAME_MORE};
    while (error == 0 && parser->step < STEP_BEGIN) {
        if (used == length)
            return used;
        error = read_header_byte(parser, max_message, (uint8_t)bytes[used++]);
    }
    if (error == 0) {
        size_t piece = length - used;
        if (piece > parser->remaining)
            piece = (size_t)parser->remaining;
        if (piece == 0 && parser->remaining > 0)
            return used;
        error = take_piece(parser, bytes + used, piece, ret_event);
        used += piece;
    }
    if (error != 0)
        *ret_event = (struct chat_frame_event){.kind = CHAT_FRAME_ERROR, .error = (uint16_t)error};
    return used;
}

bool chat_frame_in_message(const struct chat_frame_parser *parser)
{
    return parser->message != 0 || parser->step != STEP_HEAD;
}

/* RFC 6455 §7.4 and the registry of §11.7: 1004, 1005, 1006 and 1015 never stand on the wire. */
static bool may_be_sent(unsigned code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

unsigned chat_frame_close_read(const char *payload, size_t length, unsigned *ret_code)
{
    enum { NO_CODE_RECEIVED = 1005 };

    if (length == 0) {
        *ret_code = NO_CODE_RECEIVED;
        return 0;
    }
    if (length == 1)
        return CHAT_CLOSE_PROTOCOL_ERROR;
    unsigned code = (unsigned)(uint8_t)payload[0] << 8 | (uint8_t)payload[1];
    if (!may_be_sent(code))
        return CHAT_CLOSE_PROTOCOL_ERROR;
    if (!chat_utf8_valid(payload + 2, length - 2))
        return CHAT_CLOSE_INVALID_UTF8;
    *ret_code = code;
    return 0;
}

size_t chat_frame_header_length(uint64_t payload)
{
    return payload < SIZE_16 ? 2 : payload <= UINT16_MAX ? 4 : 10;
}

size_t chat_frame_header(char out[CHAT_FRAME_HEADER_MAX], enum chat_opcode opcode, uint64_t payload)
{
    size_t length = chat_frame_header_length(payload);

    out[0] = (char)(HEAD_FIN | opcode);
    out[1] = (char)(length == 2 ? payload : length == 4 ? SIZE_16 : SIZE_64);
    for (size_t i = length; i > 2; i--, payload >>= 8)
        out[i - 1] = (char)(payload & 0xFF);
    return length;
}

size_t chat_frame_header_compressed(char out[CHAT_FRAME_HEADER_MAX], enum chat_opcode opcode,
                                    uint64_t payload)
{
    size_t length = chat_frame_header(out, opcode, payload);
    out[0] = (char)(out[0] | HEAD_COMPRESSED);
    return length;
}

static size_t control(char out[CHAT_FRAME_CONTROL_MAX], enum chat_opcode opcode,
                      const char *payload, size_t length)
{
    assert(length <= CHAT_FRAME_PAYLOAD_CONTROL_MAX);
    size_t header = chat_frame_header(out, opcode, length);
    if (length > 0)
        memcpy(out + header, payload, length);
    return header + length;
}

size_t chat_frame_close(char out[CHAT_FRAME_CONTROL_MAX], unsigned code, const char *reason,
                        size_t reason_length)
{
    char payload[CHAT_FRAME_PAYLOAD_CONTROL_MAX];

    if (code == 0)
        return control(out, CHAT_OPCODE_CLOSE, NULL, 0);
    payload[0] = (char)(code >> 8);
    payload[1] = (char)(code & 0xFF);
    size_t cut = chat_utf8_cut(reason, reason_length, sizeof(payload) - 2);
    if (cut > 0)
        memcpy(payload + 2, reason, cut);
    return control(out, CHAT_OPCODE_CLOSE, payload, 2 + cut);
}

size_t chat_frame_ping(char out[CHAT_FRAME_CONTROL_MAX], const char *payload, size_t length)
{
    return control(out, CHAT_OPCODE_PING, payload, length);
}

size_t chat_frame_pong(char out[CHAT_FRAME_CONTROL_MAX], const char *payload, size_t length)
{
    return control(out, CHAT_OPCODE_PONG, payload, length);
}

size_t chat_frame_payload_at(const char *frame)
{
    uint8_t size = (uint8_t)frame[1];
    return size == SIZE_16 ? 4 : size == SIZE_64 ? 10 : 2;
}

/* The whole length, header included, of the server frame that starts here. */
static uint64_t server_frame_length(const char *frame)
{
    uint64_t payload = (uint8_t)frame[1];
    size_t header = chat_frame_payload_at(frame);

    if (header > 2)
        payload = 0;
    for (size_t i = 2; i < header; i++)
        payload = payload << 8 | (uint8_t)frame[i];
    return header + payload;
}

size_t chat_frame_boundary(const char *run, size_t length, size_t offset)
{
    size_t boundary = 0;

    assert(offset <= length);
    while (boundary < offset) {
        uint64_t frame = server_frame_length(run + boundary);
        assert(frame <= length - boundary);
        if (frame >= length - boundary)
            return length;
        boundary += (size_t)frame;
    }
    return boundary;
}
