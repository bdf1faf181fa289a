/* From a typed event to the bytes of one text frame (PROTOCOL §4), by the rows of event.def, and
 * from a fault to the event that answers it (§7). Pure; one encoder a worker. */
#ifndef CHAT_PROTO_EVENT_H
#define CHAT_PROTO_EVENT_H

#include "core/event.h"
#include "core/request.h"

struct chat_encoder;

/* Returns owned; destroy takes it, NULL too. */
struct chat_encoder *chat_encoder_create(void);
void chat_encoder_destroy(struct chat_encoder *encoder);

/* Borrows the event, lends one whole frame, header included, until the encoder's next use. */
struct chat_slice chat_encoder_write(struct chat_encoder *encoder, const struct chat_event *event);

enum { CHAT_SENTENCE_MAX = 256 };

/* The answer to a request with a fault. It borrows from the request and from the sentence, which is
 * written here. Any thread. A fault that has neither field nor bounds may leave them 0. */
struct chat_event chat_event_of_fault(const struct chat_request *request,
                                      const struct chat_fault *fault,
                                      char sentence[CHAT_SENTENCE_MAX]);

#endif
