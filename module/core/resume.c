/* The list of waiting seats. */
#include "core/resume.h"

#include <assert.h>
#include <stdlib.h>

void chat_resume_wait(struct chat_resume *resume, struct chat_room *room,
                      struct chat_member *member, struct chat_time now)
{
    struct chat_waiting *waiting = malloc(sizeof(*waiting));
    if (waiting == NULL)
        abort();
    assert(member->waiting == NULL);
    waiting->room = room;
    waiting->member = member;
    waiting->since_mono_ms = now.mono_ms;
    chat_list_append(&resume->waiting, &waiting->link);
    chat_room_detach(room, member, waiting);
}

void chat_resume_end(struct chat_resume *resume, struct chat_waiting *waiting)
{
    if (waiting == NULL)
        return;
    chat_list_remove(&resume->waiting, &waiting->link);
    free(waiting);
}

struct chat_waiting *chat_resume_due(const struct chat_resume *resume, struct chat_time now)
{
    if (resume->waiting.first == NULL)
        return NULL;
    struct chat_waiting *waiting = chat_waiting_of(resume->waiting.first);
    return now.mono_ms - waiting->since_mono_ms >= resume->window_ms ? waiting : NULL;
}

void chat_resume_finish(struct chat_resume *resume)
{
    while (resume->waiting.first != NULL) {
        struct chat_waiting *waiting = chat_waiting_of(resume->waiting.first);
        chat_list_remove(&resume->waiting, &waiting->link);
        free(waiting);
    }
}
