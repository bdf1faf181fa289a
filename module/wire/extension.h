/* permessage-deflate as it is offered in Sec-WebSocket-Extensions (RFC 6455 §9.1, RFC 7692 §5,
 * §7.1) and what is answered. Pure, any thread. Whether it is wanted at all is for the handler. */
#ifndef CHAT_WIRE_EXTENSION_H
#define CHAT_WIRE_EXTENSION_H

#include <stdbool.h>
#include <stddef.h>

enum { CHAT_EXTENSION_ANSWER_MAX = 128 };

/* What both sides have agreed on; all zero is: nothing. Neither side takes over any context. */
struct chat_extension {
    bool deflates;          /* messages may be compressed */
    unsigned server_window; /* bits that the client asked for: 8 to 15; 0: it did not ask */
};

/* Reads one header's value, a list of offers in the order in which the client likes them, and takes
 * the first that can be accepted. False: there is none, or the value breaks the grammar. An offer
 * with a parameter that is unknown, repeated or out of range is passed over (RFC 7692 §7.1). */
bool chat_extension_choose(const char *offers, size_t length, struct chat_extension *ret_chosen);

/* Writes the header's value that accepts it; returns its length. */
size_t chat_extension_answer(const struct chat_extension *chosen,
                             char out[CHAT_EXTENSION_ANSWER_MAX]);

#endif
