/* What the server's processes have used, seen from outside: CPU time of all their threads, dead
 * ones too, in nanoseconds, and memory counted page by page. */
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* The clock of another process is what its /proc/PID/stat counts in ticks, unrounded. */
static uint64_t cpu_ns(int pid)
{
    clockid_t clock;
    struct timespec time;
    int error = clock_getcpuclockid(pid, &clock);
    if (error != 0 || clock_gettime(clock, &time) != 0)
        load_fail("process %d: %s", pid, strerror(error != 0 ? error : errno));
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* smaps_rollup walks the page tables; the counters behind statm lag by up to some hundred KiB. */
static void add_memory(int pid, struct load_usage *usage)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        load_fail("%s: %s", path, strerror(errno));
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned long kib;
        if (sscanf(line, "Rss: %lu kB", &kib) == 1)
            usage->rss_bytes += (uint64_t)kib * 1024;
        if (sscanf(line, "Pss: %lu kB", &kib) == 1)
            usage->pss_bytes += (uint64_t)kib * 1024;
    }
    fclose(file);
}

void load_process_read(const struct load_options *options, struct load_usage *ret_usage)
{
    memset(ret_usage, 0, sizeof *ret_usage);
    for (unsigned i = 0; i < options->n_pids; i++) {
        add_memory(options->pids[i], ret_usage);
        ret_usage->cpu_ns += cpu_ns(options->pids[i]);
    }
}
