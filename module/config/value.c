/* One option's value: from its text to its member, by the type and bounds of its row. Pure; any
 * thread. What belongs to no single option is config.c's. */
#include "config/value.h"

#include "config/cidr.h"
#include "config/config.h"
#include "config/endpoint.h"
#include "config/origin.h"
#include "config/scalar.h"
#include "core/limits.h"
#include "core/valid.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* H2O compares paths after decoding and resolving dots: what it would change can never match. */
static const char *wrong_path(const char *text, size_t length)
{
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    if (text[0] != '/')
        return "does not begin with a slash";
    for (size_t i = 0; i < length; i++)
        if (memchr(set, text[i], sizeof set - 1) == NULL)
            return "has a character that a path here cannot have";
    for (size_t i = 0; i < length; i++) {
        size_t rest = length - i;
        if (text[i] != '/')
            continue;
        if (rest > 1 && text[i + 1] == '/')
            return "has an empty part";
        if (rest > 1 && text[i + 1] == '.' &&
            (rest == 2 || text[i + 2] == '/' ||
             (text[i + 2] == '.' && (rest == 3 || text[i + 3] == '/'))))
            return "has a part of dots only";
    }
    if ((length == 7 && memcmp(text, "/health", 7) == 0) ||
        (length == 8 && memcmp(text, "/metrics", 8) == 0))
        return "is another page of chatd (PROTOCOL section 9)";
    return NULL;
}

static const char *wrong_bytes(const struct chat_option *row, const char *text, size_t length)
{
    if (length < strtoul(row->min, NULL, 10))
        return "is too short";
    if (length > strtoul(row->max, NULL, 10))
        return "is too long";
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
            return "has a control character";
    return row->type == CHAT_TYPE_PATH ? wrong_path(text, length) : NULL;
}

static const char *validity(enum chat_validity validity)
{
    switch (validity) {
    case CHAT_VALID:
        return NULL;
    case CHAT_VALID_TOO_SHORT:
        return "is too short";
    case CHAT_VALID_TOO_LONG:
        return "is too long";
    case CHAT_VALID_BAD_CHARACTERS:
        return "has characters that are not allowed";
    }
    return NULL;
}

const char *chat_value_read(const struct chat_option *row, const char *text, size_t length,
                            struct chat_value *ret)
{
    struct chat_value value = {0, NULL};
    const char *wrong = NULL;
    switch (row->type) {
    case CHAT_TYPE_TEXT:
    case CHAT_TYPE_FILE:
    case CHAT_TYPE_PATH:
        wrong = wrong_bytes(row, text, length);
        break;
    case CHAT_TYPE_ADDRESS:
        wrong = chat_endpoint_read(text, length, &value.text);
        break;
    case CHAT_TYPE_ID:
        wrong = validity(chat_valid_id(text, length, CHAT_ID_MAX));
        break;
    case CHAT_TYPE_NAME:
        wrong = validity(chat_valid_name(text, length, CHAT_NAME_MAX));
        break;
    case CHAT_TYPE_CIDRS:
        wrong = chat_cidr_read(text, length, &(struct chat_cidr){0});
        break;
    case CHAT_TYPE_ORIGINS:
        wrong = chat_origin_wrong(text, length);
        break;
    default:
        wrong = chat_scalar_read(row, text, length, &value.number);
        if (wrong == NULL)
            *ret = value;
        return wrong;
    }
    if (wrong != NULL)
        return wrong;
    if (value.text == NULL)
        value.text = chat_value_copy(text, length);
    *ret = value;
    return NULL;
}

void chat_value_describe(const struct chat_option *row, char *ret, size_t size)
{
    static const char *const texts[] = {
        [CHAT_TYPE_TEXT] = "%s to %s bytes without control characters",
        [CHAT_TYPE_FILE] = "the path of a file, %s to %s bytes without control characters",
        [CHAT_TYPE_PATH] = "%s to %s bytes such as /ws, of letters, digits and - . _ ~ /",
        [CHAT_TYPE_ADDRESS] = "an IPv4 or IPv6 address, or unix:/path",
        [CHAT_TYPE_ID] = "%s to %s of A-Z a-z 0-9 _ . : @ -",
        [CHAT_TYPE_NAME] = "%s to %s characters without control characters or space at the ends",
        [CHAT_TYPE_LIST] = "a list of %s to %s mappings, or one mapping",
        [CHAT_TYPE_CIDRS] = "a list of %s to %s addresses, ranges such as 10.0.0.0/8, or unix:",
        [CHAT_TYPE_ORIGINS] =
            "a list of %s to %s origins such as https://example.org or *.example.org",
    };
    if (row->type >= CHAT_TYPE_TEXT) {
        snprintf(ret, size, texts[row->type], row->min, row->max);
        return;
    }
    chat_scalar_describe(row, ret, size);
}

static void add_text(struct chat_config_texts *texts, char *text)
{
    char **larger = realloc(texts->items, (texts->count + 1) * sizeof *larger);
    if (larger == NULL)
        abort();
    larger[texts->count++] = text;
    texts->items = larger;
}

void chat_value_store(const struct chat_option *row, void *owner, struct chat_value value)
{
    void *member = (char *)owner + row->offset;
    switch (row->type) {
    case CHAT_TYPE_BOOL:
        *(bool *)member = value.number != 0;
        break;
    case CHAT_TYPE_COUNT:
        *(uint32_t *)member = (uint32_t)value.number;
        break;
    case CHAT_TYPE_PORT:
        *(uint16_t *)member = (uint16_t)value.number;
        break;
    case CHAT_TYPE_WORKERS:
    case CHAT_TYPE_MODE:
        *(unsigned *)member = (unsigned)value.number;
        break;
    case CHAT_TYPE_LOG_LEVEL:
        *(enum chat_log_level *)member = (enum chat_log_level)value.number;
        break;
    case CHAT_TYPE_LOG_FORMAT:
        *(enum chat_log_format *)member = (enum chat_log_format)value.number;
        break;
    case CHAT_TYPE_AUTH_MODE:
        *(enum chat_auth_mode *)member = (enum chat_auth_mode)value.number;
        break;
    case CHAT_TYPE_ALGORITHM:
        *(enum chat_algorithm *)member = (enum chat_algorithm)value.number;
        break;
    case CHAT_TYPE_SIZE:
        *(size_t *)member = (size_t)value.number;
        break;
    case CHAT_TYPE_DURATION:
        *(uint64_t *)member = value.number;
        break;
    case CHAT_TYPE_CIDRS:
    case CHAT_TYPE_ORIGINS:
        add_text(member, value.text);
        break;
    default:
        free(*(char **)member);
        *(char **)member = value.text;
    }
}

char *chat_value_copy(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    if (copy == NULL)
        abort();
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}
