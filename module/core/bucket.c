/* The arithmetic of the buckets: a token costs the time in which one fills. */
#include "core/bucket.h"

enum { NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

struct chat_rate chat_rate_of(uint32_t per_second, uint32_t burst)
{
    uint64_t token_ns = per_second == 0 ? 0 : NS_PER_S / per_second;
    return (struct chat_rate){token_ns, token_ns * burst};
}

/* When the bucket would be full again if a token were taken now. */
static uint64_t full_after(const struct chat_bucket *bucket, const struct chat_rate *rate,
                           uint64_t now_ns)
{
    return (bucket->full_ns > now_ns ? bucket->full_ns : now_ns) + rate->token_ns;
}

bool chat_bucket_is_full(const struct chat_bucket *bucket, uint64_t now_ms)
{
    return bucket->full_ns <= now_ms * NS_PER_MS;
}

uint64_t chat_bucket_wait_ms(struct chat_bucket *bucket, const struct chat_rate *rate,
                             uint64_t now_ms)
{
    uint64_t now_ns = now_ms * NS_PER_MS;
    /* It lacks no more than it holds, also where it held more when that was taken. */
    if (bucket->full_ns > now_ns + rate->burst_ns)
        bucket->full_ns = now_ns + rate->burst_ns;
    uint64_t full_ns = full_after(bucket, rate, now_ns);

    if (full_ns <= now_ns + rate->burst_ns)
        return 0;
    return (full_ns - now_ns - rate->burst_ns + NS_PER_MS - 1) / NS_PER_MS;
}

void chat_bucket_take(struct chat_bucket *bucket, const struct chat_rate *rate, uint64_t now_ms)
{
    bucket->full_ns = full_after(bucket, rate, now_ms * NS_PER_MS);
}

enum chat_charge chat_charge_of(enum chat_request_type type)
{
    return type == CHAT_REQUESTS ? CHAT_CHARGE_MESSAGES : chat_request_row(type)->charge;
}

uint64_t chat_pace_wait_ms(struct chat_pace *pace, const struct chat_pace_limits *limits,
                           enum chat_charge charge, uint64_t now_ms)
{
    switch (charge) {
    case CHAT_CHARGE_NOTHING:
        break;
    case CHAT_CHARGE_JOINS:
        return chat_bucket_wait_ms(&pace->joins, &limits->joins, now_ms);
    case CHAT_CHARGE_MESSAGES:
        return chat_bucket_wait_ms(&pace->messages, &limits->messages, now_ms);
    }
    return 0;
}

void chat_pace_charge(struct chat_pace *pace, const struct chat_pace_limits *limits,
                      enum chat_charge charge, uint64_t now_ms)
{
    if (charge == CHAT_CHARGE_NOTHING)
        return;
    if (charge == CHAT_CHARGE_JOINS)
        chat_bucket_take(&pace->joins, &limits->joins, now_ms);
    else
        chat_bucket_take(&pace->messages, &limits->messages, now_ms);
    pace->refused = 0;
}

bool chat_pace_refuse(struct chat_pace *pace, const struct chat_pace_limits *limits)
{
    return ++pace->refused >= limits->violations && limits->violations != 0;
}
