/* Two blocks, which the connections' queues share. */
#include "net/announcement.h"

#include "core/notice.h"
#include "net/worker.h"
#include "wire/deflate.h"

#include <stdlib.h>

struct chat_announcement {
    struct chat_block *plain, *deflated; /* the second: NULL where nobody hears compressed */
};

static struct chat_block *block_of(struct chat_worker *worker, struct chat_slice frames)
{
    struct chat_block *block = chat_block_open_for(&worker->memory, frames.length);
    chat_block_append(block, frames);
    return block;
}

struct chat_announcement *chat_announcement_create(struct chat_worker *worker,
                                                   struct chat_slice text)
{
    struct chat_announcement *announcement = calloc(1, sizeof(*announcement));
    if (announcement == NULL)
        abort();
    struct chat_event event = chat_notice_event(text, chat_worker_time(worker));
    struct chat_slice frames = chat_encoder_write(worker->encoder, &event), run;
    announcement->plain = block_of(worker, frames);
    if (worker->deflater != NULL) {
        run.length = chat_deflater_run(worker->deflater, frames.bytes, frames.length, &run.bytes);
        announcement->deflated = block_of(worker, run);
    }
    return announcement;
}

void chat_announcement_destroy(struct chat_announcement *announcement)
{
    if (announcement == NULL)
        return;
    chat_block_unref(announcement->plain);
    if (announcement->deflated != NULL)
        chat_block_unref(announcement->deflated);
    free(announcement);
}

bool chat_announcement_give(const struct chat_announcement *announcement, struct chat_conn *conn)
{
    struct chat_block *block = conn->deflates ? announcement->deflated : announcement->plain;
    if (conn->ended || conn->close_code != 0)
        return false;
    chat_conn_push(conn, block, 0, block->length);
    chat_tally_add(conn->worker->tally->messages_out, 1);
    return true;
}
