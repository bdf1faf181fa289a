/* What an operator does to rooms, at their homes. */
#include "world.h"

#include "core/notice.h"

void operator_kick(struct world *world, int user, int room)
{
    char room_id[8], user_id[8];
    world->kicked += chat_membership_kick(world->workers[home_of(world, room)].coordinator,
                                          spell(room_id, sizeof(room_id), "r%llu", (uint64_t)room),
                                          spell(user_id, sizeof(user_id), "u%llu", (uint64_t)user),
                                          (struct chat_slice){0}, world->now);
}

static struct chat_room *find_room(struct world *world, int room)
{
    char id[8];
    return chat_coordinator_find(world->workers[home_of(world, room)].coordinator,
                                 spell(id, sizeof(id), "r%llu", (uint64_t)room));
}

uint64_t server_room(struct world *world, int room)
{
    const struct chat_room *found = find_room(world, room);
    return found != NULL ? chat_room_facts(found).key : 0;
}

void operator_notice(struct world *world, int room)
{
    char id[8], text[24];
    uint64_t reached;
    world->notices +=
        chat_notice_say(world->workers[home_of(world, room)].coordinator,
                        spell(id, sizeof(id), "r%llu", (uint64_t)room),
                        spell(text, sizeof(text), "%llu", ++world->numbers), world->now, &reached);
}

void operator_close(struct world *world, int room)
{
    struct chat_room *found = find_room(world, room);
    if (found == NULL)
        return;
    chat_membership_close(world->workers[home_of(world, room)].coordinator, found,
                          (struct chat_slice){0});
    world->closed++;
}
