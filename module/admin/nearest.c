/* Slips of the hand by Levenshtein's distance, and names that go on where the wanted one ends. */
#include "admin/nearest.h"

#include <stdio.h>
#include <strings.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Both have at most CHAT_ID_MAX bytes. */
static size_t distance(struct chat_slice a, struct chat_slice b)
{
    size_t row[CHAT_ID_MAX + 1];

    for (size_t j = 0; j <= b.length; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.length; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.length; j++) {
            size_t change = corner + (a.bytes[i - 1] != b.bytes[j - 1]);
            corner = row[j];
            row[j] = least(change, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[b.length];
}

/* Farther than that is no slip. */
static size_t slips_of(struct chat_slice wanted)
{
    return 1 + wanted.length / 4;
}

static size_t judge(struct chat_slice wanted, struct chat_slice name)
{
    size_t longer =
        wanted.length > name.length ? wanted.length - name.length : name.length - wanted.length;
    size_t both = least(wanted.length, name.length);

    if (both >= 2 && strncasecmp(wanted.bytes, name.bytes, both) == 0)
        return wanted.length == name.length ? 1 : slips_of(wanted);
    return longer > slips_of(wanted) ? SIZE_MAX : distance(wanted, name);
}

void chat_nearest_see(struct chat_nearest *nearest, struct chat_slice name)
{
    if (name.length == 0 || name.length > CHAT_ID_MAX || nearest->wanted.length > CHAT_ID_MAX)
        return;
    struct chat_nearest_name seen = {.distance = judge(nearest->wanted, name)};
    size_t at = 0;

    memcpy(seen.text, name.bytes, name.length);
    if (seen.distance > slips_of(nearest->wanted))
        return;
    for (size_t i = 0; i < nearest->count; i++)
        if (strcmp(nearest->names[i].text, seen.text) == 0)
            return;
    while (at < nearest->count && nearest->names[at].distance <= seen.distance)
        at++;
    if (at == CHAT_NEAREST_MAX)
        return;
    nearest->count += nearest->count < CHAT_NEAREST_MAX;
    for (size_t i = nearest->count - 1; i > at; i--)
        nearest->names[i] = nearest->names[i - 1];
    nearest->names[at] = seen;
}

void chat_nearest_say(const struct chat_nearest *nearest, char *sentence, size_t size)
{
    for (size_t i = 0; i < nearest->count; i++) {
        size_t used = strlen(sentence);
        snprintf(sentence + used, size - used, "%s%s", i == 0 ? "; near it: " : ", ",
                 nearest->names[i].text);
    }
}
