/* JSON to claims. What chatd uses must be of the right type, wherever it stands; a member that it
 * does not know is ignored, but for `crit`, which forbids that. */
#include "auth/token.h"

#include "core/limits.h"
#include "core/valid.h"
#include "proto/json.h"
#include "wire/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* RFC 3339 ends with the year 9999; what is later is as good as that. */
static const int64_t time_max_s = INT64_C(253402300799);

enum header_member { HEADER_ALG, HEADER_KID, HEADER_CRIT, HEADER_OTHER };

struct header {
    struct chat_token_header *header;
    enum header_member member;
    bool bad;
};

static void on_header_name(void *context, unsigned depth, struct chat_slice name)
{
    struct header *header = context;
    header->member = HEADER_OTHER;
    if (depth == 1 && chat_slice_equal(name, CHAT_SLICE("alg")))
        header->member = HEADER_ALG;
    else if (depth == 1 && chat_slice_equal(name, CHAT_SLICE("kid")))
        header->member = HEADER_KID;
    else if (depth == 1 && chat_slice_equal(name, CHAT_SLICE("crit")))
        header->bad = true; /* RFC 7515 §4.1.11: there is no extension that we understand */
}

static void on_header_value(void *context, const struct chat_json_value *value)
{
    struct header *header = context;
    struct chat_token_header *ret = header->header;
    struct chat_slice text = value->text;

    if (header->member == HEADER_OTHER)
        return;
    bool is_string = value->kind == CHAT_JSON_STRING;
    if (is_string && header->member == HEADER_ALG) {
        ret->algorithm = chat_key_algorithm(text);
    } else if (is_string && text.length <= CHAT_KEY_ID_MAX &&
               memchr(text.bytes, '\0', text.length) == NULL) {
        memcpy(ret->id, text.bytes, text.length);
        ret->id[text.length] = '\0';
        ret->has_id = true;
    } else {
        header->bad = true;
    }
    header->member = HEADER_OTHER;
}

bool chat_token_read_header(struct chat_slice json, struct chat_token_header *ret_header)
{
    static const struct chat_json_visitor visitor = {on_header_name, on_header_value};
    struct header header = {.header = ret_header, .member = HEADER_OTHER};
    *ret_header = (struct chat_token_header){.algorithm = CHAT_ALGORITHM_MISSING};
    struct chat_json_reader *reader = chat_json_reader_create();
    bool good = chat_utf8_valid(json.bytes, json.length) &&
                chat_json_read(reader, json, &visitor, &header) == CHAT_OK;
    chat_json_reader_destroy(reader);
    return good && !header.bad && ret_header->algorithm != CHAT_ALGORITHM_MISSING;
}

enum claim { SUB, NAME, ISS, EXP, NBF, AUD, CHAT, CLAIMS };

/* The rights that `chat` names, and their room patterns: {"join": ["team-*"], "send": "lobby"}. */
static const struct right_row {
    struct chat_slice name;
    unsigned right;
} rights[] = {
    {{"create", 6}, CHAT_MAY_CREATE},
    {{"join", 4}, CHAT_MAY_JOIN},
    {{"send", 4}, CHAT_MAY_SEND},
    {{"moderate", 8}, CHAT_MAY_MODERATE},
};

struct grant {
    unsigned right;
    struct chat_slice pattern;
};

struct heard {
    struct chat_json_reader *reader;
    const struct chat_token_rules *rules;
    int member;     /* enum claim; CLAIMS: none that counts */
    unsigned right; /* in CHAT; 0: one that we do not know, which grants nothing */
    struct chat_slice values[CLAIMS]; /* strings, and numbers as they are spelled */
    bool for_us;                      /* `aud` is or holds the audience */
    bool is_limited;                  /* there is a `chat` */
    bool bad;
    unsigned n_grants;
    struct grant grants[CHAT_CLAIMS_GRANTS_MAX];
};

static void on_claim_name(void *context, unsigned depth, struct chat_slice name)
{
    static const char *const names[CLAIMS] = {"sub", "name", "iss", "exp", "nbf", "aud", "chat"};
    struct heard *heard = context;

    if (depth == 1) {
        heard->member = CLAIMS;
        for (int i = 0; i < CLAIMS; i++)
            if (name.length == strlen(names[i]) && memcmp(name.bytes, names[i], name.length) == 0)
                heard->member = i;
    }
    if (depth == 2) {
        heard->right = 0;
        for (size_t i = 0; heard->member == CHAT && i < sizeof(rights) / sizeof(rights[0]); i++)
            if (chat_slice_equal(name, rights[i].name))
                heard->right = rights[i].right;
    }
}

static bool is_pattern(struct chat_slice text)
{
    if (text.length == 0 || text.length > CHAT_ID_MAX)
        return false;
    for (size_t i = 0; i < text.length; i++)
        if (text.bytes[i] != '*' && chat_valid_id(text.bytes + i, 1, 1) != CHAT_VALID)
            return false;
    return true;
}

/* A string, or an array of strings: `depth` is that of the string alone. */
static bool is_listed(const struct heard *heard, const struct chat_json_value *value,
                      unsigned depth)
{
    unsigned at = chat_json_depth(heard->reader);
    return value->kind == CHAT_JSON_STRING && (at == depth || at == depth + 1);
}

static void hear_audience(struct heard *heard, const struct chat_json_value *value)
{
    const char *audience = heard->rules->audience;
    if (chat_json_depth(heard->reader) == 1 && value->kind == CHAT_JSON_ARRAY)
        return;
    if (!is_listed(heard, value, 1))
        heard->bad = true;
    else if (audience != NULL && value->text.length == strlen(audience) &&
             memcmp(value->text.bytes, audience, value->text.length) == 0)
        heard->for_us = true;
}

static void hear_grant(struct heard *heard, const struct chat_json_value *value)
{
    unsigned depth = chat_json_depth(heard->reader);
    if (depth == 1) {
        heard->is_limited = true;
        heard->bad |= value->kind != CHAT_JSON_OBJECT;
        return;
    }
    if (heard->right == 0 || (depth == 2 && value->kind == CHAT_JSON_ARRAY))
        return;
    if (!is_listed(heard, value, 2) || !is_pattern(value->text) ||
        heard->n_grants == CHAT_CLAIMS_GRANTS_MAX)
        heard->bad = true;
    else
        heard->grants[heard->n_grants++] = (struct grant){heard->right, value->text};
}

static void on_claim_value(void *context, const struct chat_json_value *value)
{
    struct heard *heard = context;
    int member = heard->member;

    if (member == CLAIMS)
        return;
    if (member == AUD) {
        hear_audience(heard, value);
    } else if (member == CHAT) {
        hear_grant(heard, value);
    } else {
        bool is_time = member == EXP || member == NBF;
        if (value->kind == (is_time ? CHAT_JSON_NUMBER : CHAT_JSON_STRING))
            heard->values[member] = value->text;
        else
            heard->bad |= member != NAME; /* a name that is none is as one left out */
        heard->member = CLAIMS;
    }
}

/* A NumericDate (RFC 7519 §2), which may have a fraction; false: it is no time. */
static bool read_time(struct chat_slice number, int64_t *ret_s)
{
    char text[64], *end;
    if (chat_json_to_integer(number, ret_s) != CHAT_JSON_INTEGER) {
        if (number.length >= sizeof(text))
            return false;
        memcpy(text, number.bytes, number.length);
        text[number.length] = '\0';
        double value = strtod(text, &end);
        if (*end != '\0' || !(fabs(value) < 1e15))
            return false;
        *ret_s = (int64_t)floor(value);
    }
    if (*ret_s > time_max_s)
        *ret_s = time_max_s;
    return *ret_s >= 0;
}

static bool is_text(struct chat_slice value, const char *expected)
{
    return value.length == strlen(expected) && memcmp(value.bytes, expected, value.length) == 0;
}

static enum chat_error judge(const struct heard *heard, int64_t now_ms, int64_t *ret_expires_ms)
{
    const struct chat_token_rules *rules = heard->rules;
    const struct chat_slice *values = heard->values;
    int64_t expires_s = 0, not_before_s = 0;

    if (heard->bad || values[EXP].bytes == NULL || !read_time(values[EXP], &expires_s) ||
        (values[NBF].bytes != NULL && !read_time(values[NBF], &not_before_s)) ||
        (rules->issuer != NULL && !is_text(values[ISS], rules->issuer)) ||
        (rules->audience != NULL && !heard->for_us) ||
        chat_valid_id(values[SUB].bytes, values[SUB].length, rules->id_max) != CHAT_VALID ||
        not_before_s * 1000 > now_ms + rules->leeway_ms)
        return CHAT_E_IDENTITY_TOKEN_INVALID;
    *ret_expires_ms = expires_s * 1000;
    return now_ms < *ret_expires_ms + rules->leeway_ms ? CHAT_OK : CHAT_E_IDENTITY_TOKEN_EXPIRED;
}

static struct chat_claims *claims_of(const struct heard *heard, int64_t expires_ms)
{
    struct chat_slice user = heard->values[SUB], name = heard->values[NAME];
    if (name.bytes == NULL ||
        chat_valid_name(name.bytes, name.length, heard->rules->name_max) != CHAT_VALID)
        name = user;
    struct chat_claims *claims = chat_claims_create(user, name, expires_ms);
    if (heard->is_limited)
        chat_claims_limit(claims);
    for (unsigned i = 0; i < heard->n_grants; i++)
        claims = chat_claims_grant(claims, heard->grants[i].right, heard->grants[i].pattern);
    return claims;
}

enum chat_error chat_token_read_claims(struct chat_slice json, const struct chat_token_rules *rules,
                                       int64_t now_ms, struct chat_claims **ret_claims)
{
    static const struct chat_json_visitor visitor = {on_claim_name, on_claim_value};
    struct heard heard = {.reader = chat_json_reader_create(), .rules = rules, .member = CLAIMS};
    enum chat_error error = CHAT_E_IDENTITY_TOKEN_INVALID;
    int64_t expires_ms = 0;

    if (chat_utf8_valid(json.bytes, json.length) &&
        chat_json_read(heard.reader, json, &visitor, &heard) == CHAT_OK)
        error = judge(&heard, now_ms, &expires_ms);
    if (error == CHAT_OK)
        *ret_claims = claims_of(&heard, expires_ms);
    chat_json_reader_destroy(heard.reader); /* the strings are its own */
    return error;
}
