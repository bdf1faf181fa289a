/* Token buckets without a timer: one number each, the time at which the bucket is full again; what
 * has filled since follows from `now`. And how fast one connection may ask: its two buckets and the
 * refusals in a row (PROTOCOL §7, 4029). Pure; a bucket belongs to whoever holds it. */
#ifndef CHAT_CORE_BUCKET_H
#define CHAT_CORE_BUCKET_H

#include "core/request.h"

/* All zero is full. */
struct chat_bucket {
    uint64_t full_ns;
};

/* What one token and a whole bucket cost; all zero: no limit. */
struct chat_rate {
    uint64_t token_ns, burst_ns;
};

/* per_second 0: no limit. */
struct chat_rate chat_rate_of(uint32_t per_second, uint32_t burst);

/* Nothing was taken that has not been filled again. */
bool chat_bucket_is_full(const struct chat_bucket *bucket, uint64_t now_ms);
/* How long until a token can be taken; 0: one can be now. Takes none. The rate may be another than
 * before. */
uint64_t chat_bucket_wait_ms(struct chat_bucket *bucket, const struct chat_rate *rate,
                             uint64_t now_ms);
/* One can be now. */
void chat_bucket_take(struct chat_bucket *bucket, const struct chat_rate *rate, uint64_t now_ms);

/* All zero is a connection that has asked for nothing. */
struct chat_pace {
    struct chat_bucket messages, joins;
    uint32_t refused; /* in a row */
};

struct chat_pace_limits {
    struct chat_rate messages, joins;
    uint32_t violations; /* limits.violations; 0: never */
};

/* Which bucket the request takes from; one whose type is not known (CHAT_REQUESTS) asks like a
 * message. */
enum chat_charge chat_charge_of(enum chat_request_type type);

/* How long a request must wait; 0: it may go now. Nothing is charged. */
uint64_t chat_pace_wait_ms(struct chat_pace *pace, const struct chat_pace_limits *limits,
                           enum chat_charge charge, uint64_t now_ms);
/* It goes: it may go now. */
void chat_pace_charge(struct chat_pace *pace, const struct chat_pace_limits *limits,
                      enum chat_charge charge, uint64_t now_ms);
/* It was refused because it must wait. True: once too often (4029). */
bool chat_pace_refuse(struct chat_pace *pace, const struct chat_pace_limits *limits);

#endif
