/* Takes a frame of the event encoder apart and reads its JSON back by a plain yajl parser, which
 * checks UTF-8 too: nothing of proto's own reader has a part in it. cmocka's headers come before
 * this one. */
#ifndef CHAT_TEST_READ_BACK_H
#define CHAT_TEST_READ_BACK_H

#include <string.h>
#include <yajl/yajl_parse.h>

#include "core/slice.h"

/* What a text says: "name=value" for each member in its order, with a space before each. */
static char said[32 * 1024];
static size_t said_length;

static int add(const void *bytes, size_t length)
{
    assert_true(length < sizeof(said) - said_length);
    memcpy(said + said_length, bytes, length);
    said_length += length;
    said[said_length] = '\0';
    return 1;
}

static int hear_name(void *context, const unsigned char *bytes, size_t length)
{
    (void)context;
    return add(" ", 1) && add(bytes, length) && add("=", 1);
}

static int hear_string(void *context, const unsigned char *bytes, size_t length)
{
    (void)context;
    return add("'", 1) && add(bytes, length) && add("'", 1);
}

static int hear_number(void *context, const char *bytes, size_t length)
{
    (void)context;
    return add(bytes, length);
}

static int hear_open(void *context)
{
    (void)context;
    return add("{", 1);
}

static int hear_close(void *context)
{
    (void)context;
    return add(" }", 2);
}

static int hear_boolean(void *context, int is_true)
{
    (void)context;
    return is_true ? add("true", 4) : add("false", 5);
}

static int hear_array(void *context)
{
    (void)context;
    return add("[", 1);
}

static int hear_array_end(void *context)
{
    (void)context;
    return add(" ]", 2);
}

static const char *read_back(struct chat_slice json)
{
    static const yajl_callbacks callbacks = {
        .yajl_number = hear_number,
        .yajl_string = hear_string,
        .yajl_map_key = hear_name,
        .yajl_start_map = hear_open,
        .yajl_end_map = hear_close,
        .yajl_boolean = hear_boolean,
        .yajl_start_array = hear_array,
        .yajl_end_array = hear_array_end,
    };
    yajl_handle handle = yajl_alloc(&callbacks, NULL, NULL);

    said_length = 0;
    assert_int_equal(yajl_parse(handle, (const unsigned char *)json.bytes, json.length),
                     yajl_status_ok);
    assert_int_equal(yajl_complete_parse(handle), yajl_status_ok);
    yajl_free(handle);
    return said;
}

/* The payload of one whole, final, unmasked text frame with the shortest header there is. */
static struct chat_slice payload(struct chat_slice frame)
{
    const uint8_t *p = (const uint8_t *)frame.bytes;
    uint64_t length = p[1];
    size_t extended = length == 126 ? 2 : length == 127 ? 8 : 0;

    assert_int_equal(p[0], 0x81);
    assert_true(length < 128);
    for (size_t i = 0; i < extended; i++)
        length = (i == 0 ? 0 : length << 8) | p[2 + i];
    assert_true(extended == 0 || length > (extended == 2 ? 125 : 65535));
    assert_int_equal(length, frame.length - 2 - extended);
    return (struct chat_slice){frame.bytes + 2 + extended, length};
}

#endif
