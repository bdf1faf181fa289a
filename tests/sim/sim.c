/* sim [SEEDS [FIRST]]: runs so many worlds, or one that was named by a failure: sim 1 SEED. */
#include "world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { STEPS = 600, CHECK_EVERY = 150, MANY = 100 };

noreturn void broken(const struct world *world, const char *what, uint64_t a, uint64_t b)
{
    fprintf(stderr, "seed %" PRIu64 ": %s (%" PRIu64 ", %" PRIu64 "); replay: sim 1 %" PRIu64 "\n",
            world->seed, what, a, b, world->seed);
    exit(1);
}

/* splitmix64: any seed will do, also 0. */
uint64_t draw(struct world *world, uint64_t below)
{
    uint64_t z = (world->random += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % below;
}

static void settle(struct world *world)
{
    while (server_deliver(world))
        continue;
    server_check(world);
    people_check(world);
}

static void run(uint64_t seed, struct world *total)
{
    struct world *world = world_create(seed);
    uint64_t pace = 1 + draw(world, 4); /* letters that arrive while somebody acts once */

    for (unsigned step = 1; step <= STEPS; step++) {
        people_act(world);
        for (uint64_t n = draw(world, 2 * pace); n > 0; n--)
            server_deliver(world);
        if (step % CHECK_EVERY == 0)
            settle(world);
    }
    people_leave(world);
    settle(world);
    server_pass_time(world, 100000); /* all windows and lingering */
    settle(world);
    server_pass_time(world, 100000);
    settle(world);
    if (world->rooms != 0)
        broken(world, "rooms outlive everybody", world->rooms, 0);
#define ADD(name) total->name += world->name;
    HAPPENINGS(ADD)
#undef ADD
    world_destroy(world);
}

/* Prints how often each thing happened. False: one of them never did. */
static bool report(uint64_t n, const struct world *total)
{
    bool all = true;

    printf("%" PRIu64 " seeds:", n);
#define REPORT(name)                                                                               \
    printf(" %" PRIu64 " " #name, total->name);                                                    \
    all &= total->name != 0;
    HAPPENINGS(REPORT)
#undef REPORT
    printf("\n");
    return all;
}

int main(int argc, char **argv)
{
    uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000;
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct world *total = calloc(1, sizeof(*total));
    if (total == NULL)
        abort();
    for (uint64_t seed = first; seed < first + n; seed++)
        run(seed, total);
    bool shows_all = report(n, total) || n < MANY;
    free(total);
    return !shows_all;
}
