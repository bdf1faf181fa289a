/* Owns the negotiation of permessage-deflate: its grammar, its four parameters, its answer. Pure.
 * Any valid offer can be met: to a client whose window is too small for our compressor nothing is
 * sent compressed, which RFC 7692 §6 leaves to each sender, so it is answered all the same. */
#include "wire/extension.h"

#include "wire/deflate.h"

#include <stdio.h>
#include <string.h>

struct text {
    const char *bytes;
    size_t length;
};

/* What is left of the header's value. */
struct scan {
    const char *at, *end;
};

enum parameter {
    SERVER_NO_CONTEXT_TAKEOVER,
    CLIENT_NO_CONTEXT_TAKEOVER,
    SERVER_MAX_WINDOW_BITS,
    CLIENT_MAX_WINDOW_BITS,
    PARAMETERS,
};

/* RFC 7692 §7.1: whether a parameter of an offer may and must have a value. */
static const struct parameter_row {
    const char *name;
    bool may, must;
} parameters[PARAMETERS] = {
    [SERVER_NO_CONTEXT_TAKEOVER] = {"server_no_context_takeover", false, false},
    [CLIENT_NO_CONTEXT_TAKEOVER] = {"client_no_context_takeover", false, false},
    [SERVER_MAX_WINDOW_BITS] = {"server_max_window_bits", true, true},
    [CLIENT_MAX_WINDOW_BITS] = {"client_max_window_bits", true, false},
};

enum { WINDOW_MIN = 8, WINDOW_MAX = 15, VALUE_MAX = 8 };

/* An offer as it is read. */
struct offer {
    bool possible;
    bool given[PARAMETERS];
    unsigned server_window;
};

static bool is_text(struct text text, const char *literal)
{
    return text.length == strlen(literal) && memcmp(text.bytes, literal, text.length) == 0;
}

/* RFC 9110 §5.6.2 */
static bool is_token_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t'))
        scan->at++;
}

/* The character, and the space around it. */
static bool take(struct scan *scan, char c)
{
    skip_space(scan);
    if (scan->at == scan->end || *scan->at != c)
        return false;
    scan->at++;
    skip_space(scan);
    return true;
}

static bool take_token(struct scan *scan, struct text *ret_token)
{
    const char *from = scan->at;

    while (scan->at < scan->end && is_token_char(*scan->at))
        scan->at++;
    *ret_token = (struct text){from, (size_t)(scan->at - from)};
    return ret_token->length > 0;
}

/* RFC 6455 §9.1: what is quoted must be a token once it is unescaped. A longer value than any that
 * we know is cut, and so is none of them. */
static bool take_quoted(struct scan *scan, char value[VALUE_MAX], struct text *ret_value)
{
    size_t length = 0;

    for (; scan->at < scan->end && *scan->at != '"'; scan->at++) {
        if (*scan->at == '\\' && ++scan->at == scan->end)
            return false;
        if (!is_token_char(*scan->at))
            return false;
        if (length < VALUE_MAX)
            value[length++] = *scan->at;
    }
    *ret_value = (struct text){value, length};
    return length > 0 && scan->at++ < scan->end;
}

/* 8 to 15, without leading zeros; 0: not that. */
static unsigned window_bits(struct text value)
{
    unsigned bits = 0;

    if (value.length < 1 || value.length > 2 || value.bytes[0] == '0')
        return 0;
    for (size_t i = 0; i < value.length; i++) {
        if (value.bytes[i] < '0' || value.bytes[i] > '9')
            return 0;
        bits = bits * 10 + (unsigned)(value.bytes[i] - '0');
    }
    return bits >= WINDOW_MIN && bits <= WINDOW_MAX ? bits : 0;
}

/* `value` is NULL where there was none. */
static void judge_parameter(struct offer *offer, struct text name, const struct text *value)
{
    unsigned p = 0, bits = value != NULL ? window_bits(*value) : 0;

    while (p < PARAMETERS && !is_text(name, parameters[p].name))
        p++;
    if (p == PARAMETERS || offer->given[p] ||
        (value != NULL ? !parameters[p].may || bits == 0 : parameters[p].must)) {
        offer->possible = false;
        return;
    }
    offer->given[p] = true;
    if (p == SERVER_MAX_WINDOW_BITS)
        offer->server_window = bits;
}

static bool read_parameter(struct scan *scan, struct offer *offer)
{
    char quoted[VALUE_MAX];
    struct text name, value;

    if (!take_token(scan, &name))
        return false;
    if (!take(scan, '=')) {
        judge_parameter(offer, name, NULL);
        return true;
    }
    bool read = scan->at < scan->end && *scan->at == '"'
                    ? (scan->at++, take_quoted(scan, quoted, &value))
                    : take_token(scan, &value);
    if (read)
        judge_parameter(offer, name, &value);
    return read;
}

/* False: it breaks the grammar. */
static bool read_offer(struct scan *scan, struct offer *ret_offer)
{
    struct text name;

    if (!take_token(scan, &name))
        return false;
    *ret_offer = (struct offer){.possible = is_text(name, "permessage-deflate")};
    while (take(scan, ';'))
        if (!read_parameter(scan, ret_offer))
            return false;
    return true;
}

bool chat_extension_choose(const char *offers, size_t length, struct chat_extension *ret_chosen)
{
    struct scan scan = {offers, offers + length};
    struct chat_extension chosen = {.deflates = false};
    struct offer offer;

    for (;;) {
        while (take(&scan, ',')) /* RFC 9110 §5.6.1: empty elements are allowed */
            continue;
        if (scan.at == scan.end)
            break;
        if (!read_offer(&scan, &offer) || (scan.at < scan.end && *scan.at != ','))
            return false;
        if (offer.possible && !chosen.deflates)
            chosen = (struct chat_extension){true, offer.server_window};
    }
    if (chosen.deflates)
        *ret_chosen = chosen;
    return chosen.deflates;
}

size_t chat_extension_answer(const struct chat_extension *chosen,
                             char out[CHAT_EXTENSION_ANSWER_MAX])
{
    static const char always[] =
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    unsigned window = chosen->server_window;

    if (window == 0)
        return (size_t)snprintf(out, CHAT_EXTENSION_ANSWER_MAX, "%s", always);
    if (window > CHAT_DEFLATE_WINDOW_BITS)
        window = CHAT_DEFLATE_WINDOW_BITS;
    return (size_t)snprintf(out, CHAT_EXTENSION_ANSWER_MAX, "%s; server_max_window_bits=%u", always,
                            window);
}
