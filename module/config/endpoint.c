/* One spelling for each address, so that equal ones are found. */
#include "config/endpoint.h"

#include "config/value.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

bool chat_endpoint_is_unix(const char *text, size_t length)
{
    const size_t prefix = sizeof CHAT_UNIX_PREFIX - 1;
    return length >= prefix && memcmp(text, CHAT_UNIX_PREFIX, prefix) == 0;
}

/* unix:/path, as long as a socket's address can be. */
static const char *read_unix(const char *text, size_t length, char **ret)
{
    const size_t path = sizeof CHAT_UNIX_PREFIX - 1;
    if (length <= path || text[path] != '/')
        return "has no path from / on behind unix:";
    if (length - path > CHAT_UNIX_PATH_MAX)
        return "is too long";
    for (size_t i = path; i < length; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
            return "has a control character";
    *ret = chat_value_copy(text, length);
    return NULL;
}

const char *chat_endpoint_read(const char *text, size_t length, char **ret)
{
    char terminated[INET6_ADDRSTRLEN], canonical[INET6_ADDRSTRLEN];
    unsigned char bytes[sizeof(struct in6_addr)];
    if (chat_endpoint_is_unix(text, length))
        return read_unix(text, length, ret);
    if (length >= sizeof terminated || memchr(text, '\0', length) != NULL)
        return "is not an address";
    memcpy(terminated, text, length);
    terminated[length] = '\0';
    int family = memchr(text, ':', length) == NULL ? AF_INET : AF_INET6;
    if (inet_pton(family, terminated, bytes) != 1)
        return "is not an address";
    if (inet_ntop(family, bytes, canonical, sizeof canonical) == NULL)
        abort();
    *ret = chat_value_copy(canonical, strlen(canonical));
    return NULL;
}
