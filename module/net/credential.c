/* Each place is searched whole, as a second token elsewhere makes both worthless. */
#include "net/credential.h"

static void found(enum chat_credential *so_far, struct chat_slice *ret_token,
                  struct chat_slice token)
{
    *so_far = *so_far == CHAT_CREDENTIAL_NONE && token.length > 0 ? CHAT_CREDENTIAL_ONE
                                                                  : CHAT_CREDENTIAL_BAD;
    *ret_token = token;
}

/* Does the text begin so? Cuts it off. */
static bool take_prefix(struct chat_slice *text, const char *prefix, bool ignore_case)
{
    size_t length = strlen(prefix);
    if (text->length < length || (ignore_case ? !h2o_lcstris(text->bytes, length, prefix, length)
                                              : memcmp(text->bytes, prefix, length) != 0))
        return false;
    text->bytes += length;
    text->length -= length;
    return true;
}

static void trim(struct chat_slice *text)
{
    while (text->length > 0 && (text->bytes[0] == ' ' || text->bytes[0] == '\t')) {
        text->bytes++;
        text->length--;
    }
    while (text->length > 0 &&
           (text->bytes[text->length - 1] == ' ' || text->bytes[text->length - 1] == '\t'))
        text->length--;
}

/* Up to the separator, which is cut off too; false at the end. */
static bool next_part(struct chat_slice *rest, char separator, struct chat_slice *ret_part)
{
    if (rest->bytes == NULL)
        return false;
    const char *end = rest->length > 0 ? memchr(rest->bytes, separator, rest->length) : NULL;
    *ret_part = *rest;
    if (end == NULL) {
        rest->bytes = NULL;
        return true;
    }
    ret_part->length = (size_t)(end - rest->bytes);
    rest->bytes = end + 1;
    rest->length -= ret_part->length + 1;
    return true;
}

static struct chat_slice value_of(const h2o_req_t *req, ssize_t index)
{
    h2o_iovec_t value = req->headers.entries[index].value;
    return (struct chat_slice){value.base, value.len};
}

enum chat_credential chat_credential_find(const h2o_req_t *req, struct chat_slice *ret_token)
{
    enum chat_credential so_far = CHAT_CREDENTIAL_NONE;
    struct chat_slice rest, part;
    ssize_t index = -1;

    while ((index = h2o_find_header(&req->headers, H2O_TOKEN_AUTHORIZATION, index)) != -1) {
        part = value_of(req, index);
        if (!take_prefix(&part, "bearer", true) || (part.length > 0 && part.bytes[0] != ' '))
            continue; /* of another scheme, and for somebody else */
        trim(&part);
        found(&so_far, ret_token, part);
    }
    index = -1;
    while ((index = h2o_find_header_by_str(&req->headers, H2O_STRLIT("sec-websocket-protocol"),
                                           index)) != -1) {
        rest = value_of(req, index);
        while (next_part(&rest, ',', &part)) {
            trim(&part);
            if (take_prefix(&part, "bearer.", false))
                found(&so_far, ret_token, part);
        }
    }
    if (req->query_at == SIZE_MAX)
        return so_far;
    rest =
        (struct chat_slice){req->path.base + req->query_at + 1, req->path.len - req->query_at - 1};
    while (next_part(&rest, '&', &part))
        if (take_prefix(&part, "access_token=", false))
            found(&so_far, ret_token, part);
    return so_far;
}
