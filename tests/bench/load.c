/* The load generator: members of chat rooms over WebSocket, on one thread and one epoll set. It
 * fails when a member does not get each message of its room once and in the room's one order, and
 * prints what the server has used for them as one line of JSON. NOTES.md says how it measures. */
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

enum { OPENING_AT_ONCE = 64, EVENTS_AT_ONCE = 512, WINDOW_OF_A_RATE = 1024 };

static const char *const phase_names[] = {
    "coming to rest",
    "making the rooms",
    "joining",
    "warming up",
    "being measured",
    "being sealed",
    "draining the stalled members",
};

void load_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

void *load_allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory == NULL)
        load_fail("out of memory");
    return memory;
}

static uint64_t read_clock(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t load_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static uint64_t nanoseconds(double seconds)
{
    return (uint64_t)(seconds * 1e9);
}

static void raise_descriptor_limit(uint32_t n_members)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < n_members + 16)
        load_fail("%u members need more descriptors than the hard limit of %llu", n_members,
                  (unsigned long long)limit.rlim_max);
}

static void prepare(struct load *load)
{
    const struct load_options *options = &load->options;
    if ((uint64_t)options->rooms * options->members > 1000000)
        load_fail("more than a million members");
    uint32_t n_busy = options->rooms * options->members;
    load->n_rooms = options->rooms + options->idle_rooms;
    load->n_members = n_busy + options->idle_rooms;
    raise_descriptor_limit(load->n_members);
    load->readers = options->members - options->stalled;
    load->window = options->rate > 0 ? WINDOW_OF_A_RATE : options->in_flight;
    load->mask_state = 0x9e3779b97f4a7c15u;
    load->buffer = load_allocate(LOAD_BUFFER_BYTES, 1);
    load->scratch = load_allocate(options->in_flight + 4, options->text_bytes + 256);
    load->members = load_allocate(load->n_members, sizeof *load->members);
    load->rooms = load_allocate(load->n_rooms, sizeof *load->rooms);
    for (uint32_t i = 0; i < load->n_rooms; i++)
        load_room_init(load, i,
                       load->members + (i < options->rooms ? (size_t)i * options->members
                                                           : n_busy + i - options->rooms));
    for (uint32_t i = 0; i < load->n_members; i++) {
        uint32_t room = i < n_busy ? i / options->members : options->rooms + i - n_busy;
        uint32_t seat = i < n_busy ? i % options->members : 0;
        load->members[i] = (struct load_member){.fd = -1,
                                                .number = i,
                                                .creates = seat == 0,
                                                .stalls = seat >= load->readers,
                                                .room = &load->rooms[room]};
    }
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    load->now = load->heard_ns = load_now();
    load->deadline_ns = load->now + nanoseconds(options->timeout_s);
}

/* The members that make the rooms come first, then all others. */
static void open_more(struct load *load)
{
    for (; load->next_to_open < load->n_members && load->opening < OPENING_AT_ONCE;
         load->next_to_open++) {
        struct load_member *member = &load->members[load->next_to_open];
        if (member->creates != (load->phase == LOAD_SETUP))
            continue;
        load->opening++;
        load_member_open(load, member);
    }
}

void load_member_entered(struct load *load, struct load_member *member)
{
    if (load->options.mode == LOAD_CHURN && !member->creates)
        return;
    load->opening--;
    load->entered++;
}

void load_member_gone(struct load *load, struct load_member *member)
{
    if (load->options.mode != LOAD_CHURN) {
        load->stalled_closed++;
        return;
    }
    load->cycles++;
    if (load->now < load->phase_end_ns)
        load_member_open(load, member);
    else
        load->busy--;
}

static void begin(struct load *load, enum load_phase phase, double seconds)
{
    load->phase = phase;
    load->now = load_now();
    load->phase_start_ns = load->now;
    load->phase_end_ns = load->now + nanoseconds(seconds);
    load->ticks = 0;
    if (load->options.mode == LOAD_CHURN)
        for (uint32_t i = 0; i < load->n_members && phase != LOAD_SEAL; i++) {
            if (load->members[i].creates)
                continue;
            load->busy++;
            load_member_open(load, &load->members[i]);
        }
    else if (load->options.rate == 0 || phase == LOAD_SEAL)
        for (uint32_t i = 0; i < load->options.rooms; i++)
            load_room_send_round(load, &load->rooms[i],
                                 phase == LOAD_SEAL ? 1 : load->options.in_flight);
}

/* With a rate: sender i of S has its messages due at (i + n * S) ticks, whatever the server does,
 * so a server that is late pays for all that it delays. */
static uint64_t tick_due(const struct load *load)
{
    uint64_t all = (uint64_t)load->options.rate * load->options.rooms * load->options.senders;
    return load->phase_start_ns + load->ticks * 1000000000u / all;
}

static void send_due(struct load *load)
{
    if (load->options.rate == 0 || load->phase < LOAD_WARM || load->phase > LOAD_MEASURE)
        return;
    for (;;) {
        uint64_t due = tick_due(load);
        if (due > load_now() || due >= load->phase_end_ns)
            return;
        uint64_t turn = load->ticks++;
        struct load_room *room = &load->rooms[turn % load->options.rooms];
        unsigned sender = (unsigned)(turn / load->options.rooms % load->options.senders);
        load_room_send(load, room, sender, 1, due);
    }
}

static bool is_quiet(const struct load *load)
{
    return load->now >= load->heard_ns + nanoseconds(load->options.settle_s);
}

static bool phase_is_over(const struct load *load)
{
    bool is_idle = load->options.mode == LOAD_IDLE;
    switch (load->phase) {
    case LOAD_REST:
        return !is_idle || is_quiet(load);
    case LOAD_SETUP:
        return load->entered == load->n_rooms;
    case LOAD_JOIN:
        /* A raw server says when it has accepted a member, not when the member is in its room. */
        if ((is_idle || load->options.protocol == LOAD_RAW) && !is_quiet(load))
            return false;
        return load->entered == load->n_members || load->options.mode == LOAD_CHURN;
    case LOAD_DRAIN:
        return is_quiet(load);
    default:
        return load->busy == 0 && load->now >= load->phase_end_ns;
    }
}

static void stall(struct load *load)
{
    for (uint32_t i = 0; i < load->n_members; i++)
        if (load->members[i].stalls)
            load_member_stall(load, &load->members[i]);
}

static void drain(struct load *load)
{
    load->phase = LOAD_DRAIN;
    for (uint32_t i = 0; i < load->n_members; i++)
        if (load->members[i].state == LOAD_STALLED)
            load_member_resume(load, &load->members[i]);
}

static void check_churn(const struct load *load)
{
    uint64_t joined = 0, left = 0;
    if (load->options.protocol == LOAD_RAW)
        return; /* its members don't hear of each other */
    for (uint32_t i = 0; i < load->options.rooms; i++) {
        joined += load->rooms[i].joined_seen;
        left += load->rooms[i].left_seen;
    }
    if (joined != load->cycles || left != load->cycles)
        load_fail("%llu members came and went, those who stayed saw %llu come and %llu go",
                  (unsigned long long)load->cycles, (unsigned long long)joined,
                  (unsigned long long)left);
}

struct report {
    struct load_usage empty, joined, before, after, end;
    uint64_t before_ns, after_ns, own_before_ns, own_after_ns;
    uint64_t deliveries, bytes, cycles;
    struct load_latency latency;
};

static void start_measuring(struct load *load, struct report *report)
{
    memset(&load->latency, 0, sizeof load->latency);
    report->deliveries = load->deliveries;
    report->bytes = load->bytes;
    report->cycles = load->cycles;
    load_process_read(&load->options, &report->before);
    report->own_before_ns = read_clock(CLOCK_PROCESS_CPUTIME_ID);
    report->before_ns = load_now();
}

static void stop_measuring(struct load *load, struct report *report)
{
    report->after_ns = load_now();
    report->own_after_ns = read_clock(CLOCK_PROCESS_CPUTIME_ID);
    load_process_read(&load->options, &report->after);
    report->deliveries = load->deliveries - report->deliveries;
    report->bytes = load->bytes - report->bytes;
    report->cycles = load->cycles - report->cycles;
    report->latency = load->latency;
}

static void next_phase(struct load *load, struct report *report)
{
    switch (load->phase) {
    case LOAD_REST:
        load_process_read(&load->options, &report->empty);
        load->phase = LOAD_SETUP;
        break;
    case LOAD_SETUP:
        load->phase = LOAD_JOIN;
        load->next_to_open = 0;
        break;
    case LOAD_JOIN:
        if (load->options.mode == LOAD_IDLE) {
            load->phase = LOAD_DONE;
            break;
        }
        load_process_read(&load->options, &report->joined);
        stall(load);
        begin(load, LOAD_WARM, load->options.warm_up_s);
        break;
    case LOAD_WARM:
        start_measuring(load, report);
        begin(load, LOAD_MEASURE, load->options.seconds);
        break;
    case LOAD_MEASURE:
        stop_measuring(load, report);
        begin(load, LOAD_SEAL, load->options.mode == LOAD_CHURN ? 0.2 : 0);
        break;
    case LOAD_SEAL:
        if (load->options.mode == LOAD_CHURN)
            check_churn(load);
        drain(load);
        break;
    default:
        load->phase = LOAD_DONE;
        break;
    }
}

static void wait_for_events(struct load *load)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    uint64_t wait_ns = 20000000, now = load_now();
    if (load->options.rate > 0 && (load->phase == LOAD_WARM || load->phase == LOAD_MEASURE)) {
        uint64_t due = tick_due(load);
        wait_ns = due <= now ? 0 : due - now < wait_ns ? due - now : wait_ns;
    }
    struct timespec timeout = {.tv_sec = 0, .tv_nsec = (long)wait_ns};
    int n = epoll_pwait2(load->epoll, events, EVENTS_AT_ONCE, &timeout, NULL);
    if (n < 0 && errno != EINTR)
        load_fail("epoll_pwait2: %s", strerror(errno));
    load->now = load_now();
    for (int i = 0; i < n; i++)
        load_member_ready(load, events[i].data.ptr, events[i].events);
}

static void run(struct load *load, struct report *report)
{
    while (load->phase != LOAD_DONE) {
        if (load->phase == LOAD_SETUP ||
            (load->phase == LOAD_JOIN && load->options.mode != LOAD_CHURN))
            open_more(load);
        send_due(load);
        wait_for_events(load);
        if (load->now > load->deadline_ns)
            load_room_explain(load, phase_names[load->phase]);
        if (phase_is_over(load))
            next_phase(load, report);
    }
    load_process_read(&load->options, &report->end);
}

static double per(uint64_t from, uint64_t to, double n)
{
    return n > 0 ? ((double)to - (double)from) / n : 0;
}

static void print_report(const struct load *load, const struct report *r)
{
    double seconds = per(r->before_ns, r->after_ns, 1e9);
    double deliveries = (double)r->deliveries, cycles = (double)r->cycles;
    printf("{\"members\": %u, \"seconds\": %.3f", load->n_members, seconds);
    if (load->options.mode == LOAD_MESSAGES) {
        printf(", \"deliveries\": %llu, \"cpu_us_per_delivery\": %.4f, \"deliveries_per_s\": %.0f",
               (unsigned long long)r->deliveries,
               per(r->before.cpu_ns, r->after.cpu_ns, deliveries * 1e3), deliveries / seconds);
        printf(", \"bytes_per_delivery\": %.1f", per(0, r->bytes, deliveries));
        printf(", \"generator_us_per_delivery\": %.4f",
               per(r->own_before_ns, r->own_after_ns, deliveries * 1e3));
        printf(", \"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, \"max_us\": %.1f",
               (double)load_latency_at(&r->latency, 0.5) / 1e3,
               (double)load_latency_at(&r->latency, 0.99) / 1e3,
               (double)load_latency_at(&r->latency, 0.999) / 1e3, (double)r->latency.max_ns / 1e3);
        printf(", \"generator_busy\": %.3f", per(r->own_before_ns, r->own_after_ns, seconds * 1e9));
        printf(", \"stalled_closed\": %u, \"stalled_told\": %u, \"rss_kept_kib\": %.0f",
               load->stalled_closed, load->stalled_told,
               per(r->joined.rss_bytes, r->end.rss_bytes, 1024));
    }
    if (load->options.mode == LOAD_CHURN)
        printf(", \"cycles\": %llu, \"cpu_us_per_cycle\": %.3f, \"cycles_per_s\": %.0f",
               (unsigned long long)r->cycles, per(r->before.cpu_ns, r->after.cpu_ns, cycles * 1e3),
               cycles / seconds);
    printf(", \"rss_per_member\": %.1f, \"pss_per_member\": %.1f}\n",
           per(r->empty.rss_bytes, r->end.rss_bytes, load->n_members),
           per(r->empty.pss_bytes, r->end.pss_bytes, load->n_members));
}

int main(int argc, char **argv)
{
    static struct load load;
    static struct report report;
    load_options_parse(&load.options, argc, argv);
    prepare(&load);
    run(&load, &report);
    print_report(&load, &report);
    return 0;
}
