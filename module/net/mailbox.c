/* Letters are packed into chunks; a chunk is written by its sender, then owned by its receiver. */
#include "net/mailbox.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Below what a host's allocator may ask the system for each time (host/main.c). */
enum { CHUNK_BYTES = 60 * 1024, CHUNK_FIRST_BYTES = 4 * 1024, ALIGNMENT = 8 };

struct chunk {
    struct chunk *next;
    size_t used, capacity;
    size_t read;
    uint16_t from;
    char bytes[] __attribute__((aligned(ALIGNMENT)));
};

/* How a letter stands in a chunk; its parts follow, then padding. */
struct packed {
    uint32_t size; /* of the whole, a multiple of ALIGNMENT */
    uint16_t kind, unused;
    uint64_t conn, room, number;
    uint32_t lengths[CHAT_LETTER_PARTS];
};

/* What threads share of one receiver. Who posts writes first and then looks whether the receiver
 * sleeps; the receiver says first that it sleeps and then looks once more: in the one order of
 * these four, one of the two sees the other (all are seq_cst). A uv_async_t would do the same, but
 * is rung also while the receiver works, and its receiver waits for the ringer's call to return. */
struct inbox {
    _Atomic(struct chunk *) chunks; /* newest first */
    atomic_bool relieved;           /* of one way's bound */
    atomic_bool sleeps;
    int bell; /* an eventfd */
};

struct chat_post_office {
    unsigned ends;
    atomic_size_t limit;
    atomic_size_t *under_way; /* bytes from one end to another: [from * ends + to] */
    struct inbox inboxes[];
};

struct chat_mailbox {
    struct chat_post_office *office;
    unsigned end;
    void (*woken)(void *context);
    void (*closed)(void *context);
    void *context;
    struct chunk *pending;   /* received, oldest first */
    struct chunk **outgoing; /* by receiver: of this turn, newest first */
    bool looks;              /* by itself while it works */
    uv_poll_t poll;          /* of the bell */
};

struct chat_post_office *chat_post_office_create(unsigned ends, size_t limit)
{
    struct chat_post_office *office = calloc(1, sizeof(*office) + ends * sizeof(struct inbox));
    if (office == NULL)
        abort();
    office->ends = ends;
    atomic_init(&office->limit, limit);
    office->under_way = calloc((size_t)ends * ends, sizeof(*office->under_way));
    if (office->under_way == NULL)
        abort();
    for (unsigned i = 0; i < ends; i++) {
        office->inboxes[i].sleeps = true;
        office->inboxes[i].bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (office->inboxes[i].bell == -1)
            abort();
    }
    return office;
}

void chat_post_office_limit(struct chat_post_office *office, size_t limit)
{
    atomic_store_explicit(&office->limit, limit, memory_order_relaxed);
}

static void free_chunks(struct chunk *chunk)
{
    while (chunk != NULL) {
        struct chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

void chat_post_office_destroy(struct chat_post_office *office)
{
    for (unsigned i = 0; i < office->ends; i++) {
        free_chunks(atomic_load(&office->inboxes[i].chunks));
        close(office->inboxes[i].bell);
    }
    free(office->under_way);
    free(office);
}

static struct inbox *inbox_of(const struct chat_mailbox *mailbox)
{
    return &mailbox->office->inboxes[mailbox->end];
}

/* Where the receiver is awake it looks by itself before it sleeps. */
static void ring(struct inbox *inbox)
{
    const uint64_t one = 1;
    if (atomic_load(&inbox->sleeps) && atomic_exchange(&inbox->sleeps, false) &&
        write(inbox->bell, &one, sizeof(one)) == -1)
        assert(false); /* of 2^64 rings all but those of one turn have been read */
}

static void on_bell(uv_poll_t *poll, int status, int events)
{
    struct chat_mailbox *mailbox = poll->data;
    uint64_t rings;

    (void)status, (void)events;
    if (read(inbox_of(mailbox)->bell, &rings, sizeof(rings)) == -1)
        return;
    if (!mailbox->looks)
        atomic_store(&inbox_of(mailbox)->sleeps, true);
    mailbox->woken(mailbox->context);
}

void chat_mailbox_wake(struct chat_mailbox *mailbox)
{
    struct inbox *inbox = inbox_of(mailbox);
    mailbox->looks = true;
    if (atomic_load_explicit(&inbox->sleeps, memory_order_relaxed))
        atomic_store(&inbox->sleeps, false);
}

bool chat_mailbox_sleep(struct chat_mailbox *mailbox)
{
    struct inbox *inbox = inbox_of(mailbox);
    atomic_store(&inbox->sleeps, true);
    if (atomic_load(&inbox->chunks) == NULL && !atomic_exchange(&inbox->relieved, false))
        return true;
    atomic_store(&inbox->sleeps, false);
    return false;
}

struct chat_mailbox *chat_mailbox_open(struct chat_post_office *office, unsigned end,
                                       uv_loop_t *loop, void (*woken)(void *context), void *context)
{
    struct chat_mailbox *mailbox = calloc(1, sizeof(*mailbox));
    if (mailbox == NULL)
        abort();
    mailbox->office = office;
    mailbox->end = end;
    mailbox->woken = woken;
    mailbox->context = context;
    mailbox->outgoing = calloc(office->ends, sizeof(*mailbox->outgoing));
    if (mailbox->outgoing == NULL)
        abort();
    mailbox->poll.data = mailbox;
    if (uv_poll_init(loop, &mailbox->poll, inbox_of(mailbox)->bell) != 0 ||
        uv_poll_start(&mailbox->poll, UV_READABLE, on_bell) != 0)
        abort();
    return mailbox;
}

static void on_closed(uv_handle_t *handle)
{
    struct chat_mailbox *mailbox = handle->data;
    void (*closed)(void *context) = mailbox->closed;
    void *context = mailbox->context;

    for (unsigned i = 0; i < mailbox->office->ends; i++)
        free_chunks(mailbox->outgoing[i]);
    free_chunks(mailbox->pending);
    free(mailbox->outgoing);
    free(mailbox);
    closed(context);
}

void chat_mailbox_close(struct chat_mailbox *mailbox, void (*closed)(void *context))
{
    mailbox->closed = closed;
    uv_close((uv_handle_t *)&mailbox->poll, on_closed);
}

static atomic_size_t *way(const struct chat_mailbox *mailbox, unsigned from, unsigned to)
{
    return &mailbox->office->under_way[from * mailbox->office->ends + to];
}

/* Room for `size` bytes in the chunk that is being written to `to`. */
static char *reserve(struct chat_mailbox *mailbox, unsigned to, size_t size)
{
    struct chunk *chunk = mailbox->outgoing[to];
    if (chunk == NULL || chunk->capacity - chunk->used < size) {
        /* Small at first: most turns send a letter or two. */
        size_t capacity = chunk == NULL ? CHUNK_FIRST_BYTES : CHUNK_BYTES;
        if (capacity < size)
            capacity = size;
        struct chunk *fresh = malloc(sizeof(*fresh) + capacity);
        if (fresh == NULL)
            abort();
        *fresh =
            (struct chunk){.next = chunk, .capacity = capacity, .from = (uint16_t)mailbox->end};
        mailbox->outgoing[to] = chunk = fresh;
    }
    char *place = chunk->bytes + chunk->used;
    chunk->used += size;
    return place;
}

void chat_mailbox_send(struct chat_mailbox *mailbox, unsigned to, const struct chat_letter *letter)
{
    struct packed packed = {
        .kind = letter->kind, .conn = letter->conn, .room = letter->room, .number = letter->number};
    size_t size = sizeof(packed);

    for (unsigned i = 0; i < CHAT_LETTER_PARTS; i++) {
        packed.lengths[i] = (uint32_t)letter->parts[i].length;
        size += letter->parts[i].length;
    }
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    packed.size = (uint32_t)size;
    char *place = reserve(mailbox, to, size);
    memcpy(place, &packed, sizeof(packed));
    place += sizeof(packed);
    for (unsigned i = 0; i < CHAT_LETTER_PARTS; i++) {
        if (packed.lengths[i] > 0)
            memcpy(place, letter->parts[i].bytes, packed.lengths[i]);
        place += packed.lengths[i];
    }
    atomic_fetch_add_explicit(way(mailbox, mailbox->end, to), size, memory_order_relaxed);
}

void chat_mailbox_post(struct chat_mailbox *mailbox)
{
    for (unsigned to = 0; to < mailbox->office->ends; to++) {
        struct chunk *newest = mailbox->outgoing[to], *oldest = newest;
        if (newest == NULL)
            continue;
        mailbox->outgoing[to] = NULL;
        while (oldest->next != NULL)
            oldest = oldest->next;
        struct inbox *inbox = &mailbox->office->inboxes[to];
        struct chunk *before = atomic_load_explicit(&inbox->chunks, memory_order_relaxed);
        do
            oldest->next = before;
        while (!atomic_compare_exchange_weak(&inbox->chunks, &before, newest));
        if (before == NULL)
            ring(inbox);
    }
}

uint64_t chat_mailbox_bytes_to(const struct chat_mailbox *mailbox, unsigned to)
{
    return atomic_load_explicit(way(mailbox, mailbox->end, to), memory_order_relaxed);
}

uint64_t chat_mailbox_bytes(const struct chat_mailbox *mailbox)
{
    uint64_t bytes = 0;
    for (unsigned to = 0; to < mailbox->office->ends; to++)
        bytes += chat_mailbox_bytes_to(mailbox, to);
    return bytes;
}

bool chat_mailbox_over(const struct chat_mailbox *mailbox, unsigned ends)
{
    size_t limit = atomic_load_explicit(&mailbox->office->limit, memory_order_relaxed);
    for (unsigned to = 0; to < ends; to++)
        if (chat_mailbox_bytes_to(mailbox, to) > limit)
            return true;
    return false;
}

bool chat_mailbox_last_over(const struct chat_mailbox *mailbox)
{
    return chat_mailbox_bytes_to(mailbox, mailbox->office->ends - 1) > CHAT_MAILBOX_LAST_BYTES;
}

/* Takes all that was posted and puts it, oldest first, behind what is pending. */
static void collect(struct chat_mailbox *mailbox)
{
    struct inbox *inbox = inbox_of(mailbox);
    struct chunk *ordered = NULL, **tail = &mailbox->pending;

    if (atomic_load_explicit(&inbox->chunks, memory_order_relaxed) == NULL)
        return;
    struct chunk *chunk = atomic_exchange(&inbox->chunks, NULL);
    while (chunk != NULL) {
        struct chunk *older = chunk->next;
        chunk->next = ordered;
        ordered = chunk;
        chunk = older;
    }
    while (*tail != NULL)
        tail = &(*tail)->next;
    *tail = ordered;
}

/* The letter at the chunk's reading place. */
static size_t unpack(const struct chunk *chunk, struct chat_letter *ret_letter)
{
    struct packed packed;
    const char *place = chunk->bytes + chunk->read;

    memcpy(&packed, place, sizeof(packed));
    place += sizeof(packed);
    *ret_letter = (struct chat_letter){.kind = packed.kind,
                                       .from = chunk->from,
                                       .conn = packed.conn,
                                       .room = packed.room,
                                       .number = packed.number};
    for (unsigned i = 0; i < CHAT_LETTER_PARTS; i++) {
        ret_letter->parts[i] = (struct chat_slice){place, packed.lengths[i]};
        place += packed.lengths[i];
    }
    return packed.size;
}

/* The receiver is done with so many bytes; a sender that was over its bound is told when it is not
 * any more. */
static void account(struct chat_mailbox *mailbox, unsigned from, size_t size)
{
    size_t limit = mailbox->end == mailbox->office->ends - 1
                       ? CHAT_MAILBOX_LAST_BYTES
                       : atomic_load_explicit(&mailbox->office->limit, memory_order_relaxed);
    size_t before =
        atomic_fetch_sub_explicit(way(mailbox, from, mailbox->end), size, memory_order_relaxed);
    if (before > limit && before - size <= limit) {
        atomic_store(&mailbox->office->inboxes[from].relieved, true);
        ring(&mailbox->office->inboxes[from]);
    }
}

bool chat_mailbox_take(struct chat_mailbox *mailbox,
                       void (*letter)(void *context, const struct chat_letter *letter),
                       bool (*more)(void *context), void *context)
{
    collect(mailbox);
    while (mailbox->pending != NULL) {
        struct chunk *chunk = mailbox->pending;
        while (chunk->read < chunk->used) {
            struct chat_letter received;
            if (!more(context))
                return false;
            size_t size = unpack(chunk, &received);
            chunk->read += size;
            letter(context, &received);
            account(mailbox, chunk->from, size);
        }
        mailbox->pending = chunk->next;
        free(chunk);
    }
    return true;
}
