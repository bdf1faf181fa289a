/* The arithmetic of rations. */
#include "net/ration.h"

void chat_ration_begin(struct chat_ration *ration)
{
    uint32_t bytes = CHAT_RATION_TURN / (ration->crowd + 1);
    bytes = bytes < CHAT_RATION_MAX ? bytes : CHAT_RATION_MAX;
    *ration = (struct chat_ration){.bytes = bytes > CHAT_RATION_MIN ? bytes : CHAT_RATION_MIN};
}

bool chat_ration_take(struct chat_ration *ration, size_t bytes)
{
    ration->read += (uint32_t)bytes;
    ration->crowd += bytes >= ration->bytes;
    return ration->read >= CHAT_RATION_TURN;
}
