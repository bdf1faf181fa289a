/* The queue of spans under random work, compared with a plain list of frames, while any part of
 * what it offers is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/random.h"
#include "net/outbound.h"
#include "net/server_frame.h"

/* The model: frames in order, and how much of the first is written. */
enum { FRAMES_MAX = 4096, FRAME_MAX = CHAT_FRAME_HEADER_MAX + 70000 };

struct model {
    struct {
        char byte;
        size_t length; /* of the payload */
    } frames[FRAMES_MAX];
    size_t count, written;
};

struct work {
    struct chat_outbound_pool pool;
    struct chat_block_pool blocks;
    struct chat_outbound *out;
    struct random random;
    struct model model;
    char *scratch;
    char next;
};

static size_t length_of_frame(size_t payload)
{
    return chat_frame_header_length(payload) + payload;
}

static size_t some_payload(struct random *random)
{
    static const size_t edges[] = {0, 1, 125, 126, 65535, 65536};
    switch (random_below(random, 12)) {
    case 0:
        return edges[random_below(random, 6)];
    case 1:
        return random_below(random, 3000);
    default:
        return random_below(random, 60);
    }
}

static void model_insert(struct model *model, size_t at, char byte, size_t length)
{
    assert_true(model->count < FRAMES_MAX);
    memmove(&model->frames[at + 1], &model->frames[at],
            (model->count - at) * sizeof(*model->frames));
    model->frames[at].byte = byte;
    model->frames[at].length = length;
    model->count++;
}

/* Where something may be put in front. */
static size_t model_front(const struct model *model)
{
    return model->written > 0 ? 1 : 0;
}

static char next_byte(struct work *work)
{
    work->next = (char)(work->next == 'z' ? 'a' : work->next + 1);
    return work->next;
}

static void push_some(struct work *work)
{
    struct chat_block *block = chat_block_open(&work->blocks, 0);
    uint32_t from = 0, frames = 1 + random_below(&work->random, 6);
    uint32_t skipped = random_below(&work->random, frames);

    for (uint32_t i = 0; i < frames; i++) {
        size_t payload = some_payload(&work->random);
        char byte = next_byte(work);
        size_t length = server_frame(work->scratch, byte, payload);
        chat_block_append(block, (struct chat_slice){work->scratch, length});
        if (i < skipped)
            from = block->length;
        else
            model_insert(&work->model, work->model.count, byte, payload);
        if (random_below(&work->random, 4) == 0 && from < block->length) {
            chat_outbound_push(work->out, block, from, block->length);
            from = block->length;
        }
    }
    chat_outbound_push(work->out, block, from, block->length);
    chat_block_unref(block);
}

static void copy_some(struct work *work, bool first)
{
    size_t payload = some_payload(&work->random);
    char byte = next_byte(work);
    struct chat_slice frame = {work->scratch, server_frame(work->scratch, byte, payload)};

    if (first)
        chat_outbound_copy_first(work->out, frame);
    else
        chat_outbound_copy(work->out, frame);
    model_insert(&work->model, first ? model_front(&work->model) : work->model.count, byte,
                 payload);
}

static void drop(struct work *work)
{
    chat_outbound_drop(work->out);
    work->model.count = model_front(&work->model);
}

/* The next so many bytes, as the model has them, are what the queue gives. */
static void assert_front(const struct work *work, const char *bytes, size_t length)
{
    const struct model *model = &work->model;
    size_t offset = model->written;
    for (size_t i = 0; length > 0; i++, offset = 0) {
        size_t frame = server_frame(work->scratch, model->frames[i].byte, model->frames[i].length);
        size_t part = frame - offset < length ? frame - offset : length;
        assert_memory_equal(bytes, work->scratch + offset, part);
        bytes += part;
        length -= part;
    }
}

static void model_sent(struct model *model, size_t n)
{
    size_t done = 0;
    model->written += n;
    while (done < model->count && model->written >= length_of_frame(model->frames[done].length))
        model->written -= length_of_frame(model->frames[done++].length);
    model->count -= done;
    memmove(model->frames, model->frames + done, model->count * sizeof(*model->frames));
}

/* What the kernel takes: any part of what it is offered. */
static void send_some(struct work *work)
{
    struct chat_slice pieces[8];
    unsigned n =
        chat_outbound_pieces(work->out, pieces, 1 + (unsigned)random_below(&work->random, 8));
    size_t total = 0, taken = 0;

    for (unsigned i = 0; i < n; i++)
        total += pieces[i].length;
    size_t wanted = random_below(&work->random, 3) == 0 ? total : random_below(&work->random, 400);
    if (wanted > total)
        wanted = total;
    for (unsigned i = 0; i < n && taken < wanted; i++) {
        size_t part = pieces[i].length < wanted - taken ? pieces[i].length : wanted - taken;
        assert_front(work, pieces[i].bytes, part);
        chat_outbound_sent(work->out, part);
        model_sent(&work->model, part);
        taken += part;
        if (part == pieces[i].length)
            continue;
        break;
    }
}

static void assert_agreement(const struct work *work)
{
    const struct model *model = &work->model;
    const struct chat_outbound *out = work->out;
    uint64_t bytes = 0;

    for (size_t i = 0; i < model->count; i++)
        bytes += length_of_frame(model->frames[i].length);
    assert_int_equal(out->bytes, bytes - model->written);
    assert_int_equal(out->begun, model->written == 0
                                     ? 0
                                     : length_of_frame(model->frames[0].length) - model->written);
    assert_int_equal(out->count == 0, model->count == 0);
}

static void work_against_model(uint64_t seed)
{
    struct work *work = calloc(1, sizeof(*work));

    work->out = chat_outbound_lend(&work->pool);
    work->random.state = seed;
    work->scratch = malloc(FRAME_MAX);
    work->next = 'a';
    for (unsigned step = 0; step < 4000; step++) {
        /* It fills, then it drains. */
        uint32_t choice = random_below(&work->random, step / 500 % 2 == 0 ? 60 : 300);
        if (choice < 20)
            push_some(work);
        else if (choice < 40)
            copy_some(work, false);
        else if (choice < 45)
            copy_some(work, true);
        else if (choice == 45 && random_below(&work->random, 10) == 0)
            drop(work);
        else
            send_some(work);
        assert_agreement(work);
    }
    chat_outbound_return(&work->pool, work->out);
    chat_outbound_pool_finish(&work->pool);
    chat_block_pool_finish(&work->blocks);
    free(work->scratch);
    free(work);
}

static void what_is_written_is_what_was_queued_in_its_order(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 20; seed++)
        work_against_model(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_what_was_queued_in_its_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
