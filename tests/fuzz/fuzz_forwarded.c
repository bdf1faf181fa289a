/* room: net */
/* What proxies say of their clients: whatever a client has written itself to the left, the client
 * is who the trusted proxy appended, or nobody is believed and it is the proxy.
 * Input: a byte that picks the header, its value as the client sends it. */
#include "net/forwarded.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static bool equal(const struct chat_ip *a, const struct chat_ip *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const appended[] = {", 203.0.113.7", ", for=203.0.113.7"};
    struct chat_cidr range;
    struct chat_ip peer, honest;

    require(chat_cidr_read("10.0.0.0/8", 10, &range) == NULL);
    require(chat_ip_read("10.0.0.1", 8, &peer) && chat_ip_read("203.0.113.7", 11, &honest));
    if (size == 0)
        return 0;
    unsigned header = data[0] % 2;
    size_t own = size - 1, more = strlen(appended[header]);
    char *value = malloc(own + more);
    if (value == NULL)
        abort();
    memcpy(value, data + 1, own);
    memcpy(value + own, appended[header], more);

    struct chat_hops hops = {.count = 0}, alone = {.count = 0};
    struct chat_proxies proxies = {&range, 1}, none = {NULL, 0};
    void (*add)(struct chat_hops *, struct chat_slice) =
        header == 0 ? chat_hops_add_x_forwarded_for : chat_hops_add_forwarded;
    add(&hops, (struct chat_slice){value, own + more});
    struct chat_ip client = *chat_hops_client(&hops, &proxies, &peer);
    require(equal(&client, &honest) || (header == 1 && equal(&client, &peer)));
    client = *chat_hops_client(&hops, &none, &peer);
    require(equal(&client, &peer));
    add(&alone, (struct chat_slice){value, own});
    require(alone.count > 0);
    (void)chat_hops_client(&alone, &proxies, &peer);
    free(value);
    return 0;
}
