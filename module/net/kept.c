/* Opening, and what a worker takes over. The rooms of the configuration come first: one that an
 * administrator made under the same id is that room. */
#include "net/kept.h"

#include "chatd.h"
#include "net/worker.h"

bool chatd_state_open(struct chatd *chatd, char error[256])
{
    const char *directory = chatd->config->state;
    struct chat_state *state = chat_state_open(directory, &chatd->secrets, error);

    if (state == NULL)
        return false;
    chat_state_destroy(chatd->state);
    chatd->state = state;
    if (chat_state_absence(state)[0] != '\0')
        chat_log(chatd, CHATD_WARNING, "state_absent", {"reason", chat_state_absence(state), 0},
                 {"option", "state", 0});
    return true;
}

static void keep_room(struct chat_worker *worker, struct chat_slice id, struct chat_slice name,
                      uint32_t max_members)
{
    uint64_t hash = chat_hash(&worker->shared->secrets, id);

    if (chat_hash_home(hash, worker->workers) == worker->index &&
        chat_coordinator_find(worker->coordinator, id) == NULL)
        chat_coordinator_keep(worker->coordinator, id, name, max_members, chat_worker_time(worker));
}

void chat_kept_restore(struct chat_worker *worker)
{
    const struct chat_config *config = worker->config;
    const struct chat_state *state = worker->shared->state;
    const struct chat_sanction *sanction;
    const struct chat_kept_room *room;
    uint32_t at = 0;

    for (size_t i = 0; i < config->n_permanent; i++)
        keep_room(worker,
                  (struct chat_slice){config->permanent[i].id, strlen(config->permanent[i].id)},
                  (struct chat_slice){config->permanent[i].name, strlen(config->permanent[i].name)},
                  config->rooms_max_members);
    for (size_t i = 0; (room = chat_state_room(state, i)) != NULL; i++)
        keep_room(worker, room->id, room->name,
                  room->max_members != 0 ? room->max_members : config->rooms_max_members);
    while ((sanction = chat_sanctions_next(chat_state_sanctions(state), &at)) != NULL)
        chat_sanctions_put(&worker->sanctions, sanction);
}
