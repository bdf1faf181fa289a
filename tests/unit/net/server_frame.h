/* Server frames for tests of queues and connections: a payload that can be told apart. */
#ifndef CHAT_TEST_SERVER_FRAME_H
#define CHAT_TEST_SERVER_FRAME_H

#include "core/slice.h"
#include "wire/frame.h"

#include <stdlib.h>
#include <string.h>

/* Writes a text frame whose payload is `length` times the byte; returns the frame's length. `out`
 * has room for the payload and CHAT_FRAME_HEADER_MAX bytes. */
static inline size_t server_frame(char *out, char byte, size_t length)
{
    size_t header = chat_frame_header(out, CHAT_OPCODE_TEXT, length);
    memset(out + header, byte, length);
    return header + length;
}

/* The same for short ones, borrowed from the caller's buffer. */
static inline struct chat_slice short_frame(char out[CHAT_FRAME_CONTROL_MAX], char byte,
                                            size_t length)
{
    return (struct chat_slice){out, server_frame(out, byte, length)};
}

#endif
