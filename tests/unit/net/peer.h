/* Addresses as tests write them. */
#ifndef CHAT_TEST_PEER_H
#define CHAT_TEST_PEER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* A peer by its text, on port 1234. */
static inline const struct sockaddr *peer(const char *text)
{
    static union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } address;

    memset(&address, 0, sizeof(address));
    if (inet_pton(AF_INET, text, &address.in.sin_addr) == 1) {
        address.in.sin_family = AF_INET;
        address.in.sin_port = htons(1234);
        return &address.any;
    }
    assert_int_equal(inet_pton(AF_INET6, text, &address.in6.sin6_addr), 1);
    address.in6.sin6_family = AF_INET6;
    address.in6.sin6_port = htons(1234);
    return &address.any;
}

#endif
