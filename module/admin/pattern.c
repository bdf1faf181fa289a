/* fnmatch for slices. Any thread. */
#include "admin/pattern.h"

#include "core/limits.h"

#include <fnmatch.h>

bool chat_pattern_matches(struct chat_slice pattern, struct chat_slice id)
{
    char text[CHAT_ID_MAX + 1];

    if (pattern.bytes == NULL)
        return true;
    if (id.length > CHAT_ID_MAX)
        return false;
    memcpy(text, id.bytes, id.length);
    text[id.length] = '\0';
    return fnmatch(pattern.bytes, text, 0) == 0;
}
