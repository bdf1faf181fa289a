/* Two rings: the frames' bytes, and an entry for each event. Both grow by doubling up to what is
 * held, so that a quiet room costs little and a busy one allocates nothing; an entry knows where
 * its frame begins in the stream of all bytes ever added, which wraps. */
#include "core/history.h"

#include <assert.h>
#include <stdlib.h>

/* SHED_MAX: histories that give up their memory at once, where the total was made smaller. */
enum { BYTES_MIN = 1024, ENTRIES_MIN = 8, SHED_MAX = 64 };

struct entry {
    uint64_t key;
    uint64_t added_ms;
    uint32_t at;   /* in the stream */
    uint32_t next; /* with a key of the same bucket: its slot + 1, or 0 */
};

struct chat_history {
    struct chat_histories *shared;
    struct chat_link link; /* while there is memory */
    uint64_t newest;       /* seq */
    char *bytes;
    uint32_t capacity, start, used; /* of bytes; start: where the oldest frame stands */
    uint32_t end;                   /* of the stream */
    uint32_t size;
    struct entry *entries;
    uint32_t *buckets; /* as many as entries: the slot + 1 of the key that was added last, or 0 */
    uint32_t slots;    /* a power of two, or 0 */
    uint32_t first, count;
};

struct chat_history *chat_history_create(struct chat_histories *shared, uint32_t size)
{
    struct chat_history *history = calloc(1, sizeof(*history));
    if (history == NULL)
        abort();
    history->shared = shared;
    history->size = size;
    return history;
}

/* The history itself counts from its first event on. */
static uint64_t memory_of_slots(uint32_t slots)
{
    uint64_t each = sizeof(struct entry) + sizeof(uint32_t);
    return slots == 0 ? 0 : sizeof(struct chat_history) + slots * each;
}

uint64_t chat_history_bytes(const struct chat_history *history)
{
    return history == NULL ? 0 : history->capacity + memory_of_slots(history->slots);
}

/* Gives up all that is held, and its memory. */
static void clear(struct chat_history *history)
{
    uint64_t bytes = chat_history_bytes(history);
    if (bytes == 0)
        return;
    history->shared->bytes -= bytes;
    chat_list_remove(&history->shared->idle, &history->link);
    free(history->bytes);
    free(history->entries);
    free(history->buckets);
    *history = (struct chat_history){
        .shared = history->shared, .newest = history->newest, .size = history->size};
}

void chat_history_destroy(struct chat_history *history)
{
    if (history == NULL)
        return;
    clear(history);
    free(history);
}

static uint32_t slot_of(const struct chat_history *history, uint32_t index)
{
    return (history->first + index) & (history->slots - 1);
}

static uint32_t *bucket_of(const struct chat_history *history, uint64_t key)
{
    return &history->buckets[key & (history->slots - 1)];
}

static void remember(struct chat_history *history, uint32_t slot)
{
    struct entry *entry = &history->entries[slot];
    if (entry->key == 0)
        return;
    uint32_t *bucket = bucket_of(history, entry->key);
    entry->next = *bucket;
    *bucket = slot + 1;
}

static void forget(struct chat_history *history, uint32_t slot)
{
    const struct entry *entry = &history->entries[slot];
    if (entry->key == 0)
        return;
    uint32_t *at = bucket_of(history, entry->key);
    while (*at != slot + 1)
        at = &history->entries[*at - 1].next;
    *at = entry->next;
}

static uint32_t frame_length(const struct chat_history *history, uint32_t index)
{
    uint32_t end = index + 1 == history->count ? history->end
                                               : history->entries[slot_of(history, index + 1)].at;
    return end - history->entries[slot_of(history, index)].at;
}

static void drop_oldest(struct chat_history *history)
{
    uint32_t length = frame_length(history, 0);
    forget(history, history->first);
    history->start = (uint32_t)(((uint64_t)history->start + length) % history->capacity);
    history->used -= length;
    history->first = slot_of(history, 1);
    history->count--;
}

/* Also what no longer fits, as the bounds may have become narrower. */
static void expire(struct chat_history *history, uint64_t now_ms)
{
    const struct chat_histories *shared = history->shared;
    while (history->count > 0 &&
           (now_ms - history->entries[history->first].added_ms >= shared->ttl_ms ||
            history->used > shared->max_bytes))
        drop_oldest(history);
}

static struct chat_history *idlest(const struct chat_histories *shared)
{
    return (struct chat_history *)((char *)shared->idle.first -
                                   offsetof(struct chat_history, link));
}

/* Takes memory of the total, from others if need be. */
static bool take(struct chat_history *history, uint64_t bytes)
{
    struct chat_histories *shared = history->shared;
    for (unsigned shed = 0; shared->bytes + bytes > shared->total; shed++) {
        if (shared->idle.first == NULL || idlest(shared) == history || shed == SHED_MAX)
            return false; /* its own was used just now, so it is the last of them */
        clear(idlest(shared));
    }
    if (chat_history_bytes(history) == 0)
        chat_list_append(&shared->idle, &history->link);
    shared->bytes += bytes;
    return true;
}

static void used_now(struct chat_history *history)
{
    struct chat_list *idle = &history->shared->idle;
    if (chat_history_bytes(history) == 0 || idle->last == &history->link)
        return;
    chat_list_remove(idle, &history->link);
    chat_list_append(idle, &history->link);
}

/* Moves the frames to the front of `capacity` bytes. */
static void move_bytes(struct chat_history *history, uint32_t capacity)
{
    char *bytes = malloc(capacity);
    if (bytes == NULL)
        abort();
    struct chat_run held =
        chat_history_run(history, history->newest - history->count + 1, history->newest);
    for (unsigned i = 0, at = 0; i < 2; at += (unsigned)held.parts[i++].length)
        if (held.parts[i].length > 0)
            memcpy(bytes + at, held.parts[i].bytes, held.parts[i].length);
    free(history->bytes);
    history->bytes = bytes;
    history->capacity = capacity;
    history->start = 0;
}

/* Twice as many bytes or, near the bounds, as many as there may be. */
static bool grow_bytes(struct chat_history *history, uint32_t length)
{
    uint64_t need = (uint64_t)history->used + length, want = (uint64_t)history->capacity * 2;
    want = want > BYTES_MIN ? want : BYTES_MIN;
    want = want > need ? want : need;
    want = want < history->shared->max_bytes ? want : history->shared->max_bytes;
    if (!take(history, want - history->capacity)) {
        uint64_t total = history->shared->total, taken = history->shared->bytes;
        uint64_t left = total > taken ? total - taken : 0;
        if (history->capacity + left < need || !take(history, left))
            return false;
        want = history->capacity + left;
    }
    move_bytes(history, (uint32_t)want);
    return true;
}

static bool grow_entries(struct chat_history *history)
{
    uint32_t slots = history->slots == 0 ? ENTRIES_MIN : history->slots * 2;
    if (!take(history, memory_of_slots(slots) - memory_of_slots(history->slots)))
        return false;
    struct entry *entries = malloc(slots * sizeof(*entries));
    uint32_t *buckets = calloc(slots, sizeof(*buckets));
    if (entries == NULL || buckets == NULL)
        abort();
    for (uint32_t i = 0; i < history->count; i++)
        entries[i] = history->entries[slot_of(history, i)];
    free(history->entries);
    free(history->buckets);
    history->entries = entries;
    history->buckets = buckets;
    history->slots = slots;
    history->first = 0;
    for (uint32_t i = 0; i < history->count; i++)
        remember(history, i);
    return true;
}

/* Makes place for one more frame. False: it can't be held. */
static bool make_place(struct chat_history *history, size_t length)
{
    if (length > history->shared->max_bytes || history->size == 0)
        return false;
    while (history->count >= history->size ||
           (history->count > 0 && history->used + length > history->shared->max_bytes))
        drop_oldest(history);
    if (history->count == history->slots && !grow_entries(history)) {
        if (history->count == 0)
            return false;
        drop_oldest(history);
    }
    while (history->used + length > history->capacity && !grow_bytes(history, (uint32_t)length)) {
        if (history->count == 0)
            return false;
        drop_oldest(history);
    }
    return true;
}

static void put(struct chat_history *history, struct chat_slice frame)
{
    uint32_t at = (uint32_t)(((uint64_t)history->start + history->used) % history->capacity);
    size_t room = history->capacity - at, head = frame.length < room ? frame.length : room;
    memcpy(history->bytes + at, frame.bytes, head);
    memcpy(history->bytes, frame.bytes + head, frame.length - head);
    history->used += (uint32_t)frame.length;
    history->end += (uint32_t)frame.length;
}

void chat_history_add(struct chat_history *history, uint64_t seq, struct chat_slice frame,
                      uint64_t key, uint64_t now_ms)
{
    assert(history->count == 0 || seq == history->newest + 1);
    expire(history, now_ms);
    used_now(history);
    if (!make_place(history, frame.length)) {
        clear(history);
        history->newest = seq;
        return;
    }
    uint32_t slot = slot_of(history, history->count);
    history->entries[slot] = (struct entry){.key = key, .added_ms = now_ms, .at = history->end};
    put(history, frame);
    history->newest = seq;
    history->count++;
    remember(history, slot);
}

uint32_t chat_history_count(struct chat_history *history, uint64_t now_ms)
{
    if (history == NULL)
        return 0;
    expire(history, now_ms);
    return history->count;
}

uint64_t chat_history_find(struct chat_history *history, uint64_t key, uint64_t now_ms)
{
    if (key == 0 || chat_history_count(history, now_ms) == 0)
        return 0;
    for (uint32_t at = *bucket_of(history, key); at != 0; at = history->entries[at - 1].next)
        if (history->entries[at - 1].key == key) {
            uint32_t index = (at - 1 - history->first) & (history->slots - 1);
            return history->newest - history->count + 1 + index;
        }
    return 0;
}

struct chat_run chat_history_run(const struct chat_history *history, uint64_t from, uint64_t to)
{
    if (history == NULL || to < from || history->count == 0)
        return (struct chat_run){0};
    uint64_t oldest = history->newest - history->count + 1;
    uint32_t first = (uint32_t)(from - oldest), last = (uint32_t)(to - oldest);
    uint32_t base = history->entries[history->first].at;
    uint32_t at = history->entries[slot_of(history, first)].at;
    uint32_t length =
        history->entries[slot_of(history, last)].at + frame_length(history, last) - at;
    uint32_t begin = (uint32_t)(((uint64_t)history->start + (at - base)) % history->capacity);
    uint32_t room = history->capacity - begin, head = length < room ? length : room;
    return (struct chat_run){
        .parts = {{history->bytes + begin, head}, {history->bytes, length - head}},
        .frames = last - first + 1};
}

void chat_histories_sweep(struct chat_histories *shared, uint64_t now_ms)
{
    for (unsigned shed = 0; shared->idle.first != NULL; shed++) {
        struct chat_history *history = idlest(shared);
        bool is_over = shared->bytes > shared->total && shed < SHED_MAX;
        if (!is_over && chat_history_count(history, now_ms) > 0)
            return;
        clear(history);
    }
}

#ifndef NDEBUG
void chat_history_check(const struct chat_history *history)
{
    uint64_t used = 0;
    if (history == NULL)
        return;
    for (uint32_t i = 0; i < history->count; i++) {
        const struct entry *entry = &history->entries[slot_of(history, i)];
        used += frame_length(history, i);
        assert(i == 0 || entry->added_ms >= history->entries[slot_of(history, i - 1)].added_ms);
    }
    assert(used == history->used && used <= history->capacity);
    assert(history->count <= history->size && history->count <= history->slots);
    assert((chat_history_bytes(history) == 0) == (history->slots == 0));
}
#endif
