/* Memory that must be had: where it is exhausted nothing can be promised any more. Any thread. */
#ifndef CHAT_ADMIN_MUST_H
#define CHAT_ADMIN_MUST_H

#include <stdlib.h>

/* Passes on what malloc and its like returned, or ends the process. */
static inline void *chat_must(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

#endif
