/* Three ends of a post office on one loop, and letters whose bytes follow from their numbers. */
#ifndef CHAT_TEST_OFFICE_FIXTURE_H
#define CHAT_TEST_OFFICE_FIXTURE_H

#include <stdlib.h>

#include "net/mailbox.h"

enum { ENDS = 3, LIMIT = 100 * 1000 };

struct end {
    struct chat_mailbox *mailbox;
    unsigned woken, closed, received;
    unsigned take_at_most; /* letters a time; 0: all */
    unsigned taken;
    uint64_t next[ENDS]; /* expected number, by sender */
    size_t bytes;
};

struct office {
    uv_loop_t loop;
    struct chat_post_office *office;
    struct end ends[ENDS];
};

static inline void on_woken(void *context)
{
    ((struct end *)context)->woken++;
}

static inline void set_up(struct office *office)
{
    *office = (struct office){0};
    uv_loop_init(&office->loop);
    office->office = chat_post_office_create(ENDS, LIMIT);
    for (unsigned i = 0; i < ENDS; i++)
        office->ends[i].mailbox =
            chat_mailbox_open(office->office, i, &office->loop, on_woken, &office->ends[i]);
}

static inline void on_closed(void *context)
{
    ((struct end *)context)->closed++;
}

static inline void tear_down(struct office *office)
{
    for (unsigned i = 0; i < ENDS; i++)
        chat_mailbox_close(office->ends[i].mailbox, on_closed);
    uv_run(&office->loop, UV_RUN_DEFAULT);
    for (unsigned i = 0; i < ENDS; i++)
        assert_int_equal(office->ends[i].closed, 1);
    assert_int_equal(uv_loop_close(&office->loop), 0);
    chat_post_office_destroy(office->office);
}

/* What the loop has to do now. */
static inline void turn(struct office *office)
{
    uv_run(&office->loop, UV_RUN_NOWAIT);
}

/* The byte at a place of a part follows from the letter's number. */
static inline char byte_of(uint64_t number, unsigned part, size_t at)
{
    return (char)(number * 31 + part * 7 + at);
}

static inline void send_letter(struct chat_mailbox *mailbox, unsigned to, uint64_t number,
                               const size_t lengths[CHAT_LETTER_PARTS])
{
    struct chat_letter letter = {
        .kind = (uint16_t)(number % 1000), .conn = ~number, .room = number << 40, .number = number};
    char *bytes[CHAT_LETTER_PARTS];

    for (unsigned i = 0; i < CHAT_LETTER_PARTS; i++) {
        bytes[i] = malloc(lengths[i] + (lengths[i] == 0));
        for (size_t k = 0; k < lengths[i]; k++)
            bytes[i][k] = byte_of(number, i, k);
        letter.parts[i] = (struct chat_slice){bytes[i], lengths[i]};
    }
    chat_mailbox_send(mailbox, to, &letter);
    for (unsigned i = 0; i < CHAT_LETTER_PARTS; i++)
        free(bytes[i]);
}

static inline void check_letter(struct end *end, const struct chat_letter *letter)
{
    uint64_t number = letter->number;

    assert_int_equal(number, end->next[letter->from]++);
    assert_int_equal(letter->kind, number % 1000);
    assert_true(letter->conn == ~number && letter->room == number << 40);
    for (unsigned i = 0; i < CHAT_LETTER_PARTS; i++)
        for (size_t k = 0; k < letter->parts[i].length; k++)
            if (letter->parts[i].bytes[k] != byte_of(number, i, k))
                fail_msg("letter %lu, part %u, byte %zu", (unsigned long)number, i, k);
    for (unsigned i = 0; i < CHAT_LETTER_PARTS; i++)
        end->bytes += letter->parts[i].length;
    end->received++;
    end->taken++;
}

static inline void on_letter(void *context, const struct chat_letter *letter)
{
    check_letter(context, letter);
}

static inline bool may_take_more(void *context)
{
    const struct end *end = context;
    return end->take_at_most == 0 || end->taken < end->take_at_most;
}

static inline bool take(struct end *end)
{
    end->taken = 0;
    return chat_mailbox_take(end->mailbox, on_letter, may_take_more, end);
}

static const size_t no_parts[CHAT_LETTER_PARTS] = {0};

#endif
