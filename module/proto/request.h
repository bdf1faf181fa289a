/* From a client's message to a typed request (PROTOCOL §2, §3, §6), by the rows of request.def;
 * what is wrong with it comes back as a fault, in the order of PROTOCOL §7. Pure; one decoder a
 * worker. */
#ifndef CHAT_PROTO_REQUEST_H
#define CHAT_PROTO_REQUEST_H

#include "core/limits.h"
#include "core/request.h"

#include <stdint.h>

struct chat_decoder;

/* Returns owned; destroy takes it, NULL too. */
struct chat_decoder *chat_decoder_create(const struct chat_bounds *bounds);
/* Other bounds from now on. */
void chat_decoder_bound(struct chat_decoder *decoder, const struct chat_bounds *bounds);
void chat_decoder_destroy(struct chat_decoder *decoder);

/* Borrows one whole message of valid UTF-8. True: *ret_request is complete, borrowed from the text
 * and the decoder until the decoder's next use. Else *ret_fault, and of the request what is known:
 * its id, its type when that was judged and known (else CHAT_REQUESTS), its room_id when that is
 * valid. */
bool chat_decoder_read(struct chat_decoder *decoder, struct chat_slice text,
                       struct chat_request *ret_request, struct chat_fault *ret_fault)
    __attribute__((warn_unused_result));

#endif
