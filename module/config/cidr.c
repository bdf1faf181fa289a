/* Addresses and ranges. */
#include "config/cidr.h"

#include <arpa/inet.h>
#include <string.h>

static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool chat_ip_read(const char *text, size_t length, struct chat_ip *ret_ip)
{
    char terminated[INET6_ADDRSTRLEN];
    struct chat_ip ip;

    if (length >= sizeof terminated || memchr(text, '\0', length) != NULL)
        return false;
    memcpy(terminated, text, length);
    terminated[length] = '\0';
    if (memchr(text, ':', length) != NULL) {
        if (inet_pton(AF_INET6, terminated, ip.bytes) != 1)
            return false;
    } else {
        memcpy(ip.bytes, mapped, sizeof mapped);
        if (inet_pton(AF_INET, terminated, ip.bytes + sizeof mapped) != 1)
            return false;
    }
    *ret_ip = ip;
    return true;
}

bool chat_ip_is_v4(const struct chat_ip *ip)
{
    return memcmp(ip->bytes, mapped, sizeof mapped) == 0;
}

/* Up to three digits without a sign or a leading 0. */
static bool read_bits(const char *text, size_t length, unsigned *ret_bits)
{
    unsigned bits = 0;
    if (length == 0 || length > 3 || (length > 1 && text[0] == '0'))
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        bits = 10 * bits + (unsigned)(text[i] - '0');
    }
    *ret_bits = bits;
    return true;
}

static unsigned bit_of(const struct chat_ip *ip, unsigned at)
{
    return (unsigned)(ip->bytes[at / 8] >> (7 - at % 8)) & 1u;
}

const char *chat_cidr_read(const char *text, size_t length, struct chat_cidr *ret_cidr)
{
    struct chat_cidr cidr = {.bits = 128};
    const char *slash = memchr(text, '/', length);
    size_t address = slash == NULL ? length : (size_t)(slash - text);

    if (length == 5 && memcmp(text, "unix:", 5) == 0) {
        *ret_cidr = (struct chat_cidr){.bits = CHAT_CIDR_UNIX};
        return NULL;
    }
    if (!chat_ip_read(text, address, &cidr.ip))
        return "is not an address or a range of them";
    unsigned above = memchr(text, ':', address) == NULL ? 8 * sizeof mapped : 0;
    if (slash != NULL) {
        if (!read_bits(slash + 1, length - address - 1, &cidr.bits) || cidr.bits + above > 128)
            return "has no number of bits behind its slash";
        cidr.bits += above;
    }
    for (unsigned i = cidr.bits; i < 128; i++)
        if (bit_of(&cidr.ip, i) != 0)
            return "has bits behind those that count";
    *ret_cidr = cidr;
    return NULL;
}

bool chat_cidr_holds(const struct chat_cidr *cidr, const struct chat_ip *ip)
{
    size_t whole = cidr->bits / 8;
    unsigned rest = cidr->bits % 8;

    if (ip == NULL || cidr->bits == CHAT_CIDR_UNIX)
        return ip == NULL && cidr->bits == CHAT_CIDR_UNIX;
    if (memcmp(cidr->ip.bytes, ip->bytes, whole) != 0)
        return false;
    return rest == 0 || (cidr->ip.bytes[whole] ^ ip->bytes[whole]) >> (8 - rest) == 0;
}
