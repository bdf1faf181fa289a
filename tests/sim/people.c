/* What people do at random, and what they must never see: a gap, a repeat, another order. */
#include "world.h"

#include <stdlib.h>

struct truth *truth_of(struct world *world, const char epoch[CHAT_TOKEN_LENGTH])
{
    for (unsigned i = 0; i < world->n_truths; i++)
        if (memcmp(world->truths[i]->epoch, epoch, CHAT_TOKEN_LENGTH) == 0)
            return world->truths[i];
    struct truth *truth = calloc(1, sizeof(*truth));
    if (truth == NULL || world->n_truths == EPOCHS_MAX)
        abort();
    memcpy(truth->epoch, epoch, CHAT_TOKEN_LENGTH);
    return world->truths[world->n_truths++] = truth;
}

static void hear_entry(struct world *world, struct view *view, const struct word *word)
{
    bool same = view->known && memcmp(view->epoch, word->epoch, CHAT_TOKEN_LENGTH) == 0;
    bool joined = word->type == CHAT_EVENT_join_success;

    if (joined && view->asked_since != (word->recovered != CHAT_FLAG_ABSENT))
        broken(world, "recovered without since, or the reverse", word->seq, 0);
    if (word->recovered == CHAT_FLAG_TRUE) {
        if (!same || word->seq < view->seq || word->oldest_seq > view->seq + 1)
            broken(world, "recovered what is not held", view->seq, word->oldest_seq);
        world->recovered++;
    } else {
        view->seq = word->seq; /* nothing is replayed: it goes on from here */
    }
    memcpy(view->epoch, word->epoch, CHAT_TOKEN_LENGTH);
    memcpy(view->session, word->session, CHAT_TOKEN_LENGTH);
    view->known = view->in = true;
}

static void hear_message(struct world *world, struct view *view, const struct word *word)
{
    struct truth *truth = truth_of(world, view->epoch);
    if (!view->in)
        broken(world, "a message of a room one is not in", word->seq, 0);
    if (word->seq != view->seq + 1)
        broken(world, "a gap or a repeat", view->seq, word->seq);
    if (truth->texts[word->seq % 2048] != word->text)
        broken(world, "another text than the others heard", word->seq, word->text);
    view->seq = word->seq;
    world->heard++;
}

/* PROTOCOL §3: answers in the order of the requests, and what a request said to its room before the
 * answer to the next. */
static void hear_in_order(struct world *world, struct conn *conn, const struct word *word)
{
    if (word->type == CHAT_EVENT_new_message && word->text == conn->said)
        conn->said = 0;
    if (word->type == CHAT_EVENT_kicked || word->type == CHAT_EVENT_room_closed)
        conn->said = 0; /* out of the room before its words came back */
    if (word->number == 0)
        return; /* it answers nothing */
    if (word->number <= conn->answered)
        broken(world, "answers in another order than the requests", conn->answered, word->number);
    if (conn->said != 0)
        broken(world, "an answer before what the request before it caused", conn->said,
               word->number);
    conn->answered = word->number;
    if (word->type == CHAT_EVENT_message_ack && word->duplicate != CHAT_FLAG_TRUE)
        conn->said = world->texts[word->number];
}

static void hear_ack(struct world *world, struct view *view, const struct word *word)
{
    uint64_t text = world->texts[word->number];
    if (truth_of(world, view->epoch)->texts[word->seq % 2048] != text)
        broken(world, "an acknowledged message is not in its room's order", word->seq, text);
    world->duplicates += word->duplicate == CHAT_FLAG_TRUE;
    if (view->unsure == text)
        view->unsure = 0;
}

/* A room that lived throughout the listing is in it. */
static void hear_list(struct world *world, struct person *who, const struct word *word)
{
    for (int r = 0; r < ROOMS; r++)
        if (who->living[r] != 0 && server_room(world, r) == who->living[r] &&
            (word->rooms & 1u << r) == 0)
            broken(world, "a room that lives is in no list", (uint64_t)r, who->living[r]);
    who->lists = false;
    world->listed++;
}

void people_hear(struct world *world, struct conn *conn, const struct word *word)
{
    struct person *who = &world->people[conn->person];
    struct view *view = &who->views[word->room >= 0 ? word->room : 0];

    if (!conn->open || who->conn != conn)
        return; /* it was sent, but nobody was there any more */
    hear_in_order(world, conn, word);
    switch (word->type) {
    case CHAT_EVENT_new_room:
    case CHAT_EVENT_join_success:
        hear_entry(world, view, word);
        break;
    case CHAT_EVENT_new_message:
    case CHAT_EVENT_notice:
        hear_message(world, view, word);
        break;
    case CHAT_EVENT_message_ack:
        hear_ack(world, view, word);
        break;
    case CHAT_EVENT_user_typing:
        if (!view->in)
            broken(world, "somebody types in a room one is not in", (uint64_t)word->user, 0);
        world->whispers++;
        break;
    case CHAT_EVENT_room_list:
        hear_list(world, who, word);
        break;
    case CHAT_EVENT_kick_success:
    case CHAT_EVENT_close_success:
        world->moderated++;
        break;
    case CHAT_EVENT_leave_success:
    case CHAT_EVENT_kicked:
    case CHAT_EVENT_room_closed:
        view->in = false;
        break;
    default:
        break;
    }
}

/* A new text or, when it is not known of the last one whether it was said, perhaps that again. */
static void choose_text(struct world *world, struct view *view, struct ask *question)
{
    question->text = question->number;
    question->name = draw(world, 2) != 0 ? ++world->names[question->user] : 0;
    if (view->unsure != 0 && draw(world, 3) == 0) {
        question->text = view->unsure;
        question->name = view->unsure_name;
    }
    view->unsure = question->name != 0 ? question->text : 0;
    view->unsure_name = question->name;
    world->texts[question->number] = question->text;
}

static void ask(struct world *world, int person, enum chat_request_type type, int room)
{
    struct person *who = &world->people[person];
    struct view *view = &who->views[room];
    struct ask question = {.type = type,
                           .user = user_of(person),
                           .room = room,
                           .target = (int)draw(world, USERS),
                           .number = ++world->numbers};

    if (type == CHAT_REQUEST_join && !view->in) {
        question.resumes = view->known && draw(world, 4) != 0;
        question.since = view->known && draw(world, 4) != 0;
        question.seq = view->seq;
        memcpy(question.session, view->session, CHAT_TOKEN_LENGTH);
        memcpy(question.epoch, view->epoch, CHAT_TOKEN_LENGTH);
        view->asked_since = question.since;
    } else if (type == CHAT_REQUEST_join) {
        return; /* it would be refused */
    } else if (type == CHAT_REQUEST_message) {
        choose_text(world, view, &question);
    } else if (type == CHAT_REQUEST_list_rooms && !who->lists) {
        who->lists = true;
        for (int r = 0; r < ROOMS; r++)
            who->living[r] = server_room(world, r);
    } else if (type == CHAT_REQUEST_list_rooms) {
        return;
    }
    server_receive(world, who->conn, &question);
}

static void disconnect(struct world *world, int person, enum chat_departure departure)
{
    struct person *who = &world->people[person];
    struct conn *conn = who->conn;
    who->conn = NULL;
    who->lists = false;
    for (int r = 0; r < ROOMS; r++)
        who->views[r].in = false;
    server_gone(world, conn, departure);
}

/* The network breaks and the server does not know yet: the old connection lives on, unheard. */
static void move(struct world *world, int person)
{
    struct person *who = &world->people[person];
    who->conn->open = false;
    who->lists = false;
    for (int r = 0; r < ROOMS; r++)
        who->views[r].in = false;
    who->conn = server_connect(world, person);
}

/* A room is joined once at a time: what is asked of it waits until that is answered. */
static bool waits_for_entry(const struct world *world, int person)
{
    const struct conn *conn = world->people[person].conn;
    return conn->n_asked > 0 || conn->session.open > 0;
}

/* What somebody does who is connected. */
static void act(struct world *world, int person, int room, uint64_t what)
{
    static const struct {
        uint64_t below;
        enum chat_request_type type;
    } requests[] = {{8, CHAT_REQUEST_create_room}, {12, CHAT_REQUEST_leave},
                    {15, CHAT_REQUEST_typing},     {17, CHAT_REQUEST_list_rooms},
                    {18, CHAT_REQUEST_kick_user},  {19, CHAT_REQUEST_close_room}};
    const struct view *view = &world->people[person].views[room];

    for (unsigned i = 0; i < sizeof(requests) / sizeof(*requests); i++)
        if (what < requests[i].below) {
            ask(world, person, requests[i].type, room);
            return;
        }
    if (what >= 41 && (view->in || draw(world, 10) == 0))
        ask(world, person, CHAT_REQUEST_message, room);
    else if (!waits_for_entry(world, person))
        ask(world, person, CHAT_REQUEST_join, room);
}

void people_act(struct world *world)
{
    int person = (int)draw(world, PEOPLE), room = (int)draw(world, ROOMS);
    struct person *who = &world->people[person];
    uint64_t what = draw(world, 100);

    if (who->conn == NULL || !who->conn->serves) {
        if (who->conn != NULL)
            disconnect(world, person, CHAT_LOST); /* it was replaced, and hears of it */
        who->conn = server_connect(world, person);
    } else if (what < 86) {
        act(world, person, room, what);
    } else if (what < 91) {
        disconnect(world, person, CHAT_LOST);
    } else if (what < 93) {
        disconnect(world, person, CHAT_DISCONNECTED);
    } else if (what < 95) {
        move(world, person);
    } else if (what < 96) {
        operator_kick(world, user_of(person), room);
    } else if (what < 98) {
        operator_notice(world, room);
    } else if (draw(world, 8) == 0) {
        operator_close(world, room);
    } else {
        server_pass_time(world, draw(world, 250));
    }
}

void people_leave(struct world *world)
{
    for (uint32_t c = 0; c < world->n_conns; c++)
        if (world->conns[c]->serves)
            server_gone(world, world->conns[c], CHAT_DISCONNECTED);
}

void people_check(struct world *world)
{
    for (int p = 0; p < PEOPLE; p++) {
        struct person *who = &world->people[p];
        if (who->conn == NULL || !who->conn->serves)
            continue;
        for (int r = 0; r < ROOMS; r++) {
            struct view *view = &who->views[r];
            if (view->in && view->seq != truth_of(world, view->epoch)->seq)
                broken(world, "somebody has not heard everything", view->seq,
                       truth_of(world, view->epoch)->seq);
        }
    }
}
