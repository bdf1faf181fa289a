/* /proc/self, as proc(5) describes it. */
#include "net/process.h"

#include "net/shared.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static const uint64_t ns_per_s = 1000000000;

static uint64_t ns_of(struct timeval time)
{
    return (uint64_t)time.tv_sec * ns_per_s + (uint64_t)time.tv_usec * 1000;
}

/* The n-th number behind the name in parentheses, which may hold anything; the state is the first.
 */
static uint64_t stat_field(const char *line, unsigned n)
{
    const char *at = strrchr(line, ')');

    while (at != NULL && n-- > 0)
        at = strchr(at + 1, ' ');
    return at == NULL ? 0 : strtoull(at, NULL, 10);
}

/* When the system started, since 1970. The two clocks are read one after the other; rounded to
 * whole ticks it is the same at each scrape, as nothing restarted. */
static uint64_t boot_ns(uint64_t tick_ns)
{
    struct timespec now, boot;

    clock_gettime(CLOCK_REALTIME, &now);
    clock_gettime(CLOCK_BOOTTIME, &boot);
    uint64_t ns = (uint64_t)(now.tv_sec - boot.tv_sec) * ns_per_s + (uint64_t)now.tv_nsec -
                  (uint64_t)boot.tv_nsec;
    return (ns + tick_ns / 2) / tick_ns * tick_ns;
}

static void read_stat(struct chat_process *process)
{
    enum { THREADS = 18, START = 20, VIRTUAL = 21, RESIDENT = 22 };
    char line[1024];
    FILE *file = fopen("/proc/self/stat", "re");
    long ticks = sysconf(_SC_CLK_TCK), page = sysconf(_SC_PAGESIZE);

    if (file == NULL)
        return;
    if (fgets(line, sizeof(line), file) != NULL) {
        process->threads = stat_field(line, THREADS);
        process->virtual_bytes = stat_field(line, VIRTUAL);
        process->resident_bytes = stat_field(line, RESIDENT) * (uint64_t)page;
        process->start_time = boot_ns(ns_per_s / (uint64_t)ticks) +
                              stat_field(line, START) * (ns_per_s / (uint64_t)ticks);
    }
    fclose(file);
}

static uint64_t count_descriptors(void)
{
    enum { NO_DESCRIPTORS = 3 }; /* the directory's own, and its two dots */
    DIR *directory = opendir("/proc/self/fd");
    uint64_t count = 0;

    if (directory == NULL)
        return 0;
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count < NO_DESCRIPTORS ? 0 : count - NO_DESCRIPTORS;
}

struct chat_process chat_process_read(const struct chatd *chatd)
{
    struct chat_process process = {
        .tcp_connections = atomic_load_explicit(&chatd->connections, memory_order_relaxed),
        .tcp_connections_max = atomic_load_explicit(&chatd->connections_max, memory_order_relaxed),
        .open_descriptors = count_descriptors(),
    };
    struct rusage usage;
    struct rlimit limit;

    if (getrusage(RUSAGE_SELF, &usage) == 0)
        process.cpu_time = ns_of(usage.ru_utime) + ns_of(usage.ru_stime);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        process.max_descriptors = limit.rlim_cur;
    read_stat(&process);
    return process;
}
