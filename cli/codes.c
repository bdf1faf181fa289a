/* The rows of wire/close.def and core/error.def. */
#include "codes.h"

#include "admin/must.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

static void put(yajl_gen json, const char *text)
{
    yajl_gen_string(json, (const unsigned char *)text, strlen(text));
}

static void put_rest(yajl_gen json, const char *reason, const char *meaning)
{
    put(json, "reason");
    put(json, reason);
    put(json, "meaning");
    put(json, meaning);
    yajl_gen_map_close(json);
}

static void put_close(yajl_gen json, long long code, const char *reason, const char *meaning)
{
    yajl_gen_map_open(json);
    put(json, "code");
    yajl_gen_integer(json, code);
    put_rest(json, reason, meaning);
}

static void put_error(yajl_gen json, const char *code, const char *reason, const char *meaning)
{
    yajl_gen_map_open(json);
    put(json, "code");
    put(json, code);
    put_rest(json, reason, meaning);
}

char *chat_codes_answer(size_t *ret_length)
{
    yajl_gen json = chat_must(yajl_gen_alloc(NULL));
    const unsigned char *bytes = NULL;

    yajl_gen_map_open(json);
    put(json, "data");
    yajl_gen_map_open(json);
    put(json, "closes");
    yajl_gen_array_open(json);
#define CLOSE(symbol, code, word, sentence) put_close(json, code, #word, sentence);
#include "wire/close.def"
    yajl_gen_array_close(json);
    put(json, "errors");
    yajl_gen_array_open(json);
#define ERROR(symbol, code, reason, sentence) put_error(json, #code, #reason, sentence);
#include "core/error.def"
    yajl_gen_array_close(json);
    yajl_gen_map_close(json);
    yajl_gen_map_close(json);
    yajl_gen_get_buf(json, &bytes, ret_length);
    char *text = chat_must(calloc(1, *ret_length + 1));
    memcpy(text, bytes, *ret_length);
    yajl_gen_free(json);
    return text;
}
