/* Opening, what a worker takes over, and what is over. The rooms of the configuration come first:
 * one that an administrator made under the same id is that room. */
#include "net/kept.h"

#include "chatd.h"
#include "net/control.h"
#include "net/worker.h"

#include <stdlib.h>
#include <time.h>

enum { SWEEP_MS = 10000 };

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

void chat_kept_make_room(struct chat_worker *worker, struct chat_slice id, struct chat_slice name,
                         uint32_t max_members)
{
    uint64_t hash = chat_hash(&worker->shared->secrets, id);

    if (chat_hash_home(hash, worker->workers) == worker->index &&
        chat_coordinator_find(worker->coordinator, id) == NULL)
        chat_coordinator_keep(worker->coordinator, id, name,
                              max_members != 0 ? max_members : worker->config->rooms_max_members,
                              chat_worker_time(worker));
}

void chat_kept_restore(struct chat_worker *worker)
{
    const struct chat_config *config = worker->config;
    const struct chat_state *state = worker->shared->state;
    const struct chat_sanction *sanction;
    const struct chat_kept_room *room;
    uint32_t at = 0;

    for (size_t i = 0; i < config->n_permanent; i++)
        chat_kept_make_room(worker, chat_slice_of(config->permanent[i].id),
                            chat_slice_of(config->permanent[i].name), 0);
    for (size_t i = 0; (room = chat_state_room(state, i)) != NULL; i++)
        chat_kept_make_room(worker, room->id, room->name, room->max_members);
    while ((sanction = chat_sanctions_next(chat_state_sanctions(state), &at)) != NULL)
        chat_sanctions_put(&worker->sanctions, sanction);
}

static void tell_workers(struct chatd *chatd, const struct chat_record *record)
{
    char packed[CHAT_SANCTION_BYTES];
    struct chat_query query = {.kind = CHAT_QUERY_LIFT,
                               .user = record->sanction.user,
                               .room = record->sanction.room,
                               .text = chat_sanction_pack(&record->sanction, packed)};

    chat_control_ask(chatd->control, &query, NULL, NULL, NULL);
}

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What could not be written is tried again; when the server ends, no worker needs to know. */
static void on_swept(void *context, const struct chat_record *record, const char *why)
{
    struct chatd *chatd = context;

    if (why == NULL && chatd->sweeper != NULL)
        tell_workers(chatd, record);
}

void chat_kept_sweep(struct chatd *chatd)
{
    chat_state_sweep(chatd->state, clock_ms(), on_swept, chatd);
}

static void on_timer(uv_timer_t *timer)
{
    chat_kept_sweep(timer->data);
}

void chat_kept_open(struct chatd *chatd)
{
    chatd->sweeper = malloc(sizeof(*chatd->sweeper));
    if (chatd->sweeper == NULL)
        abort();
    uv_timer_init(chatd->loop, chatd->sweeper);
    chatd->sweeper->data = chatd;
    uv_timer_start(chatd->sweeper, on_timer, SWEEP_MS, SWEEP_MS);
}

static void on_timer_closed(uv_handle_t *timer)
{
    free(timer);
}

void chat_kept_close(struct chatd *chatd)
{
    uv_close((uv_handle_t *)chatd->sweeper, on_timer_closed);
    chatd->sweeper = NULL;
}
