/* IP addresses and ranges of them (CIDR), as the configuration and proxies write them. IPv4 stands
 * in IPv6 as RFC 4291 §2.5.5.2 maps it, so that there is one kind. Pure; any thread. */
#ifndef CHAT_CONFIG_CIDR_H
#define CHAT_CONFIG_CIDR_H

#include <stdbool.h>
#include <stddef.h>

struct chat_ip {
    unsigned char bytes[16];
};

/* `unix:` is in no address's range: it stands for the peers of Unix sockets, which have none. */
enum { CHAT_CIDR_UNIX = 255 };

struct chat_cidr {
    struct chat_ip ip;
    unsigned bits; /* of it that count, 0 to 128, or CHAT_CIDR_UNIX */
};

/* 192.0.2.1 or 2001:db8::1, without port, brackets or zone. */
bool chat_ip_read(const char *text, size_t length, struct chat_ip *ret_ip);
bool chat_ip_is_v4(const struct chat_ip *ip);

/* An address, alone or with /BITS, or `unix:`; returns what is wrong with it, or NULL. */
const char *chat_cidr_read(const char *text, size_t length, struct chat_cidr *ret_cidr);
/* `ip` NULL: a peer without an address. */
bool chat_cidr_holds(const struct chat_cidr *cidr, const struct chat_ip *ip);

#endif
