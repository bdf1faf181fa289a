/* Making and closing. */
#include "net/rooms.h"

#include "core/membership.h"
#include "net/answer.h"
#include "net/kept.h"

void chat_rooms_make(struct chat_worker *worker, uint32_t ticket, struct chat_slice id,
                     struct chat_slice name, uint32_t max_members)
{
    chat_kept_make_room(worker, id, name, max_members);
    struct chat_room *room = chat_coordinator_find(worker->coordinator, id);
    if (room != NULL)
        chat_answer_room(worker, ticket, room);
}

static bool is_configured(const struct chat_config *config, struct chat_slice room_id)
{
    for (size_t i = 0; i < config->n_permanent; i++)
        if (chat_slice_equal(room_id, (struct chat_slice){config->permanent[i].id,
                                                          strlen(config->permanent[i].id)}))
            return true;
    return false;
}

void chat_rooms_close(struct chat_worker *worker, uint32_t ticket, struct chat_slice id,
                      struct chat_slice reason)
{
    struct chat_room *room = chat_coordinator_find(worker->coordinator, id);
    struct chat_row row = {.kind = CHAT_ROW_CLOSED};
    if (room == NULL)
        return;
    row.never_ends = is_configured(worker->config, id);
    if (!row.never_ends)
        row.members = chat_membership_close(worker->coordinator, room, reason);
    chat_answer_row(worker, ticket, &row);
}
