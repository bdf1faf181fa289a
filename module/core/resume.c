/* The list of waiting devices. */
#include "core/resume.h"

void chat_resume_wait(struct chat_resume *resume, struct chat_room *room,
                      struct chat_member *member, uint64_t conn, struct chat_time now)
{
    struct chat_device *device = chat_room_detach(room, member, conn);
    device->since_mono_ms = now.mono_ms;
    chat_list_append(&resume->waiting, &device->link);
}

static void end(struct chat_resume *resume, struct chat_device *device)
{
    if (device->waits)
        chat_list_remove(&resume->waiting, &device->link);
}

void chat_resume_end_all(struct chat_resume *resume, struct chat_member *member)
{
    for (struct chat_device *device = member->devices; device != NULL; device = device->next)
        end(resume, device);
}

void chat_resume_end(struct chat_resume *resume, struct chat_member *member, uint64_t conn)
{
    struct chat_device *device = chat_member_device(member, conn);
    if (device != NULL)
        end(resume, device);
}

struct chat_device *chat_resume_due(const struct chat_resume *resume, struct chat_time now)
{
    if (resume->waiting.first == NULL)
        return NULL;
    struct chat_device *device = chat_device_of(resume->waiting.first);
    return now.mono_ms - device->since_mono_ms >= resume->window_ms ? device : NULL;
}
