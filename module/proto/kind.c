/* The kinds of members, one row each, and how a value is held against them. */
#include "proto/kind.h"

#include "core/limits.h"
#include "core/request.h"
#include "core/valid.h"

static const struct chat_kind_row kinds[] = {
    [CHAT_KIND_ID] = {CHAT_JSON_STRING, "a string", "the characters A-Z a-z 0-9 _ . : @ -",
                      " bytes", 1, 0, true},
    [CHAT_KIND_NAME] = {CHAT_JSON_STRING, "a string",
                        "printable characters, none that changes the direction of text, and no "
                        "space at either end",
                        " characters", 1, 0, true},
    [CHAT_KIND_TEXT] = {CHAT_JSON_STRING, "a string", "", "", 0, 0, false},
    [CHAT_KIND_KEY] = {CHAT_JSON_STRING, "a string", "", " bytes", 1, CHAT_KEY_MAX, false},
    [CHAT_KIND_WORDS] = {CHAT_JSON_STRING, "a string", "printable characters", " bytes", 1,
                         CHAT_REASON_MAX, false},
    [CHAT_KIND_TOKEN] = {CHAT_JSON_STRING, "a string", "", " bytes", 1, CHAT_BEARER_MAX, false},
    [CHAT_KIND_COUNT] = {CHAT_JSON_NUMBER, "an integer", "", "", 1, 0, true},
    [CHAT_KIND_SHARE] = {CHAT_JSON_NUMBER, "an integer", "", "", 0, 0, true},
    [CHAT_KIND_SEQ] = {CHAT_JSON_NUMBER, "an integer", "", "", 0, CHAT_INTEGER_MAX, false},
    [CHAT_KIND_AFTER] = {CHAT_JSON_NUMBER, "an integer", "", "", 1, CHAT_INTEGER_MAX, false},
    [CHAT_KIND_OBJECT] = {CHAT_JSON_OBJECT, "an object", "", "", 0, 0, false},
};

const struct chat_kind_row *chat_kind_row(enum chat_kind kind)
{
    return &kinds[kind];
}

static enum chat_error of_validity(enum chat_validity validity)
{
    static const enum chat_error errors[] = {
        [CHAT_VALID] = CHAT_OK,
        [CHAT_VALID_TOO_SHORT] = CHAT_E_PAYLOAD_TOO_SHORT,
        [CHAT_VALID_TOO_LONG] = CHAT_E_PAYLOAD_TOO_LONG,
        [CHAT_VALID_BAD_CHARACTERS] = CHAT_E_PAYLOAD_BAD_CHARACTERS,
    };
    return errors[validity];
}

static enum chat_error judge_string(enum chat_kind kind, size_t high, struct chat_slice text)
{
    if (kind == CHAT_KIND_ID)
        return of_validity(chat_valid_id(text.bytes, text.length, high));
    if (kind == CHAT_KIND_NAME)
        return of_validity(chat_valid_name(text.bytes, text.length, high));
    if (kind == CHAT_KIND_WORDS)
        return of_validity(chat_valid_words(text.bytes, text.length, high));
    if (kind == CHAT_KIND_TEXT)
        return CHAT_OK;
    if (text.length == 0)
        return CHAT_E_PAYLOAD_TOO_SHORT;
    return text.length > high ? CHAT_E_PAYLOAD_TOO_LONG : CHAT_OK;
}

static enum chat_error judge_number(struct chat_slice number, int64_t low, int64_t high,
                                    int64_t *ret_value)
{
    int64_t value = 0;
    enum chat_json_integer is = chat_json_to_integer(number, &value);

    if (is == CHAT_JSON_NOT_AN_INTEGER)
        return CHAT_E_PAYLOAD_WRONG_TYPE;
    if (is == CHAT_JSON_BEYOND_INT64 || value < low || value > high)
        return CHAT_E_PAYLOAD_OUT_OF_RANGE;
    *ret_value = value;
    return CHAT_OK;
}

enum chat_error chat_kind_judge(enum chat_kind kind, int64_t high,
                                const struct chat_json_value *value, void *ret_target)
{
    enum chat_error error = CHAT_OK;
    int64_t number = 0;

    if (value->kind != kinds[kind].json)
        return CHAT_E_PAYLOAD_WRONG_TYPE;
    if (value->kind == CHAT_JSON_STRING)
        error = judge_string(kind, (size_t)high, value->text);
    else if (value->kind == CHAT_JSON_NUMBER)
        error = judge_number(value->text, kinds[kind].low, high, &number);
    if (error != CHAT_OK)
        return error;
    if (value->kind == CHAT_JSON_STRING)
        *(struct chat_slice *)ret_target = value->text;
    else if (kind == CHAT_KIND_OBJECT)
        *(bool *)ret_target = true;
    else if (kind == CHAT_KIND_SHARE)
        *(struct chat_share *)ret_target = (struct chat_share){true, number};
    else
        *(int64_t *)ret_target = number;
    return CHAT_OK;
}
