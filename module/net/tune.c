/* Most of the worker reads its configuration where it needs it; here is what is derived from it, or
 * is told to those that know no configuration. */
#include "net/tune.h"

#include "net/limits.h"
#include "net/snapshot.h"
#include "net/worker.h"

void chat_tune_worker(struct chat_worker *worker, struct chatd_config *snapshot)
{
    const struct chat_config *config = &snapshot->config;
    struct chat_bounds bounds = {.id_length = config->validation_id_length,
                                 .name_length = config->validation_name_length,
                                 .page_max = config->validation_page_max,
                                 .room_members_max = config->rooms_max_members,
                                 .history_size = config->history_size};
    struct chat_limits limits = chat_limits_of(config, worker->workers);

    chat_snapshot_unref(worker->snapshot);
    worker->snapshot = snapshot;
    worker->config = config;
    worker->auth = config->auth_mode != CHAT_AUTH_NONE ? snapshot->auth : NULL;
    worker->pace = (struct chat_pace_limits){
        .messages = chat_rate_of(config->limits_messages_per_second, config->limits_message_burst),
        .joins = chat_rate_of(config->limits_joins_per_second, CHAT_JOIN_BURST),
        .violations = config->limits_violations};
    chat_decoder_bound(worker->decoder, &bounds);
    chat_coordinator_limit(worker->coordinator, &limits);
    if (config->limits_memory == 0)
        worker->memory.is_over = worker->memory.was_over = false;
}

struct chat_slice chat_tune_pack(struct chatd_config *const *snapshot)
{
    chat_snapshot_ref(*snapshot);
    return (struct chat_slice){(const char *)snapshot, sizeof(*snapshot)};
}

struct chatd_config *chat_tune_unpack(struct chat_slice packed)
{
    struct chatd_config *snapshot;
    memcpy(&snapshot, packed.bytes, sizeof(snapshot));
    return snapshot;
}
