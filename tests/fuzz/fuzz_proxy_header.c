/* room: net */
/* The PROXY header: however it is cut it means the same, and no byte behind it is taken.
 * Input: a byte that says where to cut, then what came over the connection. */
#include "net/proxy_header.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* All of it in pieces of so many bytes, each in memory of its own; returns where it ended. */
static enum chat_proxy_state feed(struct chat_proxy_header *header, const uint8_t *bytes,
                                  size_t length, size_t piece, size_t *ret_at)
{
    enum chat_proxy_state state = CHAT_PROXY_MORE;
    size_t at = 0, used;

    while (state == CHAT_PROXY_MORE && at < length) {
        size_t n = length - at < piece ? length - at : piece;
        char *exact = malloc(n);
        require(exact != NULL);
        memcpy(exact, bytes + at, n);
        state = chat_proxy_header_feed(header, exact, n, &used);
        free(exact);
        require(used <= n && (state != CHAT_PROXY_MORE || used == n));
        at += used;
    }
    require(at <= CHAT_PROXY_HEADER_MAX);
    *ret_at = at;
    return state;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct chat_proxy_header whole = {.kept = 0}, cut = {.kept = 0};
    size_t whole_at, cut_at;

    if (size < 2)
        return 0;
    enum chat_proxy_state state = feed(&whole, data + 1, size - 1, size - 1, &whole_at);
    require(feed(&cut, data + 1, size - 1, (size_t)data[0] % 64 + 1, &cut_at) == state);
    if (state == CHAT_PROXY_BAD)
        return 0;
    require(whole_at == cut_at && memcmp(&whole.client, &cut.client, sizeof(cut.client)) == 0);
    require(state == CHAT_PROXY_CLIENT ||
            memcmp(&whole.client, &(struct chat_ip){{0}}, sizeof(whole.client)) == 0);
    return 0;
}
