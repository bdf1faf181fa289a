/* A histogram of latencies with a relative error under 2 %: 32 buckets to each power of two. */
#include "load.h"

enum { SUB_BITS = 5 };

static unsigned bucket_of(uint64_t ns)
{
    if (ns < 1u << SUB_BITS)
        return (unsigned)ns;
    unsigned shift = 63 - (unsigned)__builtin_clzll(ns) - SUB_BITS;
    return (shift << SUB_BITS) + (unsigned)(ns >> shift);
}

static uint64_t top_of(unsigned bucket)
{
    if (bucket < 2u << SUB_BITS)
        return bucket;
    unsigned shift = (bucket >> SUB_BITS) - 1;
    uint64_t mantissa = (bucket & ((1u << SUB_BITS) - 1)) + (1u << SUB_BITS);
    return ((mantissa + 1) << shift) - 1;
}

void load_latency_add(struct load_latency *latency, uint64_t ns)
{
    latency->buckets[bucket_of(ns)]++;
    latency->count++;
    if (ns > latency->max_ns)
        latency->max_ns = ns;
}

uint64_t load_latency_at(const struct load_latency *latency, double fraction)
{
    uint64_t wanted = (uint64_t)((double)latency->count * fraction), passed = 0;
    for (unsigned i = 0; i < LOAD_LATENCY_BUCKETS; i++) {
        passed += latency->buckets[i];
        if (passed > wanted)
            return top_of(i) < latency->max_ns ? top_of(i) : latency->max_ns;
    }
    return latency->max_ns;
}
