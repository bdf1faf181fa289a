/* Questions under way, and how their answers add up. Admin loop. */
#include "net/control.h"

#include "net/letter.h"
#include "net/row.h"
#include "net/tune.h"

#include <stdlib.h>

struct question {
    struct question *next;
    uint32_t ticket;
    bool stays, hushed;         /* a tail's; its end is under way */
    bool waits_for_ends;        /* of the connections that it puts off the server */
    unsigned workers_left;      /* that have not answered */
    uint64_t ending, ended;     /* a kick's connections: announced, arrived at their ends */
    uint64_t settling, settled; /* and their seats */
    chat_control_row_cb *row;   /* NULL: forgotten */
    chat_control_done_cb *done;
    void *context;
};

struct chat_control {
    unsigned workers;
    uint32_t last_ticket;
    struct chat_mailbox *mailbox;
    struct question *questions;
    void (*keep)(struct chatd *chatd, struct chat_slice record, struct chat_slice text);
    struct chatd *chatd;
    chat_control_change_cb *change; /* NULL: nobody takes what moderators ask for */
    void *change_context;
    void (*destroyed)(void *context); /* NULL until it ends */
    void *destroyed_context;
};

static bool is_answered(const struct question *question)
{
    return question->workers_left == 0 && question->ended == question->ending &&
           question->settled == question->settling;
}

static void on_row(struct question *question, const struct chat_letter *letter)
{
    struct chat_row row;
    chat_row_unpack(letter, &row);
    if (question->waits_for_ends && row.kind == CHAT_ROW_KICKED) {
        question->ended += row.connections;
        question->settling += row.seats;
    }
    if (question->row != NULL)
        question->row(question->context, &row);
}

/* Once. */
static void tell_done(struct question *question)
{
    chat_control_done_cb *done = question->done;

    question->done = NULL;
    if (done != NULL)
        done(question->context);
}

static void end_if_answered(struct chat_control *control);

static void on_letter(void *context, const struct chat_letter *letter)
{
    struct chat_control *control = context;
    struct question **at = &control->questions, *question;

    if (letter->kind == CHAT_LETTER_KEEP) {
        if (control->keep != NULL)
            control->keep(control->chatd, letter->parts[0], letter->parts[1]);
        return;
    }
    if (letter->kind == CHAT_LETTER_SANCTION) {
        if (control->change != NULL && control->destroyed == NULL)
            control->change(control->change_context, letter);
        return;
    }
    while ((question = *at) != NULL && question->ticket != letter->number)
        at = &question->next;
    if (question == NULL)
        return;
    if (letter->kind == CHAT_LETTER_ROW) {
        on_row(question, letter);
    } else if (letter->kind == CHAT_LETTER_SETTLED) {
        question->settled++;
    } else {
        question->workers_left--;
        question->ending += letter->conn;
    }
    if (!is_answered(question))
        return;
    if (question->stays && !question->hushed) {
        tell_done(question);
        return;
    }
    *at = question->next;
    tell_done(question);
    free(question);
    end_if_answered(control);
}

static bool always(void *context)
{
    (void)context;
    return true;
}

static void on_woken(void *context)
{
    struct chat_control *control = context;
    chat_mailbox_take(control->mailbox, on_letter, always, control);
}

struct chat_control *chat_control_create(struct chat_post_office *office, unsigned workers,
                                         uv_loop_t *loop)
{
    struct chat_control *control = calloc(1, sizeof(*control));
    if (control == NULL)
        abort();
    control->workers = workers;
    control->mailbox = chat_mailbox_open(office, workers, loop, on_woken, control);
    return control;
}

void chat_control_keep(struct chat_control *control,
                       void (*keep)(struct chatd *chatd, struct chat_slice record,
                                    struct chat_slice text),
                       struct chatd *chatd)
{
    control->keep = keep;
    control->chatd = chatd;
}

void chat_control_take_changes(struct chat_control *control, chat_control_change_cb *change,
                               void *context)
{
    control->change = change;
    control->change_context = context;
}

void chat_control_send(struct chat_control *control, unsigned worker,
                       const struct chat_letter *letter)
{
    if (control->destroyed != NULL)
        return; /* the workers have stopped */
    chat_mailbox_send(control->mailbox, worker, letter);
    chat_mailbox_post(control->mailbox);
}

static void on_closed(void *context)
{
    struct chat_control *control = context;
    control->destroyed(control->destroyed_context);
    free(control);
}

/* While an answer is due, the workers may write to the mailbox. */
static void end_if_answered(struct chat_control *control)
{
    if (control->destroyed != NULL && control->questions == NULL)
        chat_mailbox_close(control->mailbox, on_closed);
}

/* A tail ends when all workers have answered that, too. */
static void forget(struct chat_control *control, struct question *question)
{
    struct chat_letter letter = {
        .kind = CHAT_LETTER_QUERY, .conn = CHAT_QUERY_HUSH, .number = question->ticket};

    question->row = NULL;
    question->done = NULL;
    if (!question->stays || question->hushed)
        return;
    question->hushed = true;
    question->workers_left += control->workers;
    for (unsigned to = 0; to < control->workers; to++)
        chat_mailbox_send(control->mailbox, to, &letter);
    chat_mailbox_post(control->mailbox);
}

void chat_control_destroy(struct chat_control *control, void (*destroyed)(void *context),
                          void *context)
{
    control->destroyed = destroyed;
    control->destroyed_context = context;
    for (struct question *q = control->questions; q != NULL; q = q->next)
        forget(control, q);
    end_if_answered(control);
}

uint32_t chat_control_ask(struct chat_control *control, const struct chat_query *query,
                          chat_control_row_cb *row, chat_control_done_cb *done, void *context)
{
    struct question *question = calloc(1, sizeof(*question));
    if (question == NULL)
        abort();
    if (++control->last_ticket == 0)
        control->last_ticket = 1;
    *question = (struct question){.next = control->questions,
                                  .ticket = control->last_ticket,
                                  .waits_for_ends =
                                      query->kind == CHAT_QUERY_BAN ||
                                      (query->kind == CHAT_QUERY_KICK && query->room.length == 0),
                                  .stays = query->kind == CHAT_QUERY_TAIL,
                                  .workers_left = control->workers,
                                  .row = row,
                                  .done = done,
                                  .context = context};
    control->questions = question;
    struct chat_letter letter = {.kind = CHAT_LETTER_QUERY,
                                 .conn = query->kind,
                                 .number = question->ticket,
                                 .parts = {query->room, query->user, query->text}};
    for (unsigned to = 0; to < control->workers; to++) {
        if (query->kind == CHAT_QUERY_CONFIGURE)
            letter.parts[0] = chat_tune_pack(&query->snapshot);
        chat_mailbox_send(control->mailbox, to, &letter);
    }
    chat_mailbox_post(control->mailbox);
    return question->ticket;
}

void chat_control_forget(struct chat_control *control, uint32_t ticket)
{
    for (struct question *q = control->questions; q != NULL; q = q->next)
        if (q->ticket == ticket)
            forget(control, q);
}

unsigned chat_control_tails(const struct chat_control *control)
{
    unsigned count = 0;

    for (const struct question *q = control->questions; q != NULL; q = q->next)
        count += q->stays && !q->hushed;
    return count;
}
