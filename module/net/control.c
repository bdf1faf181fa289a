/* Questions under way, and how their answers add up. Admin loop. */
#include "net/control.h"

#include "net/letter.h"
#include "net/row.h"
#include "net/tune.h"

#include <stdlib.h>

/* A kick or a ban has two rounds: connections, then seats that wait. A second one passes by
 * connections that are on their way out for the first, so it is answered after that. */
struct question {
    struct question *next;
    uint32_t ticket;
    bool stays, hushed;         /* a tail's; its end is under way */
    bool puts_out;              /* a kick or a ban */
    enum chat_query_kind round; /* that is under way */
    unsigned workers_left;      /* that have not answered it */
    uint64_t ending, ended;     /* a kick's connections: announced, arrived at their ends */
    uint64_t settling, settled; /* and their seats */
    chat_control_row_cb *row;   /* NULL: nobody wants them */
    chat_control_done_cb *done;
    void *context;
    struct chat_slice room, user; /* in text */
    char text[];
};

struct chat_control {
    unsigned workers;
    uint32_t last_ticket;
    struct chat_mailbox *mailbox;
    struct question *questions; /* oldest first */
    void (*audit)(struct chatd *chatd, struct chat_slice entry, struct chat_slice text);
    struct chatd *chatd;
    chat_control_change_cb *change; /* NULL: nobody takes what moderators ask for */
    void *change_context;
    void (*destroyed)(void *context); /* NULL until it ends */
    void *destroyed_context;
    bool closes; /* its mailbox */
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
    if (question->puts_out && row.kind == CHAT_ROW_KICKED && row.connections != 0) {
        question->ended += row.connections;
        question->settling += row.seats;
    }
    if (question->row != NULL)
        question->row(question->context, &row);
}

/* To all workers. */
static void begin_round(struct chat_control *control, struct question *question,
                        const struct chat_query *query)
{
    struct chat_letter letter = {.kind = CHAT_LETTER_QUERY,
                                 .conn = query->kind,
                                 .number = question->ticket,
                                 .room = query->number,
                                 .parts = {query->room, query->user, query->text}};
    question->round = query->kind;
    question->workers_left = control->workers;
    for (unsigned to = 0; to < control->workers; to++) {
        if (query->kind == CHAT_QUERY_CONFIGURE)
            letter.parts[0] = chat_tune_pack(&query->snapshot);
        chat_mailbox_send(control->mailbox, to, &letter);
    }
    chat_mailbox_post(control->mailbox);
}

/* False: it has had its last. */
static bool begin_second_round(struct chat_control *control, struct question *question)
{
    struct chat_query second = {.kind = question->round == CHAT_QUERY_KICK ? CHAT_QUERY_KICK_WAITING
                                                                           : CHAT_QUERY_BAN_WAITING,
                                .room = question->room,
                                .user = question->user};
    if (!question->puts_out || question->user.length == 0 ||
        (question->round != CHAT_QUERY_KICK && question->round != CHAT_QUERY_BAN))
        return false;
    begin_round(control, question, &second);
    return true;
}

/* Where one is answered that has had all its rounds, and none that it must wait for is before it.
 */
static struct question **find_finished(struct chat_control *control)
{
    bool others_put_out = false;
    struct question **at = &control->questions;

    for (; *at != NULL; at = &(*at)->next) {
        if (is_answered(*at) && !begin_second_round(control, *at) &&
            !((*at)->puts_out && others_put_out) && !((*at)->stays && !(*at)->hushed))
            return at;
        others_put_out |= (*at)->puts_out;
    }
    return NULL;
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

static void finish_answered(struct chat_control *control)
{
    struct question **at;

    while ((at = find_finished(control)) != NULL) {
        struct question *question = *at;
        *at = question->next;
        tell_done(question);
        free(question);
    }
    end_if_answered(control);
}

static void on_letter(void *context, const struct chat_letter *letter)
{
    struct chat_control *control = context;
    struct question *question = control->questions;

    if (letter->kind == CHAT_LETTER_AUDIT) {
        if (control->audit != NULL)
            control->audit(control->chatd, letter->parts[0], letter->parts[1]);
        return;
    }
    if (letter->kind == CHAT_LETTER_SANCTION) {
        if (control->change != NULL)
            control->change(control->change_context, letter);
        return;
    }
    while (question != NULL && question->ticket != letter->number)
        question = question->next;
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
    if (question->stays && !question->hushed)
        tell_done(question);
    else
        finish_answered(control);
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

void chat_control_audit(struct chat_control *control,
                        void (*audit)(struct chatd *chatd, struct chat_slice entry,
                                      struct chat_slice text),
                        struct chatd *chatd)
{
    control->audit = audit;
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
    chat_mailbox_send(control->mailbox, worker, letter);
    chat_mailbox_post(control->mailbox);
}

static void on_closed(void *context)
{
    struct chat_control *control = context;
    control->destroyed(control->destroyed_context);
    free(control);
}

/* While an answer is due, the workers may write to the mailbox. Whom an answer is told may be the
 * one who ends this. */
static void end_if_answered(struct chat_control *control)
{
    if (control->closes || control->destroyed == NULL || control->questions != NULL)
        return;
    control->closes = true;
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

/* Its second round needs the names again. */
static struct question *create(const struct chat_query *query)
{
    struct question *question =
        calloc(1, sizeof(*question) + query->room.length + query->user.length);
    if (question == NULL)
        abort();
    question->room = (struct chat_slice){question->text, query->room.length};
    question->user = (struct chat_slice){question->text + query->room.length, query->user.length};
    if (query->room.length > 0)
        memcpy(question->text, query->room.bytes, query->room.length);
    if (query->user.length > 0)
        memcpy(question->text + query->room.length, query->user.bytes, query->user.length);
    return question;
}

uint32_t chat_control_ask(struct chat_control *control, const struct chat_query *query,
                          chat_control_row_cb *row, chat_control_done_cb *done, void *context)
{
    struct question *question = create(query), **end = &control->questions;

    if (++control->last_ticket == 0)
        control->last_ticket = 1;
    question->ticket = control->last_ticket;
    question->puts_out = query->kind == CHAT_QUERY_BAN ||
                         (query->kind == CHAT_QUERY_KICK && query->room.length == 0);
    question->stays = query->kind == CHAT_QUERY_TAIL;
    question->row = row;
    question->done = done;
    question->context = context;
    while (*end != NULL)
        end = &(*end)->next;
    *end = question;
    begin_round(control, question, query);
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
